/**
 * Messages that belong together under different ids: a bounce and what it bounces, the steps of one
 * message through a filter, what another instance made of it. Found by what their lines say of each
 * other, again and again until nothing more is found.
 */
import { ownText } from '../../base/own-text.ts'
import type { LogLine, MessageId } from '../../journal/event.ts'
import { lineEnd } from '../../journal/line-end.ts'
import type { Journey } from '../journey.ts'
import { Journeys } from '../journeys.ts'
import { OF_MESSAGE } from '../source/line-heads.ts'
import { headsOf, readerOf } from '../source/reading.ts'
import { type Messages, scan, type Texts, textsReader } from './scan.ts'
import type { LogInput } from '../source/source.ts'
import { LogFault } from '../source/unpack.ts'

/**
 * The messages, and all that are related to them by any number of steps. Reads the logs once for
 * each step. @throws LogFault when they are too many to hold
 */
export async function withRelatives(input: LogInput, ids: ReadonlySet<string>): Promise<Messages> {
  const known = { ids: new Set(ids), headers: new Set<string>() }
  await collect(input, known)
  if (known.ids.size === ids.size) return known
  return await trueRelatives(input, ids, known)
}

interface Known {
  readonly ids: Set<string>
  readonly headers: Set<string>
}

/** Everything that any line could link, also one that a stranger wrote. */
async function collect(input: LogInput, known: Known): Promise<void> {
  const texts = textsReader(input, false, undefined)
  for (let step = 0; step < MAX_STEPS; step++) {
    const before = known.ids.size + known.headers.size
    await readLinks(input, texts, known)
    if (known.ids.size + known.headers.size === before) break
    if (known.ids.size > MAX_RELATED) throw new LogFault(TOO_MANY)
  }
}

/**
 * Of these, what the way of the messages makes relatives, as in a journey: anybody can send a message
 * with the Message-ID of another, or with an id in its subject.
 */
async function trueRelatives(
  input: LogInput,
  ids: ReadonlySet<string>,
  only: Messages,
): Promise<Messages> {
  const readers = input.sources.map((source) => readerOf(input, source))
  const messages: LogLine[][] = []
  for await (const groups of scan(input, { patterns: [], withLoose: false, only }))
    for (const { lines, logs } of groups)
      messages.push(
        lines.flatMap((line, at) => readers[logs[at] ?? 0]?.read(line, 0, line.length) ?? []),
      )
  // They come in the order of their last lines.
  messages.sort((one, other) => startOf(one) - startOf(other))
  const journeys = new Journeys(false)
  for (const line of messages.flat()) journeys.add(line)
  return reached(journeys.finish(), ids)
}

function startOf([first]: readonly LogLine[]): number {
  return first === undefined || first.type === 'continuation' ? 0 : (first.atMs ?? 0)
}

function reached(journeys: readonly Journey[], ids: ReadonlySet<string>): Messages {
  const pairs = journeys.flatMap((journey) => journey.ids.map((id) => ({ id, journey })))
  const byId = Map.groupBy(pairs, ({ id }) => id) // Postfix gives short ids again
  const found: Known = { ids: new Set(ids), headers: new Set() }
  for (const id of found.ids) {
    for (const { journey } of byId.get(id as MessageId) ?? []) {
      for (const own of journey.ids) found.ids.add(own)
      for (const relative of journey.relatives) found.ids.add(relative.id)
      const header = journey.arrival?.messageIdHeader
      if (header) found.headers.add(header)
    }
  }
  return found
}

/** Puts to what is known what a line says that it is linked to. */
async function readLinks(input: LogInput, texts: Texts, known: Known): Promise<void> {
  for (const source of input.sources) {
    const heads = headsOf(input, source)
    for await (const text of texts(source, 'latin1')) {
      LINKS.lastIndex = 0
      for (let link = LINKS.exec(text); link !== null; link = LINKS.exec(text)) {
        const { header, id } = link.groups ?? {}
        const from = text.lastIndexOf('\n', link.index) + 1
        const end = lineEnd(text, link.index)
        if (heads.read(text, from, end) !== OF_MESSAGE) continue
        const own = text.slice(heads.idAt, heads.idEnd)
        const set = header === undefined ? known.ids : known.headers
        const other = header ?? id ?? ''
        if (known.ids.has(own)) set.add(ownText(other))
        else if (set.has(other)) known.ids.add(ownText(own))
      }
    }
  }
}

/**
 * What links: a Message-ID (Postfix' cleanup, Exim's arrivals), the message that a bounce is of, and
 * the id that the next step gave it. Each stays in its line.
 */
const LINKS =
  /message-id=<(?<header>[^>\s]{1,998})>| id=(?<header>[^\s]{1,998})|(?: R=|notification: |orig_queue_id=|(?:queued|forwarded) as )(?<id>[\w-]{6,40})/g

const MAX_STEPS = 8
/** Messages that are related to what was searched for. */
export const MAX_RELATED = 5000
export const TOO_MANY = `more than ${MAX_RELATED} messages are related: search for something rarer`
