/**
 * Tables of numbers by key, made for many keys and many million look-ups: the numbers of a key lie
 * side by side in one array, and a key is known by its hash of 64 bits alone. Comparing the keys
 * themselves would cost three times the look-up; that two of 100,000 keys are taken for one has a
 * chance of one in a thousand million, and the seed, different each time, lets nobody look for such.
 *
 * Plain data of bounded size, so that a thread can hand a table to another.
 */
import { randomInt } from 'node:crypto'

import { hashed, hashText, MAX_HASHED_CHARS } from './hash.ts'
import { domainKey } from './keys.ts'
import { ownText } from '../../base/own-text.ts'

/** What a table counts. */
export interface TableKind {
  /** The names of the numbers, in their order. */
  readonly fields: readonly string[]
  /** The numbers whose sum decides which rows are dropped when there are too many. */
  readonly weights: readonly number[]
  /** Of the last so many numbers the highest is kept, and not the sum. */
  readonly maxima: number
}

export interface Table {
  readonly kind: TableKind
  readonly maxRows: number
  readonly seed: number
  keys: string[]
  /** For each key as many numbers as the kind has fields. */
  values: Float64Array
  /** Open addressing: the number of the key plus one, and two hashes of it. */
  places: Int32Array
  /**
   * By how much any count may be too low, because its row was dropped and begun again; 0 while every
   * key ever seen is there.
   */
  missingAtMost: number
  /** Of addresses: the rows that were dropped, summed by domain, so that domains stay exact. */
  readonly dropped: Table | null
}

export function newTable(kind: TableKind, maxRows: number = MAX_ROWS): Table {
  return emptyTable(kind, maxRows, null)
}

/** A table of addresses, see {@link byDomain}. */
export function newAddressTable(kind: TableKind): Table {
  return emptyTable(kind, MAX_ROWS, newTable(kind))
}

/**
 * Where in `values` the numbers of a key are; a new key has zeros. Good until the next call for the
 * same table.
 */
export function placeOf(table: Table, key: string): number {
  hashText(key, table.seed)
  const { places } = table
  const last = places.length / 3 - 1
  for (let place = hashed.one & last; ; place = (place + 1) & last) {
    const number = places[3 * place] ?? 0
    if (number === 0) return addRow(table, key)
    if (places[3 * place + 1] === hashed.one && places[3 * place + 2] === hashed.other)
      return (number - 1) * table.kind.fields.length
  }
}

/** Adds to one number of a row. */
export function addAt({ values }: Table, place: number, field: number, by: number): void {
  values[place + field] = (values[place + field] ?? 0) + by
}

/** Keeps the higher of two numbers. */
export function raiseAt({ values }: Table, place: number, field: number, to: number): void {
  if (to > (values[place + field] ?? 0)) values[place + field] = to
}

/** Counts one more of a key, for tables that have nothing else to count. */
export function countIn(table: Table, key: string): void {
  addAt(table, placeOf(table, key), 0, 1)
}

/** Adds the rows of another table of the same kind. */
export function mergeTable(into: Table, from: Table): void {
  for (const [number, key] of from.keys.entries()) addRowOf(into, key, from, number)
  into.missingAtMost += from.missingAtMost
  if (into.dropped !== null && from.dropped !== null) mergeTable(into.dropped, from.dropped)
}

/** The rows of a table of addresses summed by domain; an address without a domain is its own. */
export function byDomain(table: Table): Table {
  const domains = newTable(table.kind)
  if (table.dropped !== null) mergeTable(domains, table.dropped)
  for (const [number, key] of table.keys.entries()) addRowOf(domains, domainKey(key), table, number)
  return domains
}

/** The rows of a table summed under other keys. */
export function rekeyed(table: Table, keyOf: (key: string) => string): Table {
  const rows = newTable(table.kind)
  for (const [number, key] of table.keys.entries()) addRowOf(rows, keyOf(key), table, number)
  rows.missingAtMost += table.missingAtMost
  return rows
}

/** The number of a row in a field. */
export function numberAt({ values, kind }: Table, row: number, field: number): number {
  return values[row * kind.fields.length + field] ?? 0
}

/** The rows with the highest numbers in a field, highest first; rows without any are left out. */
export function topRows(table: Table, field: number, count: number): number[] {
  const order = (one: number, other: number) =>
    numberAt(table, other, field) - numberAt(table, one, field) ||
    compare(table.keys[one] ?? '', table.keys[other] ?? '')
  // The best so far, in order: sorting all rows would take longer than counting them.
  const top: number[] = []
  const all: number[] = []
  const isFew = count <= MAX_SELECTED
  for (let row = 0; row < table.keys.length; row++) {
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

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function emptyTable(
  kind: TableKind,
  maxRows: number,
  dropped: Table | null,
  seed: number = randomInt(0x7fff_ffff),
): Table {
  return {
    kind,
    maxRows,
    seed,
    keys: [],
    values: new Float64Array(FIRST_ROWS * kind.fields.length),
    places: new Int32Array(3 * 2 * FIRST_ROWS),
    missingAtMost: 0,
    dropped,
  }
}

/** The key is new, and was hashed last. */
function addRow(table: Table, key: string): number {
  if (table.keys.length >= table.maxRows) {
    prune(table)
    hashText(key, table.seed)
  }
  const number = table.keys.push(ownText(key.slice(0, MAX_HASHED_CHARS)))
  const width = table.kind.fields.length
  enter(table.places, number)
  if (number * width === table.values.length) grow(table)
  return (number - 1) * width
}

function enter(places: Int32Array, number: number): void {
  const last = places.length / 3 - 1
  let place = hashed.one & last
  while (places[3 * place] !== 0) place = (place + 1) & last
  places[3 * place] = number
  places[3 * place + 1] = hashed.one
  places[3 * place + 2] = hashed.other
}

/** Half of the places stay free, so that the way to one is short. */
function grow(table: Table): void {
  const values = new Float64Array(table.values.length * 2)
  values.set(table.values)
  table.values = values
  const before = table.places
  table.places = new Int32Array(before.length * 2)
  for (let at = 0; at < before.length; at += 3) {
    hashed.one = before[at + 1] ?? 0
    hashed.other = before[at + 2] ?? 0
    if (before[at] !== 0) enter(table.places, before[at] ?? 0)
  }
}

/** Drops the lighter half of the rows; of rows of the same weight those that came first. */
function prune(table: Table): void {
  const weights = Float64Array.from(table.keys, (_key, row) => weightOf(table, row))
  let tooMany = Math.ceil(weights.length / 2)
  const highest = weights.slice().sort()[tooMany - 1] ?? 0
  const kept = emptyTable(table.kind, table.maxRows, null, table.seed)
  for (const [row, key] of table.keys.entries()) {
    const isDropped = tooMany > 0 && (weights[row] ?? 0) <= highest
    if (isDropped) tooMany--
    if (!isDropped) addRowOf(kept, key, table, row)
    else if (table.dropped !== null) addRowOf(table.dropped, domainKey(key), table, row)
  }
  table.keys = kept.keys
  table.values = kept.values
  table.places = kept.places
  table.missingAtMost += highest
}

function weightOf(table: Table, row: number): number {
  return table.kind.weights.reduce((sum, field) => sum + numberAt(table, row, field), 0)
}

/** Adds a row of one table to that of a key in another of the same kind. */
function addRowOf(into: Table, key: string, from: Table, row: number): void {
  const { fields, maxima } = into.kind
  const place = placeOf(into, key)
  for (let field = 0; field < fields.length; field++) {
    const value = numberAt(from, row, field)
    if (field < fields.length - maxima) addAt(into, place, field, value)
    else raiseAt(into, place, field, value)
  }
}

/** Some 15 MB a table at worst. */
const MAX_ROWS = 100_000
const FIRST_ROWS = 64
