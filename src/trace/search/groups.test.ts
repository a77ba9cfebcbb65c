import assert from 'node:assert/strict'
import { test } from 'node:test'

import { OpenGroups } from './groups.ts'

test('of messages that never end, the oldest are given up, so that memory has a bound', () => {
  const open = new OpenGroups()
  const evicted: (string | null)[] = []
  for (let number = 0; number < 100_000; number++) {
    const group = open.of(`id${number}`)
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
  const first = open.of('3F2A1B0C4D')
  assert.equal(open.of('3F2A1B0C4D'), first)
  open.close(first)
  assert.notEqual(open.of('3F2A1B0C4D'), first)
  assert.equal(open.takeAll().length, 1)
})
