import assert from 'node:assert/strict'
import { test } from 'node:test'

import { byDomain, keyAt, labelAt, numberAt, rekeyed, rowCount, topRows } from './rows.ts'
import {
  addAt,
  buffersOf,
  countIn,
  mergeTable,
  newAddressTable,
  newLabelledTable,
  newTable,
  placeOf,
  raiseAt,
  type Table,
} from './table.ts'

const KIND = { fields: ['count', 'octets', 'longest'], weights: [0], maxima: 1 }

function rowsOf(table: Table): Record<string, number[]> {
  return Object.fromEntries(
    keysOf(table).map((key, row) => [
      key,
      table.kind.fields.map((_, field) => numberAt(table, row, field)),
    ]),
  )
}

function keysOf(table: Table): string[] {
  return Array.from({ length: rowCount(table) }, (_, row) => keyAt(table, row))
}

test('numbers of a key add up, however many keys there are', () => {
  const table = newTable(KIND)
  for (let round = 0; round < 3; round++)
    for (let key = 0; key < 5_000; key++) {
      const place = placeOf(table, `user${key}@example.com`)
      addAt(table, place, 0, 1)
      addAt(table, place, 1, key)
      raiseAt(table, place, 2, round * 10)
    }
  assert.equal(rowCount(table), 5_000)
  for (const [row, key] of keysOf(table).entries()) {
    assert.equal(key, `user${row}@example.com`)
    const numbers = [0, 1, 2].map((field) => numberAt(table, row, field))
    assert.deepEqual(numbers, [3, 3 * row, 20])
  }
})

test('keys that differ little are different keys', () => {
  const table = newTable(KIND)
  const keys = ['', 'a', 'b', 'ab', 'ba', 'é', 'É', '\u{1f4e8}', 'a'.repeat(999), 'a'.repeat(998)]
  for (const key of keys) countIn(table, key)
  assert.deepEqual(keysOf(table), keys)
})

test('a table has so many rows and no more: the lightest go, and it says what may be missing', () => {
  const table = newTable(KIND, 100)
  for (let round = 0; round < 5; round++)
    for (let key = 0; key < 40; key++) countIn(table, `k${key}`)
  for (let key = 0; key < 1_000; key++) countIn(table, `once${key}`)
  assert.ok(rowCount(table) <= 100)
  for (let key = 0; key < 40; key++) assert.deepEqual(rowsOf(table)[`k${key}`], [5, 0, 0])
  assert.ok(table.missingAtMost >= 1)
})

test('domains stay exact when addresses are dropped', () => {
  const table = newAddressTable(KIND)
  for (let user = 0; user < 120_000; user++) countIn(table, `user${user}@dom${user % 3}.example`)
  assert.ok(rowCount(table) <= 100_000)
  assert.deepEqual(rowsOf(byDomain(table)), {
    'dom0.example': [40_000, 0, 0],
    'dom1.example': [40_000, 0, 0],
    'dom2.example': [40_000, 0, 0],
  })
})

test('rows summed under another key: all that was dropped may be missing from one of them', () => {
  const table = newTable(KIND, 100)
  for (let key = 0; key < 1_000; key++) countIn(table, `once${key}`)
  const other = newTable(KIND, 100)
  mergeTable(other, table)
  const sums = rekeyed(
    rekeyed(other, () => 'one'),
    () => 'all',
  )
  assert.equal(numberAt(sums, 0, 0) + sums.missingAtMost, 1_000)
})

test('a table of another thread is added: sums to sums, of maxima the higher', () => {
  const one = newTable(KIND)
  const other = newTable(KIND)
  const add = (table: Table, key: string, octets: number, longest: number) => {
    const place = placeOf(table, key)
    addAt(table, place, 0, 1)
    addAt(table, place, 1, octets)
    raiseAt(table, place, 2, longest)
  }
  add(one, 'a', 10, 7)
  add(one, 'b', 20, 1)
  add(other, 'c', 30, 1)
  add(other, 'a', 5, 3)
  mergeTable(one, structuredClone(other, { transfer: buffersOf(other) }))
  assert.deepEqual(rowsOf(one), { a: [2, 15, 7], b: [1, 20, 1], c: [1, 30, 1] })
})

test('the top rows, ties by their keys', () => {
  const table = newTable(KIND)
  for (const key of ['d', 'b', 'c', 'b', 'a', 'c', 'b']) countIn(table, key)
  placeOf(table, 'nothing')
  const keys = (count: number) => topRows(table, 0, count).map((row) => keyAt(table, row))
  assert.deepEqual(keys(3), ['b', 'c', 'a'])
  assert.deepEqual(keys(Number.POSITIVE_INFINITY), ['b', 'c', 'a', 'd'])
})

test('a label stays beside its key, in other tables and when rows are dropped', () => {
  const one = newLabelledTable(KIND)
  addAt(one, placeOf(one, '192.0.2.1', 'mx.example.com'), 0, 1)
  addAt(one, placeOf(one, '192.0.2.1', 'another.example.com'), 0, 1)
  addAt(one, placeOf(one, '192.0.2.2'), 0, 2)
  const other = newLabelledTable(KIND)
  mergeTable(other, one)
  for (let key = 0; key < 120_000; key++) countIn(other, `k${key}`)
  const labels = new Map(keysOf(other).map((key, row) => [key, labelAt(other, row)]))
  assert.equal(labels.get('192.0.2.1'), 'mx.example.com')
  assert.equal(labels.get('192.0.2.2'), '')
  const some = newTable(KIND)
  countIn(some, '192.0.2.3')
  mergeTable(one, some)
  assert.equal(labelAt(one, placeOf(one, '192.0.2.4', 'mx2.example.com') / 3), 'mx2.example.com')
  const byLabel = rekeyed(one, (row) => labelAt(one, row))
  assert.deepEqual(rowsOf(byLabel), {
    'mx.example.com': [2, 0, 0],
    '': [3, 0, 0],
    'mx2.example.com': [0, 0, 0],
  })
})

test('long keys do not take more memory than many: rows are dropped earlier', () => {
  const table = newTable(KIND)
  for (let key = 0; key < 20_000; key++) countIn(table, `${key}${'x'.repeat(900)}`)
  assert.ok(rowCount(table) < 10_000)
  assert.ok(table.missingAtMost >= 1)
  assert.ok(table.keys.chars.byteLength <= 32 * 1024 * 1024)
})
