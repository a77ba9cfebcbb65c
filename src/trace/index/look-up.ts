/** Single messages, from the index. */
import type { MessageId } from '../../journal/event.ts'
import { lineEnd } from '../../journal/line-end.ts'
import { logReader } from '../../journal/reader.ts'
import type { Zone } from '../../journal/zone.ts'
import type { IndexedSource } from './index-source.ts'
import { hashOf, TermFinder, TermSet } from './terms.ts'

/**
 * The messages of which a line has this term: an address, a Message-ID, an IP address, a login, an
 * id. In the order of the last such line.
 */
export async function idsOfTerm(
  sources: readonly IndexedSource[],
  term: string,
  zone: Zone,
): Promise<MessageId[]> {
  const ids = new Set<MessageId>()
  const hash = hashOf(term)
  const terms = new TermSet()
  for (const source of sources)
    for await (const { text, from, end, line } of linesOf(source, [term], zone)) {
      if (line.type === 'continuation' || !('id' in line) || line.id === null) continue
      terms.clear()
      new TermFinder(text.slice(from, end)).collect(0, end - from, line, terms)
      if (!terms.has(hash)) continue
      ids.delete(line.id)
      ids.add(line.id)
    }
  return [...ids]
}

/** The very lines of these messages, each with those that go on with it, in time order. */
export async function linesOfIds(
  sources: readonly IndexedSource[],
  ids: ReadonlySet<MessageId>,
  zone: Zone,
): Promise<Map<MessageId, string[]>> {
  const lines = new Map<MessageId, string[]>([...ids].map((id) => [id, []]))
  for (const source of sources) {
    let current: string[] | undefined
    for await (const { text, from, end, line } of linesOf(source, [...ids], zone)) {
      if (line.type !== 'continuation')
        current = 'id' in line && line.id !== null ? lines.get(line.id) : undefined
      current?.push(text.slice(from, end))
    }
  }
  return lines
}

interface ReadLine {
  readonly text: string
  readonly from: number
  readonly end: number
  readonly line: ReturnType<ReturnType<typeof logReader>['read']>
}

async function* linesOf(
  { log, latestMs, textsWith }: IndexedSource,
  words: readonly string[],
  zone: Zone,
): AsyncGenerator<ReadLine> {
  for await (const text of textsWith(words)) {
    const reader = logReader({ format: 'auto', zone, latestMs, log })
    for (let from = 0; from < text.length; ) {
      const end = lineEnd(text, from)
      yield { text, from, end, line: reader.read(text, from, end) }
      from = end + 1
    }
  }
}
