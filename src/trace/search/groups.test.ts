import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type Group, OpenGroups } from './groups.ts'

/** A line's id stands behind its time, and before its text. */
function openOf(open: OpenGroups, id: string): Group {
  return open.of(`12:00:00 ${id} <=`, 9, 9 + id.length)
}

test('of messages that never end, the oldest are given up, so that memory has a bound', () => {
  const open = new OpenGroups()
  const evicted: (string | null)[] = []
  for (let number = 0; number < 100_000; number++) {
    const group = openOf(open, `id${number}`)
    group.lines.push(`${number} ${'x'.repeat(200)}`)
    group.logs.push(0)
    if (number % 500 === 499) evicted.push(...open.settle().map(({ id }) => id))
  }
  assert.ok(evicted.length > 50_000)
  assert.deepEqual(
    evicted,
    evicted.map((_, number) => `id${number}`),
  )
  assert.equal(open.takeAll().length, 100_000 - evicted.length)
})

test('a message that ended is open no more: its id begins another one', () => {
  const open = new OpenGroups()
  const first = openOf(open, '3F2A1B0C4D')
  assert.equal(openOf(open, '3F2A1B0C4D'), first)
  open.close(first)
  assert.notEqual(openOf(open, '3F2A1B0C4D'), first)
  assert.equal(open.takeAll().length, 1)
})

test('lines of one message that stand together are of one, also when more text is read between', () => {
  const open = new OpenGroups()
  const first = openOf(open, '3F2A1B0C4D')
  assert.notEqual(openOf(open, '3F2A1B0C4'), first)
  assert.equal(openOf(open, '3F2A1B0C4D'), first)
  open.settle()
  assert.equal(openOf(open, '3F2A1B0C4D'), first)
  assert.deepEqual(
    open.takeAll().map(({ id }) => id),
    ['3F2A1B0C4D', '3F2A1B0C4'],
  )
  assert.notEqual(openOf(open, '3F2A1B0C4D'), first)
})
