/** The index as logs that can be read: `LogSource`. */
import { DAY_MS } from '../../base/durations.ts'
import { textOfOctets } from '../../base/utf8.ts'
import { SqliteConnection } from '../../db/sqlite.ts'
import { all, one, type Steps } from '../../db/statement.ts'
import type { Zone } from '../../journal/zone.ts'
import type { LogSource } from '../source/source.ts'
import { unpackBlock } from './packing.ts'
import { blocksWith } from './postings.ts'
import type { IndexedLog } from './schema.ts'
import { hashOf } from './terms.ts'
import { inTimeOrder, type TimedText } from './time-order.ts'

/** A log whose lines can be looked up. */
export type IndexedSource = LogSource & Required<Pick<LogSource, 'textsWith'>>

export interface IndexRange {
  readonly zone: Zone
  /** As in `LogInput`: the lines of some time more are given too. */
  readonly sinceMs: number | null
  readonly untilMs: number | null
}

/**
 * The lines of an index that was opened once by `openTraceIndex`. Each log is a source of its own,
 * in time order; of the repeats in rejectlog and paniclog only when they are asked for. Empty when
 * it has no line of that time.
 */
export function indexSources(
  file: string,
  range: IndexRange,
  logs: readonly IndexedLog[] = ['main', 'auth'],
): IndexedSource[] {
  using connection = openReader(file)
  return logs.flatMap((log) => sourcesOf(connection, file, log, range))
}

function sourcesOf(
  connection: SqliteConnection,
  file: string,
  log: IndexedLog,
  { zone, sinceMs, untilMs }: IndexRange,
): IndexedSource[] {
  const extent = connection.run(extentOf(log))
  if (extent === undefined || extent.first === null || extent.last === null) return []
  const { first, last } = extent
  const sources: IndexedSource[] = []
  for (let from = first; from <= last; from += SPAN_MS) {
    const to = Math.min(from + SPAN_MS, last + 1)
    const isOutside = (untilMs !== null && from >= untilMs) || (sinceMs !== null && to < sinceMs)
    if (isOutside) continue
    const part: Part = { file, log, zone, from, to, sinceMs, untilMs }
    sources.push({
      name: NAMES[log],
      log: log === 'auth' ? 'main' : log,
      latestMs: to + DAY_MS,
      plainFile: null,
      sizeOctets: null,
      texts: () => textsOf(part, null),
      textsWith: (words) => textsOf(part, new Set(words.map(hashOf))),
    })
  }
  return sources
}

function* extentOf(
  log: IndexedLog,
): Steps<{ first: number | null; last: number | null } | undefined> {
  return yield* one(
    'SELECT min(at_ms) AS first, max(at_ms) AS last FROM block ' +
      'WHERE source_id IN (SELECT id FROM source WHERE log = ?)',
    log,
  )
}

/** The blocks of a log that start in a time. */
interface Part {
  readonly file: string
  readonly log: IndexedLog
  readonly zone: Zone
  readonly from: number
  /** Not included. */
  readonly to: number
  readonly sinceMs: number | null
  readonly untilMs: number | null
}

async function* textsOf(part: Part, hashes: ReadonlySet<number> | null): AsyncGenerator<string> {
  using connection = openReader(part.file)
  const only = hashes === null ? null : connection.run(blocksWith(hashes))
  yield* inTimeOrder(blocksOf(connection, part, only), part.zone, part.log)
}

/** Some at a time, so that nothing is locked and little is held however long the reader takes. */
function* blocksOf(
  connection: SqliteConnection,
  part: Part,
  only: readonly number[] | null,
): Generator<TimedText> {
  const chosen = only === null ? null : `[${only.join()}]`
  let after = { atMs: Number.MIN_SAFE_INTEGER, id: 0 }
  for (;;) {
    const blocks = connection.run(nextBlocks(part, after, chosen))
    for (const { sourceId, atMs, lastMs, packed } of blocks)
      yield { sourceId, atMs, lastMs, text: textOfOctets(unpackBlock(packed)) }
    const last = blocks.at(-1)
    if (last === undefined) return
    after = last
  }
}

interface BlockRow {
  readonly id: number
  readonly sourceId: number
  readonly atMs: number
  readonly lastMs: number
  readonly packed: Uint8Array
}

function* nextBlocks(
  { log, from, to, sinceMs, untilMs }: Part,
  after: { readonly atMs: number; readonly id: number },
  chosen: string | null,
): Steps<BlockRow[]> {
  const among = chosen === null ? '' : 'AND id IN (SELECT value FROM json_each(?7)) '
  return yield* all<BlockRow>(
    'SELECT id, source_id AS sourceId, at_ms AS atMs, last_ms AS lastMs, packed FROM block ' +
      'WHERE (at_ms, id) > (?1, ?2) AND at_ms >= ?3 AND at_ms < ?4 AND last_ms >= ?5 ' +
      `AND source_id IN (SELECT id FROM source WHERE log = ?6) ${among}` +
      `ORDER BY at_ms, id LIMIT ${BLOCKS_AT_ONCE}`,
    after.atMs,
    after.id,
    from,
    Math.trunc(Math.min(to, untilMs ?? to)),
    Math.trunc(sinceMs ?? from),
    log,
    ...(chosen === null ? [] : [chosen]),
  )
}

function openReader(file: string): SqliteConnection {
  return new SqliteConnection(file, { readOnly: true })
}

/** What a person calls them: nobody needs to know of the file. */
const NAMES: { readonly [L in IndexedLog]: string } = {
  main: 'this server’s log',
  auth: 'this server’s logins',
  reject: 'this server’s rejectlog',
  panic: 'this server’s paniclog',
}
const BLOCKS_AT_ONCE = 16
/** Lines of syslog have no year: within this time, only one fits. */
const SPAN_MS = 300 * DAY_MS
