/** Gathers what the rules look at: cheap enough for every minute. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'

import { OperatorFault, systemCodeOf, systemReason } from '../base/faults.ts'
import type { DiskConfig } from '../config/types.ts'
import type { Database } from '../db/database.ts'
import { all, type Steps } from '../db/statement.ts'
import type { RelayAdmin } from '../directory/types.ts'
import { remembered } from '../doctor/history.ts'
import type { Files } from '../doctor/outside.ts'
import { queueFigures } from '../doctor/queue/figures.ts'
import type { FailedLogins, FailingDestination, Facts, PanicLog, WaysFacts } from './facts.ts'
import type { Memory } from './rows.ts'

export interface GatherOptions {
  readonly database: Pick<Database, 'read'>
  readonly files: Pick<Files, 'space'>
  readonly relays: () => ReturnType<RelayAdmin['relays']>
  readonly dataFolder: string
  /** Read at each time. */
  readonly disk: DiskConfig
  readonly startedMs: number
  readonly memoryOctets: () => number
  /** What the system lets this service have; null: all there is. */
  readonly memoryMostOctets: () => number | null
}

/** What the engine has in mind itself. */
export interface InMind {
  readonly nowMs: number
  readonly memory: Pick<Memory, 'deliveredMs' | 'failingSinceMs' | 'triedMs'>
  readonly failedLogins: ReadonlyMap<string, FailedLogins>
  readonly ways: WaysFacts
}

export async function gather(
  options: GatherOptions,
  inMind: InMind,
  signal: AbortSignal,
): Promise<Facts> {
  const { database, files, relays, dataFolder, disk, startedMs } = options
  const queue = await queueFigures((steps) => database.read(steps), signal)
  const space = files.space(dataFolder)
  return {
    ...inMind,
    ...{ startedMs, dataFolder, queue, space },
    leastFreeOctets: Math.max(disk.minFreeOctets, (space.totalOctets * disk.minFreePercent) / 100),
    memoryOctets: options.memoryOctets(),
    memoryMostOctets: options.memoryMostOctets(),
    panic: panicLog(join(dataFolder, 'log', 'paniclog')),
    relays: relays(),
    failing: database.read(failingDestinations()),
    backupMs: database.read(remembered('backup'))?.atMs ?? null,
  }
}

function* failingDestinations(): Steps<readonly FailingDestination[]> {
  return yield* all<FailingDestination>(
    'SELECT name, error FROM queue_destination WHERE failures > 0 ORDER BY failures DESC LIMIT 20',
  )
}

/**
 * The end of the log, which may be there or not.
 * @throws OperatorFault when it is there and cannot be read
 */
export function panicLog(path: string): PanicLog {
  const lines = read(path)
    .split('\n')
    .filter((line) => line !== '' && !RELAY_LOGIN.test(line))
  return { lines: lines.length, last: lines.slice(-MOST_LINES).map(shortened) }
}

function read(path: string): string {
  try {
    return lastOctets(path)
  } catch (error) {
    throw new OperatorFault(`cannot read ${path}: ${systemReason(error)}`, { cause: error })
  }
}

function lastOctets(path: string): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return ''
    throw error
  }
  try {
    const { size } = fstatSync(file)
    const from = Math.max(0, size - MOST_OCTETS)
    const octets = Buffer.alloc(Math.min(size, MOST_OCTETS))
    const text = octets.toString('utf8', 0, readSync(file, octets, 0, octets.length, from))
    // The first line may be cut.
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    closeSync(file)
  }
}

/** There is a rule for that, which is over when it is mended: the line stays. Good news is no alert. */
const RELAY_LOGIN =
  /^\S+ \S+ (?:[+-]\d{4} )?PANIC: the relay \S+ (?:refuses our login, and mail for it waits: |takes (?:our login|mail) again$)/
const MOST_OCTETS = 64 * 1024
const MOST_LINES = 5
const MOST_CHARS = 1000

function shortened(line: string): string {
  return line.length > MOST_CHARS ? `${line.slice(0, MOST_CHARS).toWellFormed()} …` : line
}
