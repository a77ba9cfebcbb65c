/**
 * Tables of keys and what was counted for each, with a bound on how many keys they hold: a log can
 * name a million addresses. Plain data, so that a thread can hand a table to another.
 */

/** What a row of every table has: rows with the lowest count are dropped first. */
export interface Counted {
  readonly key: string
  count: number
}

export interface Tally<Row extends Counted = Counted> {
  readonly rows: Map<string, Row>
  readonly maxRows: number
  /**
   * By how much any count may be too low, because its row was dropped and begun again; 0 while
   * every key ever seen is there.
   */
  missingAtMost: number
}

export function newTally<Row extends Counted>(maxRows: number = MAX_ROWS): Tally<Row> {
  return { rows: new Map(), maxRows, missingAtMost: 0 }
}

/** The row of a key, made when it is new. */
export function rowOf<Row extends Counted>(
  tally: Tally<Row>,
  key: string,
  make: (key: string) => Row,
): Row {
  return tally.rows.get(key) ?? addRow(tally, key, make)
}

/** Counts one more of a key, for tables that have nothing else to count. */
export function countOne(tally: Tally, key: string, by = 1): void {
  rowOf(tally, key, newCount).count += by
}

export function newCount(key: string): Counted {
  return { key, count: 0 }
}

/** Adds the rows of another tally; `add` adds one row's figures to another, `count` too. */
export function mergeTally<Row extends Counted>(
  into: Tally<Row>,
  from: Tally<Row>,
  make: (key: string) => Row,
  add: (into: Row, from: Row) => void,
): void {
  for (const [key, row] of from.rows) add(rowOf(into, key, make), row)
  into.missingAtMost += from.missingAtMost
}

/** {@link mergeTally} of tables that only count. */
export function mergeCounts(into: Tally, from: Tally): void {
  mergeTally(into, from, newCount, (one, other) => {
    one.count += other.count
  })
}

/** The sum of all counts; rows that were dropped are missing. */
export function totalOf(tally: Tally): number {
  let total = 0
  for (const { count } of tally.rows.values()) total += count
  return total
}

/**
 * A copy that shares no memory with the text it was cut from: a piece of a text, kept, keeps the
 * whole text in memory.
 */
export function ownText(text: string): string {
  return ` ${text}`.slice(1)
}

function addRow<Row extends Counted>(
  tally: Tally<Row>,
  key: string,
  make: (key: string) => Row,
): Row {
  if (tally.rows.size >= tally.maxRows) prune(tally)
  const row = make(ownText(key.length > MAX_KEY_CHARS ? key.slice(0, MAX_KEY_CHARS) : key))
  tally.rows.set(row.key, row)
  return row
}

/** Drops the lower half of the rows; of rows with equal counts those that came first. */
function prune<Row extends Counted>(tally: Tally<Row>): void {
  const counts = Float64Array.from(tally.rows.values(), ({ count }) => count).sort()
  let tooMany = Math.ceil(counts.length / 2)
  const highest = counts[tooMany - 1] ?? 0
  for (const [key, { count }] of tally.rows) {
    if (tooMany === 0) break
    if (count > highest) continue
    tally.rows.delete(key)
    tooMany--
  }
  tally.missingAtMost += highest
}

/** Some 15 MB a table at worst. */
const MAX_ROWS = 100_000
/** Longer than any address (RFC 5321 §4.5.3.1) or host name. */
const MAX_KEY_CHARS = 400
