/** Finds messages in logs: by a text in one of their lines, by sender, recipient, host or fate. */
import type { Event, MessageId, Unknown } from '../../journal/event.ts'
import type { LogReader } from '../../journal/reader.ts'
import { readerOf } from '../source/reading.ts'
import type { Group } from './groups.ts'
import type { Pattern } from './patterns.ts'
import { MAX_RELATED, TOO_MANY, withRelatives } from './related.ts'
import { type ScanOptions, scan } from './scan.ts'
import {
  allowsLoose,
  fulfils,
  hasFilters,
  type MessageFilters,
  NO_FILTERS,
  needlesOf,
} from './filters.ts'
import type { LogInput } from '../source/source.ts'
import { LogFault } from '../source/unpack.ts'

export interface Query {
  /** Each must be found in one of the message's lines. */
  readonly patterns: readonly Pattern[]
  readonly filters: MessageFilters
  /** Also messages that belong to those: bounces, steps through filters. */
  readonly related?: boolean
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
 * they stand. Some at a time; memory does not grow with the log. @throws LogFault
 */
export async function* search(
  input: LogInput,
  query: Query,
  progress?: ScanOptions['progress'],
): AsyncGenerator<readonly Found[]> {
  const { patterns, filters } = query
  if (!query.related) {
    const needles = [...patterns, ...needlesOf(filters)]
    const options = { patterns: needles, withLoose: allowsLoose(filters), progress }
    yield* foundBy(input, options, filters)
    return
  }
  const ids = new Set<string>()
  for await (const some of search(input, { patterns, filters }, progress)) {
    const loose = some.filter(({ id }) => id === null)
    if (loose.length > 0) yield loose
    for (const { id } of some) if (id !== null) ids.add(id)
    if (ids.size > MAX_RELATED) throw new LogFault(TOO_MANY)
  }
  if (ids.size === 0) return
  const only = await withRelatives(input, ids)
  yield* foundBy(input, { patterns: [], withLoose: false, only }, NO_FILTERS)
}

async function* foundBy(
  input: LogInput,
  options: ScanOptions,
  filters: MessageFilters,
): AsyncGenerator<readonly Found[]> {
  const readers = input.sources.map((source) => readerOf(input, source))
  const isFiltered = hasFilters(filters)
  for await (const groups of scan(input, options)) {
    const all = groups.map((group) => new FoundGroup(group, readers))
    yield isFiltered ? all.filter(({ events }) => fulfils(filters, events)) : all
  }
}

class FoundGroup implements Found {
  readonly #group: Group
  readonly #readers: readonly LogReader[]
  #events: readonly (Event | Unknown)[] | undefined

  constructor(group: Group, readers: readonly LogReader[]) {
    this.#group = group
    this.#readers = readers
  }

  get id(): MessageId | null {
    return this.#group.id as MessageId | null
  }

  get lines(): readonly string[] {
    return this.#group.lines
  }

  get isComplete(): boolean {
    return this.#group.isComplete
  }

  get events(): readonly (Event | Unknown)[] {
    this.#events ??= eventsOf(this.#group, this.#readers)
    return this.#events
  }
}

function eventsOf(
  { lines, logs }: Group,
  readers: readonly LogReader[],
): readonly (Event | Unknown)[] {
  const events: (Event | Unknown)[] = []
  for (const [index, line] of lines.entries()) {
    const event = readers[logs[index] ?? 0]?.read(line, 0, line.length)
    if (event !== undefined && event.type !== 'continuation') events.push(event)
  }
  return events
}
