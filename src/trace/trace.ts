/** Answers about messages, from the log files. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { Event, MessageId } from '../journal/event.ts'
import { readLine } from '../journal/exim/read.ts'
import { filesOfLog } from '../journal/log-names.ts'
import type { Zone } from '../journal/zone.ts'
import { type Journey, journeyOf } from './journey.ts'
import { linesBackwards } from './source/lines.ts'

/**
 * The messages that came last, newest last. Reads no more of the log than it must, from its end.
 * @throws Error ENOENT when there is no such folder
 */
export async function lastJourneys(folder: string, count: number, zone: Zone): Promise<Journey[]> {
  const events = new Map<MessageId, Event[]>()
  const found: MessageId[] = []
  if (count > 0) await collect()
  return found.reverse().map((id) => journeyOf(id, (events.get(id) ?? []).reverse()))

  async function collect(): Promise<void> {
    for (const path of (await mainlogs(folder)).reverse())
      for await (const line of linesBackwards(path)) {
        const event = readLine(line, zone)
        if (event.type === 'unknown' || !('id' in event) || event.id === null) continue
        const others = events.get(event.id)
        if (others === undefined) events.set(event.id, [event])
        else others.push(event)
        if (event.type === 'arrival' && found.push(event.id) === count) return
      }
  }
}

/**
 * The last lines of a log, oldest first.
 * @param paths  the log and what was rotated away of it, oldest first
 * @param end    where the last of them ends, as `endOfLines` says
 */
export async function lastLines(
  paths: readonly string[],
  count: number,
  end: number,
): Promise<string[]> {
  const lines: string[] = []
  for (const path of paths.toReversed()) {
    if (lines.length >= count) break
    const upTo = path === paths.at(-1) && !path.endsWith('.gz') ? end : undefined
    for await (const line of linesBackwards(path, upTo)) if (lines.push(line) >= count) break
  }
  return lines.reverse()
}

/** The files of the main log, oldest first. */
export async function mainlogs(folder: string): Promise<string[]> {
  return filesOfLog('mainlog', await readdir(folder)).map((name) => join(folder, name))
}
