/**
 * Has every accepted recipient its fate? Promise 2 of the store, as far as the log can tell: a
 * message that arrived was delivered or failed, once for each of its recipients, and is completed;
 * or it is in the queue, and those of its recipients that have no fate wait there.
 *
 * The log is read once from end to end, and held only for messages that are not completed yet.
 * What looks wrong is looked at again: a running server may have been in the middle of writing it.
 */
import type { Event, MessageId } from '../journal/event.ts'
import { readLine, readLines } from '../journal/exim/read.ts'
import { idTimeMs } from '../journal/message-id.ts'
import type { Zone } from '../journal/zone.ts'
import { type Fate, type Journey, journeyOf } from './journey.ts'
import { textsOfLines } from './source/lines.ts'
import { mainlogs } from './trace.ts'

export interface FateOptions {
  /** The folder of the log. */
  readonly folder: string
  readonly zone: Zone
  /** How many files of the log to read, from the newest on. */
  readonly files: number
  /** Lines that are committed and may not be in the log yet. Asked again for the second look. */
  readonly waitingLines: () => readonly string[]
  /** Messages that are kept: the log must know them, too, unless they are older than it. */
  readonly kept: ReadonlySet<MessageId>
  /**
   * Addresses of recipients that wait in the queue, and those they came from, by message. Asked
   * again for the second look.
   */
  readonly queued: () => Queued
}

type Queued = ReadonlyMap<MessageId, readonly string[]>

export interface FateReport {
  /** How many arrivals the log has. */
  readonly messages: number
  readonly broken: readonly { readonly id: MessageId; readonly text: string }[]
}

/** @throws Error ENOENT when there is no such folder */
export async function checkFates(options: FateOptions): Promise<FateReport> {
  const { messages, doubtful, oldestMs } = await firstLook(options)
  const broken: { id: MessageId; text: string }[] = []
  if (doubtful.size > 0) {
    // What waits before the lines are read may be done in them; what waits after them is not.
    const before = options.queued()
    const journeys = await secondLook(options, doubtful)
    const after = options.queued()
    for (const [id, journey] of journeys) {
      if (journey.arrival === null && idTimeMs(id) < oldestMs) continue // it came before the log
      for (const text of problemsOf(journey, before.get(id))) broken.push({ id, text })
      if (journey.completedMs !== null && after.has(id))
        broken.push({ id, text: 'the log says that it is completed, and it is in the queue' })
    }
  }
  return { messages, broken }
}

interface FirstLook {
  readonly messages: number
  readonly doubtful: ReadonlySet<MessageId>
  /** The time of the first line. */
  readonly oldestMs: number
}

async function firstLook(options: FateOptions): Promise<FirstLook> {
  const { folder, zone, files, kept } = options
  const queued = options.queued()
  const open = new Map<MessageId, Event[]>()
  const doubtful = new Set<MessageId>()
  const unseen = new Set([...kept, ...queued.keys()])
  const ended = new RecentIds()
  let messages = 0
  let oldestMs = Number.POSITIVE_INFINITY
  const note = (event: ReturnType<typeof readLine>) => {
    if (event.type === 'unknown') return
    if (oldestMs === Number.POSITIVE_INFINITY) oldestMs = event.atMs
    const id = stepOf(event)
    if (id === null) return
    if (ended.has(id)) doubtful.add(id)
    if (event.type === 'arrival') {
      messages++
      unseen.delete(id)
    }
    const events = open.get(id)
    if (events === undefined) open.set(id, [event])
    else events.push(event)
    if (event.type !== 'completed') return
    if (queued.has(id) || problemsOf(journeyOf(id, open.get(id) ?? [])).length > 0) doubtful.add(id)
    open.delete(id)
    ended.add(id)
  }
  for (const path of (await mainlogs(folder)).slice(-files))
    for await (const text of textsOfLines(path)) readLines(text, zone, note)
  for (const [id, events] of open)
    if (problemsOf(journeyOf(id, events), queued.get(id)).length > 0) doubtful.add(id)
  for (const id of unseen) doubtful.add(id)
  return { messages, doubtful, oldestMs }
}

/** The ids that were added last: what a crash made the server write twice is close together. */
class RecentIds {
  #now = new Set<MessageId>()
  #before = new Set<MessageId>()

  has(id: MessageId): boolean {
    return this.#now.has(id) || this.#before.has(id)
  }

  add(id: MessageId): void {
    this.#now.add(id)
    if (this.#now.size < RECENT_IDS) return
    this.#before = this.#now
    this.#now = new Set()
  }
}

/** More than the outbox ever holds. */
const RECENT_IDS = 50_000

/**
 * A committed line is in the outbox until it is in the log: what is in neither, asked in this
 * order, is lost. A rotation in between would hide a file, so the names must stay the same.
 */
async function secondLook(
  { folder, zone, files, waitingLines }: FateOptions,
  ids: ReadonlySet<MessageId>,
): Promise<Map<MessageId, Journey>> {
  for (;;) {
    const lines = new Map<MessageId, string[]>([...ids].map((id) => [id, []]))
    const collect = (line: string) => {
      const id = stepOf(readLine(line, zone))
      if (id !== null) lines.get(id)?.push(line)
    }
    const waiting = waitingLines()
    const before = await mainlogs(folder)
    for (const path of before.slice(-files))
      for await (const text of textsOfLines(path)) text.split('\n').forEach(collect)
    if ((await mainlogs(folder)).join() !== before.join()) continue
    for (const line of waiting) {
      const id = stepOf(readLine(line, zone))
      if (id !== null && lines.get(id)?.includes(line) === false) collect(line)
    }
    return new Map([...lines].map(([id, found]) => [id, journeyFrom(id, found, zone)]))
  }
}

function journeyFrom(id: MessageId, lines: readonly string[], zone: Zone): Journey {
  const events = lines.map((line) => readLine(line, zone))
  return journeyOf(
    id,
    events.filter((event) => event.type !== 'unknown'),
  )
}

/** The message of which this is a step; null for lines that decide no fate. */
function stepOf(event: ReturnType<typeof readLine>): MessageId | null {
  switch (event.type) {
    case 'arrival':
    case 'delivered':
    case 'failed':
    case 'deferred':
    case 'completed':
    case 'queueAction':
      return event.id
    default:
      return null
  }
}

/** A person may send it to somebody once more: `waybill queue edit --add-rcpt`. */
function timesAdded(events: Journey['events'], address: string): number {
  return events.filter(
    (event) =>
      event.type === 'queueAction' &&
      event.action === 'changed' &&
      event.recipient !== null &&
      isSame(event.recipient, address),
  ).length
}

function isSame(address: string, other: string): boolean {
  return address.toLowerCase() === other.toLowerCase()
}

/** @param waiting  addresses of it that wait in the queue; undefined: it is not there */
function problemsOf(
  { arrival, recipients, completedMs, events }: Journey,
  waiting?: readonly string[],
): string[] {
  if (events.length === 0)
    return [`it is in ${waiting ? 'the queue' : 'a mailbox'}, and the log has no line of it`]
  if (arrival === null) return ['the log has its end, and not its arrival']
  const problems: string[] = []
  const times = (type: Event['type']) => events.filter((event) => event.type === type).length
  for (const type of ['arrival', 'completed'] as const)
    if (times(type) > 1) problems.push(`the log says ${times(type)} times that it is ${WORD[type]}`)
  const fated = new Set<string>()
  for (const { original, final, fate, attempts } of recipients) {
    // Another line does not speak for it: ours has one for each recipient, unless a person took all
    // of them away.
    if (fate === 'waiting' || (attempts.length === 0 && !isTakenAway(fate))) continue
    fated.add(original.toLowerCase())
    const ends = attempts.filter(({ type }) => type !== 'deferred').length
    const first = arrival.recipients.some((one) => isSame(one, original)) ? 1 : 0
    if (ends > Math.max(1, first + timesAdded(events, final)))
      problems.push(`${final} has ${ends} fates`)
  }
  for (const address of waiting ?? []) fated.add(address.toLowerCase())
  for (const address of new Set(arrival.recipients))
    if (!fated.has(address.toLowerCase()))
      problems.push(`${address} was accepted, and neither delivered nor failed`)
  if (problems.length === 0 && completedMs === null && waiting === undefined)
    problems.push('it is not completed')
  return problems
}

function isTakenAway(fate: Fate): boolean {
  return fate === 'discarded' || fate === 'failed'
}

const WORD = { arrival: 'accepted', completed: 'completed' } as const
