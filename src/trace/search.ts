/** Finds messages in logs: by a text in one of their lines, by sender, recipient, host or fate. */
import type { Event, MessageId, Unknown } from '../journal/event.ts'
import { type LogReader, logReader } from '../journal/reader.ts'
import type { Group } from './groups.ts'
import type { Pattern } from './patterns.ts'
import type { LineEncoding } from './ranges.ts'
import { encodingOf, type ScanOptions, scan } from './scan.ts'
import {
  allowsLoose,
  fulfils,
  hasFilters,
  type MessageFilters,
  needlesOf,
} from './search-filters.ts'
import type { LogInput } from './source.ts'

export interface Query {
  /** Each must be found in one of the message's lines. */
  readonly patterns: readonly Pattern[]
  readonly filters: MessageFilters
}

/** A message that was found, or a line about none. */
export interface Found {
  readonly id: MessageId | null
  /** The very lines, in the order of the log. */
  readonly lines: readonly string[]
  /** What they say; lines that go on with others are left out. */
  readonly events: readonly (Event | Unknown)[]
  /** Its last line is among them. Always true of a line about no message. */
  readonly isComplete: boolean
}

/**
 * Messages in the order of their last lines, then those without one; lines about no message where
 * they stand. Memory does not grow with the log. @throws LogFault
 */
export async function* search(
  input: LogInput,
  query: Query,
  progress?: ScanOptions['progress'],
): AsyncGenerator<Found> {
  const { filters } = query
  const patterns = [...query.patterns, ...needlesOf(filters)]
  const options = { patterns, withLoose: allowsLoose(filters), progress }
  const decode = decoderOf(encodingOf(input, patterns))
  const readers = input.sources.map(({ log, latestMs }) => {
    const { format, zone } = input
    return () => logReader({ format, zone, log, latestMs })
  })
  for await (const group of scan(input, options)) {
    const lines = group.lines.map(decode)
    let known: readonly (Event | Unknown)[] | undefined
    const events = () => {
      known ??= eventsOf(group, lines, readers)
      return known
    }
    if (hasFilters(filters) && !fulfils(filters, events())) continue
    const { isComplete } = group
    yield {
      ...{ id: group.id as MessageId | null, lines, isComplete },
      get events() {
        return events()
      },
    }
  }
}

function eventsOf(
  { logs }: Group,
  lines: readonly string[],
  readers: readonly (() => LogReader)[],
): readonly (Event | Unknown)[] {
  const events: (Event | Unknown)[] = []
  let log = -1
  let reader: LogReader | undefined
  for (const [index, line] of lines.entries()) {
    if (logs[index] !== log) {
      log = logs[index] ?? 0
      reader = readers[log]?.()
    }
    const event = reader?.read(line, 0, line.length)
    if (event !== undefined && event.type !== 'continuation') events.push(event)
  }
  return events
}

function decoderOf(encoding: LineEncoding): (line: string) => string {
  if (encoding === 'utf8') return (line) => line
  return (line) => (BEYOND_ASCII.test(line) ? Buffer.from(line, 'latin1').toString('utf8') : line)
}

const BEYOND_ASCII = /[\x80-\xff]/
