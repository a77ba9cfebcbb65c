/**
 * The server's own log of the last day, read once for all checks that ask about it. Bounded by octets
 * and by time: of a log that is too long for the doctor only its end is read, and that is said.
 */
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { DAY_MS, HOUR_MS } from '../../base/durations.ts'
import { ownText } from '../../base/own-text.ts'
import { isOfDoctor } from '../../journal/doctor-session.ts'
import type { Event, LogLine } from '../../journal/event.ts'
import { filesOfLog } from '../../journal/log-names.ts'
import { readerOf } from '../../trace/source/reading.ts'
import { textsOfRange } from '../../trace/source/ranges.ts'
import { type LogInput, type LogSource, openSources } from '../../trace/source/source.ts'
import { windowOf } from '../../trace/source/time-window.ts'
import { Collector } from '../../trace/statistics/collector.ts'
import type { Statistics } from '../../trace/statistics/statistics.ts'
import { CannotLook } from '../cannot-look.ts'
import { remembered } from '../history.ts'
import type { World } from '../world.ts'
import { Attempts } from './attempts.ts'
import { Mending } from './mending.ts'

export interface LogDay {
  /** Where it begins: a day ago, or later when not all of it was read. */
  readonly sinceMs: number
  readonly untilMs: number
  /** More than can be read in time was written: only its end was read. */
  readonly isCut: boolean
  readonly octets: number
  readonly statistics: Statistics
  readonly attempts: Attempts
  /** Which of the errors are past. */
  readonly mending: Mending
  /** When the doctor was here last; null: not within the day. */
  readonly lastRunMs: number | null
  /** Since then, or since the beginning. */
  readonly newlyFailed: number
  readonly newlyDeferred: number
  /** Domains to which strangers may not send by us, with how often they tried. */
  readonly relayTargets: ReadonlyMap<string, number>
  /** Of clients that were logged in: recipients or messages refused. */
  readonly refusedUsers: ReadonlyMap<string, RefusedUser>
}

export interface RefusedUser {
  readonly count: number
  /** The last one's. */
  readonly reason: string
}

/** Null: the server wrote no line. @throws the system's error, or LogFault */
export async function lastDay(world: World, signal: AbortSignal): Promise<LogDay | null> {
  const known = DAYS.get(world)
  if (known !== undefined) return await known
  const day = readDay(world, signal)
  DAYS.set(world, day)
  // Who asks when there is more time may have more luck.
  day.catch(() => DAYS.delete(world))
  return await day
}

const DAYS = new WeakMap<World, Promise<LogDay | null>>()

/** The files of the server's own main log and logins; empty: none yet. */
function ownLogFiles(world: World): readonly string[] {
  const folder = join(world.loaded.config.dataFolder, 'log')
  if (world.files.stat(folder) === null) return []
  const names = world.files.list(folder).map(({ name }) => name)
  const all = [...filesOfLog('mainlog', names), ...filesOfLog('authlog', names)]
  return all.map((name) => join(folder, name))
}

async function readDay(world: World, signal: AbortSignal): Promise<LogDay | null> {
  const sinceMs = world.clock.nowMs() - DAY_MS
  const lastRunMs = lastRun(world, sinceMs)
  const day = await dayOfLogs(ownLogFiles(world), world, { signal, lastRunMs })
  // A file that was emptied is as good as none.
  return day?.statistics.totals.lines === 0 ? null : day
}

/** What reading the last day of a log needs. */
export interface DayOptions {
  readonly signal: AbortSignal
  /** When it was looked at last, within the day; null: not. */
  readonly lastRunMs: number | null
  /** Of each line that was read, as it is read. */
  readonly onEvent?: (event: Event) => void
  /** It takes too long and begins anew, with less: what was told by `onEvent` does not count. */
  readonly onAnew?: () => void
}

/**
 * Of these files, ours or another server's. Null: nothing was written to them in the last day.
 * @throws CannotLook when there is not even time for their ends
 */
export async function dayOfLogs(
  names: readonly string[],
  world: Pick<World, 'clock' | 'zone' | 'files'>,
  { signal, lastRunMs, onEvent, onAnew }: DayOptions,
): Promise<LogDay | null> {
  const nowMs = world.clock.nowMs()
  const sinceMs = nowMs - DAY_MS
  const paths = names.filter((path) => {
    const found = world.files.stat(path)
    // A pipe would hold up whoever opens it, and even the end of the program.
    return found?.isFile() === true && Number(found.mtimeMs) >= sinceMs
  })
  if (paths.length === 0) return null
  const { zone } = world
  const sources = await openSources(paths, {
    ...{ format: 'auto', zone, nowMs, input: nothing() },
    // Packed by gzip, which needs no program.
    run: () => nothing(),
  })
  const input: LogInput = { sources, format: 'auto', zone, sinceMs, untilMs: null }
  let budget: Budget = { octets: MOST_IN_ALL_OCTETS, ms: MOST_MS }
  while (budget.octets >= LEAST_OCTETS) {
    const count = new DayCount(sinceMs, nowMs, lastRunMs, onEvent)
    const startMs = world.clock.monotonicMs()
    if (await readAll(input, world, count, budget, signal)) return count.day()
    onAnew?.()
    const tookMs = world.clock.monotonicMs() - startMs
    const ms = budget.ms / 2
    budget = { ms, octets: Math.floor((CAREFUL * count.octets * ms) / tookMs) }
  }
  throw new CannotLook('the log cannot be read in time: this machine, or its disk, is very busy')
}

/** Whichever is used up first ends the reading. */
interface Budget {
  readonly octets: number
  readonly ms: number
}

/** The newest that the octets allow. @returns false: the time was over before all of that was read */
async function readAll(
  input: LogInput,
  world: Pick<World, 'clock' | 'files'>,
  count: DayCount,
  budget: Budget,
  signal: AbortSignal,
): Promise<boolean> {
  const endMs = world.clock.monotonicMs() + budget.ms
  const ofFile = budget.octets * SHARE_OF_FILE
  for (const source of affordable(input.sources, world, count, budget.octets)) {
    const read = readerOf(input, source)
    count.beginFile()
    for await (const text of textsOf(input, source, count, ofFile)) {
      signal.throwIfAborted()
      if (count.octets > 0 && world.clock.monotonicMs() >= endMs) return false
      count.octets += text.length
      for (let from = 0; from < text.length; ) {
        const newline = text.indexOf('\n', from)
        const end = newline < 0 ? text.length : newline
        count.take(read.read(text, from, end))
        from = end + 1
      }
      // Other checks are waiting for their answers.
      await nextTurn()
    }
  }
  return true
}

/** The newest files, as many as there is time for; in their order. */
function affordable(
  sources: readonly LogSource[],
  { files }: Pick<World, 'files'>,
  count: DayCount,
  octets: number,
): readonly LogSource[] {
  const chosen: LogSource[] = []
  let leftOctets = octets
  for (const source of sources.toReversed()) {
    const size = source.sizeOctets ?? 0
    leftOctets -= Math.min(octets * SHARE_OF_FILE, source.plainFile === null ? size * PACKED : size)
    // All that it has was written before.
    if (leftOctets < 0) count.cutAt(Number(files.stat(source.name)?.mtimeMs ?? 0))
    else chosen.push(source)
  }
  return chosen.toReversed()
}

function lastRun({ store }: World, sinceMs: number): number | null {
  const last = store?.run(remembered('doctor'))?.atMs ?? null
  return last === null || last < sinceMs ? null : last
}

/** Of each file the end, of packed ones the beginning: they are of yesterday. */
async function* textsOf(
  input: LogInput,
  source: LogSource,
  count: DayCount,
  mostOctets: number,
): AsyncGenerator<string> {
  const range = windowOf(input, source)
  if (range !== null) {
    const start = Math.max(range.start, range.end - Math.floor(mostOctets))
    if (start > range.start) count.cutAtFirst()
    yield* textsOfRange({ ...range, start }, 'utf8')
    return
  }
  let octets = 0
  for await (const text of source.texts()) {
    octets += text.length
    if (octets > mostOctets) {
      count.cutAt(source.latestMs - DAY_MS)
      return
    }
    yield text
  }
}

class DayCount {
  octets = 0
  /** Before it not all was read; null: all was. */
  #cutMs: number | null = null
  #isFirstCut = false
  readonly #collector: Collector
  readonly #attempts: Attempts
  readonly #mending = new Mending()
  readonly #sinceMs: number
  readonly #untilMs: number
  readonly #lastRunMs: number | null
  readonly #onEvent: (event: Event) => void
  readonly #relayTargets = new Map<string, number>()
  readonly #refusedUsers = new Map<string, RefusedUser>()
  #newlyFailed = 0
  #newlyDeferred = 0

  constructor(
    sinceMs: number,
    untilMs: number,
    lastRunMs: number | null,
    onEvent: DayOptions['onEvent'] = () => {},
  ) {
    this.#onEvent = onEvent
    this.#collector = new Collector({ sinceMs, untilMs: null, isFirst: true })
    this.#attempts = new Attempts(untilMs - HOUR_MS)
    this.#sinceMs = sinceMs
    this.#untilMs = untilMs
    this.#lastRunMs = lastRunMs
  }

  beginFile(): void {
    this.#isFirstCut = false
  }

  /** What was written before is left out. */
  cutAt(atMs: number): void {
    this.#cutMs = Math.max(atMs, this.#cutMs ?? atMs)
  }

  /** What stands before the next line is left out. */
  cutAtFirst(): void {
    this.#isFirstCut = true
  }

  take(line: LogLine): void {
    this.#collector.take(line)
    if (line.type === 'continuation' || line.type === 'unknown') return
    if (this.#isFirstCut) {
      this.cutAt(line.atMs)
      this.#isFirstCut = false
    }
    if (line.atMs >= this.#sinceMs && !isOfDoctor(line)) this.#event(line)
  }

  day(): LogDay {
    const { statistics } = this.#collector
    return {
      sinceMs: Math.max(this.#sinceMs, this.#cutMs ?? 0),
      untilMs: this.#untilMs,
      isCut: this.#cutMs !== null,
      octets: this.octets,
      statistics,
      attempts: this.#attempts,
      mending: this.#mending,
      lastRunMs: this.#lastRunMs,
      newlyFailed: this.#newlyFailed,
      newlyDeferred: this.#newlyDeferred,
      relayTargets: this.#relayTargets,
      refusedUsers: this.#refusedUsers,
    }
  }

  #event(event: Event): void {
    this.#onEvent(event)
    switch (event.type) {
      case 'loggedIn':
      case 'loginFailed':
        this.#attempts.take(event)
        break
      case 'delivered':
        this.#mending.take(event)
        break
      case 'failed':
        this.#mending.take(event)
        if (event.atMs >= (this.#lastRunMs ?? 0)) this.#newlyFailed++
        break
      case 'deferred':
        this.#mending.take(event)
        if (event.atMs >= (this.#lastRunMs ?? 0)) this.#newlyDeferred++
        break
      case 'rejected':
        if (event.login !== null) this.#refusedUser(event.login, event.reason)
        else if (event.phase === 'RCPT' && event.reason.includes(RELAY_WORDS))
          add(this.#relayTargets, domainOf(event.subject ?? ''))
        break
      default:
    }
  }

  #refusedUser(login: string, reason: string): void {
    const count = this.#refusedUsers.get(login)?.count ?? 0
    if (count === 0 && this.#refusedUsers.size >= MOST_NAMES) return
    this.#refusedUsers.set(ownText(login), { count: count + 1, reason: ownText(reason) })
  }
}

function add(counts: Map<string, number>, name: string): void {
  if (name === '') return
  if (counts.has(name) || counts.size < MOST_NAMES)
    counts.set(ownText(name), (counts.get(name) ?? 0) + 1)
}

function domainOf(subject: string): string {
  return /@([^@>\s]+)>?$/.exec(subject)?.[1]?.toLowerCase() ?? ''
}

async function* nothing(): AsyncGenerator<never> {}

/** What our own server says to strangers who want to send to others by it. */
const RELAY_WORDS = 'relay not permitted'
/** Of all files: three seconds of one processor, 400,000 lines. */
const MOST_IN_ALL_OCTETS = 40 * 1024 * 1024
/** Of one file, so that there is room for the other one. */
const SHARE_OF_FILE = 0.4
/** Then it begins anew with as much as can be read in half of it, and so on: twice that in all. */
const MOST_MS = 5_000
/** How much of what could be read is read: a machine that is busy may be busier yet. */
const CAREFUL = 0.7
const LEAST_OCTETS = 10_000
/** How much longer lines are when they are unpacked. */
const PACKED = 12
const MOST_NAMES = 10_000
