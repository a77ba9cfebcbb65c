/**
 * Kinds of errors and sayings, each with its first example whole: few, so that they are found by
 * their shape in a map. Plain data of bounded size, so that a thread can hand it to another.
 */
import { ownText } from '../../base/own-text.ts'

/** What every kind has; those with the lowest count are dropped first. */
export interface Counted {
  readonly key: string
  count: number
}

export interface Tally<Row extends Counted> {
  readonly rows: Map<string, Row>
  /** By how much any count may be too low, as in a table. */
  missingAtMost: number
}

export function newTally<Row extends Counted>(): Tally<Row> {
  return { rows: new Map(), missingAtMost: 0 }
}

/** Counts one more of a kind; `make` makes the row of a new one, with the count 0. */
export function countKind<Row extends Counted>(
  tally: Tally<Row>,
  key: string,
  make: (key: string) => Row,
): void {
  rowOf(tally, key, make).count++
}

/** Adds the kinds of another tally; the example of the first stays. */
export function mergeTally<Row extends Counted>(into: Tally<Row>, from: Tally<Row>): void {
  for (const row of from.rows.values())
    rowOf(into, row.key, () => ({ ...row, count: 0 })).count += row.count
  into.missingAtMost += from.missingAtMost
}

function rowOf<Row extends Counted>(
  tally: Tally<Row>,
  key: string,
  make: (key: string) => Row,
): Row {
  const known = tally.rows.get(key)
  if (known !== undefined) return known
  if (tally.rows.size >= MAX_ROWS) prune(tally)
  const row = make(ownText(key))
  tally.rows.set(row.key, row)
  return row
}

/** Drops the lower half; of equal counts those that came first. */
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

const MAX_ROWS = 5_000
