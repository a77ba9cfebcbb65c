/**
 * Tables of numbers by key, made for many keys and many million look-ups: the numbers of a key lie
 * side by side in one array, the keys behind one another in another, and a key is known by its hash
 * of 64 bits alone. Comparing the keys themselves would cost three times the look-up; that two of
 * 100,000 keys are taken for one has a chance of one in a thousand million, and the seed, different
 * each time, lets nobody look for such.
 *
 * Plain data of bounded size, so that a thread can hand a table to another: see {@link buffersOf}.
 * What is read from a full table is in `rows.ts`.
 */
import { randomInt } from 'node:crypto'

import { hashChars, hashed, hashedChars, hashText, MAX_HASHED_CHARS } from './hash.ts'
import { addChars, addText, charsIn, endOf, newTexts, startOf, type Texts } from './texts.ts'

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
  keys: Texts
  /** What was said of each key when it was new; null when nothing is said of any. */
  labels: Texts | null
  /** For each key as many numbers as the kind has fields. */
  values: Float64Array<ArrayBuffer>
  /** Open addressing: the number of the key plus one, and two hashes of it. */
  places: Int32Array<ArrayBuffer>
  /**
   * By how much any count may be too low, because its row was dropped and begun again; 0 while every
   * key ever seen is there.
   */
  missingAtMost: number
  /** The weight of all rows that were dropped: as much is missing when rows are summed. */
  droppedWeight: number
  /** Of addresses: the rows that were dropped, summed by domain, so that domains stay exact. */
  readonly dropped: Table | null
}

export function newTable(kind: TableKind, maxRows: number = MAX_ROWS): Table {
  return emptyTable(kind, maxRows)
}

/** A table of addresses, whose domains can be summed. */
export function newAddressTable(kind: TableKind): Table {
  return { ...emptyTable(kind, MAX_ROWS), dropped: newTable(kind) }
}

/** A table whose keys each have a text beside them. */
export function newLabelledTable(kind: TableKind): Table {
  return { ...emptyTable(kind, MAX_ROWS), labels: newTexts() }
}

/**
 * Where in `values` the numbers of a key are; a new key has zeros. Good until the next call for the
 * same table.
 * @param label  what a labelled table keeps beside the key if it is new
 */
export function placeOf(table: Table, key: string, label = ''): number {
  const length = hashText(key, table.seed)
  const place = placeOfHashed(table)
  if (place >= 0) return place
  if (isFull(table)) {
    prune(table)
    hashText(key, table.seed)
  }
  if (table.labels !== null) addText(table.labels, label.slice(0, MAX_HASHED_CHARS))
  return addRow(table, hashedChars, 0, length)
}

/** The same for a key that is a part of another table's, from `start` to `end`; a label comes along. */
function placeOfPart(
  table: Table,
  { keys, labels }: Table,
  row: number,
  start: number,
  end: number,
): number {
  hashChars(keys.chars, start, end, table.seed)
  const place = placeOfHashed(table)
  if (place >= 0) return place
  if (isFull(table)) {
    prune(table)
    hashChars(keys.chars, start, end, table.seed)
  }
  if (table.labels !== null) {
    if (labels === null) addText(table.labels, '')
    else addChars(table.labels, labels.chars, startOf(labels, row), endOf(labels, row))
  }
  return addRow(table, keys.chars, start, end)
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
  for (let row = 0; row < from.keys.count; row++) addRowOf(into, from, row)
  into.missingAtMost += from.missingAtMost
  into.droppedWeight += from.droppedWeight
  if (into.dropped !== null && from.dropped !== null) mergeTable(into.dropped, from.dropped)
}

/** Adds the numbers of a row of one table to those that are at a place in another of the same kind. */
export function addNumbers(into: Table, place: number, from: Table, row: number): void {
  const { fields, maxima } = into.kind
  const width = fields.length
  for (let field = 0; field < width; field++) {
    const value = from.values[row * width + field] ?? 0
    if (field < width - maxima) addAt(into, place, field, value)
    else raiseAt(into, place, field, value)
  }
}

/** Adds a row to that of what follows the last @ of its key; without one to that of its key. */
export function addToDomain(domains: Table, from: Table, row: number): void {
  const { keys } = from
  const end = endOf(keys, row)
  const first = startOf(keys, row)
  let start = end
  while (start > first && keys.chars[start - 1] !== AT) start--
  addNumbers(domains, placeOfPart(domains, from, row, start, end), from, row)
}

/** What can be handed to another thread without a copy. */
export function buffersOf({ keys, labels, values, places, dropped }: Table): ArrayBuffer[] {
  const texts = labels === null ? [keys] : [keys, labels]
  return [
    ...texts.flatMap(({ chars, ends }) => [chars.buffer, ends.buffer]),
    values.buffer,
    places.buffer,
    ...(dropped === null ? [] : buffersOf(dropped)),
  ]
}

function emptyTable(kind: TableKind, maxRows: number, seed = randomInt(0x7fff_ffff)): Table {
  return {
    kind,
    maxRows,
    seed,
    keys: newTexts(),
    labels: null,
    values: new Float64Array(FIRST_ROWS * kind.fields.length),
    places: new Int32Array(3 * 2 * FIRST_ROWS),
    missingAtMost: 0,
    droppedWeight: 0,
    dropped: null,
  }
}

/** Of the key that was hashed last; -1: it is new. */
function placeOfHashed({ places, kind }: Table): number {
  const { one, other } = hashed
  const last = places.length / 3 - 1
  for (let place = one & last; ; place = (place + 1) & last) {
    const number = places[3 * place] ?? 0
    if (number === 0) return -1
    if (places[3 * place + 1] === one && places[3 * place + 2] === other)
      return (number - 1) * kind.fields.length
  }
}

function isFull({ keys, labels, maxRows }: Table): boolean {
  const chars = Math.max(charsIn(keys), labels === null ? 0 : charsIn(labels))
  return keys.count >= maxRows || chars > MAX_CHARS
}

/** The key is new, and was hashed last. */
function addRow(table: Table, chars: Uint16Array, start: number, end: number): number {
  addChars(table.keys, chars, start, end)
  const number = table.keys.count
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
  const rows = table.keys.count
  const weights = new Float64Array(rows)
  for (let row = 0; row < rows; row++) weights[row] = weightOf(table, row)
  let tooMany = Math.ceil(rows / 2)
  const highest = weights.slice().sort()[tooMany - 1] ?? 0
  const kept = emptyTable(table.kind, table.maxRows, table.seed)
  if (table.labels !== null) kept.labels = newTexts()
  for (let row = 0; row < rows; row++) {
    const weight = weights[row] ?? 0
    const isDropped = tooMany > 0 && weight <= highest
    if (isDropped) {
      tooMany--
      table.droppedWeight += weight
    }
    if (!isDropped) addRowOf(kept, table, row)
    else if (table.dropped !== null) addToDomain(table.dropped, table, row)
  }
  table.keys = kept.keys
  table.labels = kept.labels
  table.values = kept.values
  table.places = kept.places
  table.missingAtMost += highest
}

function weightOf({ kind, values }: Table, row: number): number {
  let weight = 0
  for (const field of kind.weights) weight += values[row * kind.fields.length + field] ?? 0
  return weight
}

/** Adds a row of one table to that of the same key in another of the same kind. */
function addRowOf(into: Table, from: Table, row: number): void {
  const { keys } = from
  const place = placeOfPart(into, from, row, startOf(keys, row), endOf(keys, row))
  addNumbers(into, place, from, row)
}

const MAX_ROWS = 100_000
const FIRST_ROWS = 64
/** Of all keys of a table, and of all labels: 16 MB each. Keys of addresses have some 25. */
const MAX_CHARS = 8 * 1024 * 1024
const AT = 0x40
