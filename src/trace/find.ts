/**
 * The journeys of one message, or of the messages of one address, with everything that belongs to
 * them: bounces, the steps through filters, what Dovecot did.
 */
import type { Event, LogLine, MessageId, Unknown } from '../journal/event.ts'
import { lineEnd } from '../journal/line-end.ts'
import type { Journey } from './journey.ts'
import { beginsMessage, Journeys } from './journeys.ts'
import { isInTime, readerOf } from './source/reading.ts'
import type { LogInput, LogSource } from './source/source.ts'

export interface FindOptions {
  /** A message id, a Message-ID with or without brackets, or an address. */
  readonly wanted: string
  /** The newest so many messages. */
  readonly most: number
  /** As in `journeyOf`: the log goes on to this moment. */
  readonly isLive: boolean
}

export interface FoundJourneys {
  /** In the order of their first lines, those that were asked for and their relatives. */
  readonly journeys: readonly Journey[]
  /** Of these, the ids that were asked for. */
  readonly ids: ReadonlySet<MessageId>
  /** Of these, the journeys that go on after the time that is asked for: the rest is left out. */
  readonly cut: ReadonlySet<Journey>
  /** Messages that were left out, because there were more than `most`. */
  readonly leftOut: number
  /** Lines about it that belong to no message: rejections, logins. The newest so many. */
  readonly loose: readonly (Event | Unknown)[]
}

/** Reads every source some times over, each time only the lines that hold what is looked for. */
export async function findJourneys(input: LogInput, options: FindOptions): Promise<FoundJourneys> {
  const { most, isLive } = options
  const wanted = options.wanted.replace(/^<(.*)>$/, '$1')
  const first = await firstLook(input, wanted)
  const all = [...first.ids]
  const ids = new Set(all.slice(-most))
  const needles = new Set<string>([...ids, ...first.headers].slice(-MOST_NEEDLES))
  for (let round = 0; ; round++) {
    const { journeys, cut } = await gather(input, needles, isLive)
    const before = needles.size
    if (round < MOST_ROUNDS)
      for (const journey of journeys) addRelatives(needles, journey, journeys, ids)
    if (needles.size === before) {
      // Others can have the same Message-ID: only who asks for that is told of them.
      const own = journeys.filter(
        (journey) =>
          journey.ids.some((id) => needles.has(id)) ||
          [wanted, ...first.headers].includes(journey.arrival?.messageIdHeader ?? ''),
      )
      return { journeys: own, ids, cut, leftOut: all.length - ids.size, loose: first.loose }
    }
  }
}

interface FirstLook {
  readonly ids: ReadonlySet<MessageId>
  /** Message-IDs of what only Dovecot tells of. */
  readonly headers: ReadonlySet<string>
  readonly loose: readonly (Event | Unknown)[]
}

async function firstLook(input: LogInput, wanted: string): Promise<FirstLook> {
  const ids = new Set<MessageId>()
  const headers = new Set<string>()
  const loose: (Event | Unknown)[] = []
  for await (const event of eventsWith(input, [wanted])) {
    if (event.type === 'continuation' || !isInTime(input, event.atMs)) continue
    if (event.type === 'filed') {
      if (event.messageIdHeader !== null) headers.add(event.messageIdHeader)
    } else if ('id' in event && event.id !== null) {
      ids.delete(event.id) // the last mention counts for what is newest
      ids.add(event.id)
    } else {
      loose.push(event)
      if (loose.length > 2 * MOST_LOOSE) loose.splice(0, MOST_LOOSE)
    }
  }
  return { ids, headers, loose: loose.slice(-MOST_LOOSE) }
}

async function gather(
  input: LogInput,
  needles: ReadonlySet<string>,
  isLive: boolean,
): Promise<Pick<FoundJourneys, 'journeys' | 'cut'>> {
  if (needles.size === 0) return { journeys: [], cut: new Set() }
  const gathered = new Journeys(isLive)
  const later = new LaterLines()
  let isLate = false
  for await (const line of eventsWith(input, [...needles])) {
    // What goes on with a line is of its time.
    if (line.type !== 'continuation') {
      isLate = line.atMs !== null && line.atMs >= (input.untilMs ?? Infinity)
      if (isLate) later.add(line)
    }
    if (!isLate) gathered.add(line)
  }
  const journeys = gathered.finish()
  return { journeys, cut: new Set(journeys.filter((journey) => later.areOf(journey))) }
}

/** Lines after the time that is asked for: by them a journey is known to go on. */
class LaterLines {
  readonly #ids = new Set<MessageId>()
  readonly #headers = new Set<string>()
  /** Postfix gives short ids again: from then on they are those of other messages. */
  readonly #begun = new Set<MessageId>()

  add(event: Event | Unknown): void {
    if (event.type === 'filed') {
      if (event.messageIdHeader !== null) this.#headers.add(event.messageIdHeader)
      return
    }
    if (!('id' in event) || event.id === null) return
    if (beginsMessage(event)) this.#begun.add(event.id)
    if (!this.#begun.has(event.id)) this.#ids.add(event.id)
  }

  areOf({ ids, arrival }: Journey): boolean {
    return ids.some((id) => this.#ids.has(id)) || this.#headers.has(arrival?.messageIdHeader ?? '')
  }
}

/** The other messages that this one names, and its Message-ID, by which others are known. */
function addRelatives(
  needles: Set<string>,
  journey: Journey,
  all: readonly Journey[],
  ids: ReadonlySet<MessageId>,
): void {
  if (!belongs(journey, needles) || needles.size >= MOST_NEEDLES) return
  const isOwn = journey.ids.some((id) => ids.has(id))
  const isNear = isOwn || journey.relatives.some(({ id }) => ids.has(id))
  if (!isNear && all.length > 1) return
  for (const id of journey.ids) needles.add(id)
  for (const { id } of journey.relatives) needles.add(id)
  const header = journey.arrival?.messageIdHeader
  if (header) needles.add(header)
}

/** A line can name a message without being about it. */
function belongs({ ids, arrival }: Journey, needles: ReadonlySet<string>): boolean {
  return ids.some((id) => needles.has(id)) || needles.has(arrival?.messageIdHeader ?? '')
}

/** What the lines say that hold one of the texts, upper and lower case alike, as a whole word. */
async function* eventsWith(input: LogInput, texts: readonly string[]): AsyncGenerator<LogLine> {
  const words = texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  const pattern = new RegExp(`(?<![\\w.+%-])(?:${words.join('|')})(?![\\w+%-]|\\.\\w)`, 'gi')
  for (const source of input.sources) {
    const found = source.textsWith?.(texts) ?? source.texts()
    yield* eventsOfSource(input, source, found, pattern)
  }
}

async function* eventsOfSource(
  input: LogInput,
  source: LogSource,
  texts: AsyncIterable<string>,
  pattern: RegExp,
): AsyncGenerator<LogLine> {
  const reader = readerOf(input, source)
  for await (const text of texts) {
    pattern.lastIndex = 0
    for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
      const start = entryStart(text, text.lastIndexOf('\n', found.index) + 1, source.log)
      let end = lineEnd(text, start)
      yield reader.read(text, start, end)
      // What goes on with the line belongs to it, whether it holds the text or not.
      for (let next = end + 1; next < text.length; next = end + 1) {
        const nextEnd = lineEnd(text, next)
        const line = reader.read(text, next, nextEnd)
        if (line.type !== 'continuation') break
        end = nextEnd
        yield line
      }
      pattern.lastIndex = Math.max(end, found.index + 1)
    }
  }
}

/** In rejectlog a header stands under the line that it belongs to. */
function entryStart(text: string, at: number, log: LogSource['log']): number {
  if (log !== 'reject') return at
  let start = at
  for (let lines = 0; start > 0 && !isStamped(text, start) && lines < MOST_HEADER_LINES; lines++)
    start = text.lastIndexOf('\n', start - 2) + 1
  return start
}

function isStamped(text: string, at: number): boolean {
  return /^\d{4}-\d\d-\d\d[ T]/.test(text.slice(at, at + 11))
}

const MOST_HEADER_LINES = 500

/** A bounce of a bounce is as far as relatives go. */
const MOST_ROUNDS = 4
const MOST_NEEDLES = 400
/** Lines of no message: as many of the last ones. */
export const MOST_LOOSE = 20
