/** What a table of numbers says: its rows in order, and summed in other ways. */
import { addNumbers, addToDomain, mergeTable, newTable, placeOf, type Table } from './table.ts'
import { compareTexts, textAt } from './texts.ts'

/** How many rows a table has. */
export function rowCount({ keys }: Table): number {
  return keys.count
}

export function keyAt({ keys }: Table, row: number): string {
  return textAt(keys, row)
}

/** What is said of a key; '' when nothing is. */
export function labelAt({ labels }: Table, row: number): string {
  return labels === null ? '' : textAt(labels, row)
}

/** The number of a row in a field. */
export function numberAt({ values, kind }: Table, row: number, field: number): number {
  return values[row * kind.fields.length + field] ?? 0
}

/** The rows of a table of addresses summed by domain; an address without a domain is its own. */
export function byDomain(table: Table): Table {
  const domains = newTable(table.kind)
  if (table.dropped !== null) mergeTable(domains, table.dropped)
  for (let row = 0; row < rowCount(table); row++) addToDomain(domains, table, row)
  return domains
}

/** The rows of a table summed under other keys. */
export function rekeyed(table: Table, keyOf: (row: number) => string): Table {
  const rows = newTable(table.kind)
  for (let row = 0; row < rowCount(table); row++)
    addNumbers(rows, placeOf(rows, keyOf(row)), table, row)
  rows.missingAtMost += table.droppedWeight
  rows.droppedWeight += table.droppedWeight
  return rows
}

/** The rows with the highest numbers in a field, highest first; rows without any are left out. */
export function topRows(table: Table, field: number, count: number): number[] {
  const order = (one: number, other: number) =>
    numberAt(table, other, field) - numberAt(table, one, field) ||
    compareTexts(table.keys, one, other)
  // The best so far, in order: sorting all rows would take longer than counting them.
  const top: number[] = []
  const all: number[] = []
  const isFew = count <= MAX_SELECTED
  for (let row = 0; row < rowCount(table); row++) {
    if (numberAt(table, row, field) <= 0) continue
    if (isFew) insert(top, row, count, order)
    else all.push(row)
  }
  return isFew ? top : all.sort(order).slice(0, count)
}

/** Puts a row in its place among the `count` first; most rows come after the last of them. */
function insert(
  top: number[],
  row: number,
  count: number,
  order: (one: number, other: number) => number,
): void {
  const last = top.at(-1)
  if (top.length >= count && (last === undefined || order(row, last) >= 0)) return
  let at = top.length
  while (at > 0 && order(row, top[at - 1] ?? row) < 0) at--
  top.splice(at, 0, row)
  if (top.length > count) top.pop()
}

const MAX_SELECTED = 200
