import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { MessageId } from './event.ts'
import { idTimeMs, isMessageId, messageIds, processPart } from './message-id.ts'

const AT = Date.UTC(2026, 10, 20, 9, 0, 6) + 123

test('an id holds the seconds, the process and the microseconds in base 62', () => {
  const next = messageIds(() => AT, 1234)
  assert.equal(next(), idOf(AT, 1234))
})

/** The same by another way: JavaScript has no base 62. */
function idOf(atMs: number, process: number): string {
  const digits = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz']
  const base62 = (value: bigint, width: number) =>
    Array.from({ length: width }, (_, at) => {
      const place = 62n ** BigInt(width - 1 - at)
      return digits[Number((value / place) % 62n)]
    }).join('')
  const micros = BigInt(atMs) * 1000n
  const fraction = base62(micros % 1_000_000n, 4)
  return `${base62(micros / 1_000_000n, 6)}-${base62(BigInt(process), 11)}-${fraction}`
}

test('ids differ while the clock stands still, and when it goes back', () => {
  let now = AT
  const next = messageIds(() => now, 7)
  const ids = new Set<string>()
  for (let count = 0; count < 5000; count++) {
    if (count === 2500) now -= 60_000
    ids.add(next())
  }
  assert.equal(ids.size, 5000)
  assert.deepEqual([...ids].sort(), [...ids])
})

test('ids of a restarted server differ from those before, even at the same instant', () => {
  const before = messageIds(() => AT, processPart(new Uint8Array([1, 2, 3, 4, 5, 6])))
  const after = messageIds(() => AT, processPart(new Uint8Array([1, 2, 3, 4, 5, 7])))
  assert.notEqual(before(), after())
})

test('the time of an id can be read back, of the older form in whole seconds', () => {
  const id = messageIds(() => AT, 2 ** 53 - 1)()
  assert.equal(idTimeMs(id), AT)
  assert.equal(idTimeMs(`${id.slice(0, 6)}-0005vi-00` as MessageId), AT - 123)
})

for (const [text, expected] of [
  ['1vnYk2-00000000BQ5-1EaB', true],
  ['10HmaX-0005vi-00', true],
  ['1vnYk2-00000000BQ5-1EaBx', false],
  ['1vnYk2-00000000BQ5-1Ea', false],
  ['1vnYk2-00000000BQ5-1Ea-', false],
  ['1vnYk2-0000000_BQ5-1EaB', false],
  ['10HmaX-0005vi-0', false],
  ['', false],
] as const) {
  test(`${JSON.stringify(text)} is ${expected ? 'a' : 'no'} message id`, () => {
    assert.equal(isMessageId(text), expected)
  })
}
