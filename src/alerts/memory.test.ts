import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { LoggedIn, OwnEvent } from '../journal/event.ts'
import { LoginMemory, SentMemory } from './memory.ts'

const HOUR = 3_600_000
const NONE = { deliveredMs: null, failingSinceMs: null, triedMs: null }

/** Only what is looked at. */
function sent(
  type: 'delivered' | 'deferred' | 'failed',
  atMs: number,
  transport = 'smtp',
  reason = 'all hosts failed',
) {
  const error = { reason, errorNumber: null, host: null, tls: null, status: null }
  return {
    type,
    atMs,
    recipient: { transport, address: 'b@x.example' },
    ...error,
  } as unknown as OwnEvent
}

function failed(login: string | null, atMs: number, remoteAddress: string | null): OwnEvent {
  return { type: 'loginFailed', atMs, login, remoteAddress } as LoggedIn
}

test('nothing goes from the first failure after the last delivery on', () => {
  const memory = new SentMemory(NONE)
  memory.hear(sent('deferred', 1))
  memory.hear(sent('failed', 2))
  assert.deepEqual(memory.sent, { deliveredMs: null, failingSinceMs: 1, triedMs: 2 })
  memory.hear(sent('delivered', 3, 'mailbox'))
  assert.deepEqual(memory.sent, { deliveredMs: null, failingSinceMs: 1, triedMs: 2 })
  memory.hear(sent('delivered', 4))
  assert.deepEqual(memory.sent, { deliveredMs: 4, failingSinceMs: null, triedMs: 4 })
  memory.hear(sent('deferred', 5))
  assert.deepEqual(memory.sent, { deliveredMs: 4, failingSinceMs: 5, triedMs: 5 })
})

test('after a day without any try a failure is the first again', () => {
  const memory = new SentMemory(NONE)
  memory.hear(sent('failed', HOUR))
  memory.hear(sent('deferred', 6 * HOUR))
  assert.equal(memory.sent.failingSinceMs, HOUR)
  memory.hear(sent('deferred', 30 * HOUR))
  assert.deepEqual(memory.sent, {
    ...{ deliveredMs: null, failingSinceMs: 30 * HOUR, triedMs: 30 * HOUR },
  })
})

test('an address that another server does not have is no trouble with the way there', () => {
  const memory = new SentMemory(NONE)
  const words = 'SMTP error from remote mail server after RCPT TO:<b@x.example>:'
  memory.hear(sent('failed', 1, 'smtp', `${words} 550 5.1.1 no such user`))
  memory.hear(sent('failed', 2, 'smtp', `${words} 552 5.2.2 mailbox full`))
  assert.deepEqual(memory.sent, NONE)
  memory.hear(sent('failed', 3, 'smtp', `${words} 550 5.7.1 blocked using zen.spamhaus.org`))
  assert.equal(memory.sent.failingSinceMs, 3)
})

test('a clock that was ahead does not keep it from hearing of now', () => {
  const memory = new SentMemory(NONE)
  memory.hear(sent('deferred', 1000 * HOUR))
  memory.hear(sent('deferred', HOUR))
  assert.equal(memory.sent.failingSinceMs, HOUR)
  const logins = new LoginMemory(() => true)
  logins.hear(failed('a@x.example', 1000 * HOUR, '192.0.2.1'))
  assert.equal(logins.lastHour(HOUR).size, 0)
})

test('it is worth saving when it turns, and else now and then', () => {
  const memory = new SentMemory(NONE)
  assert.equal(memory.isWorthSaving, false)
  memory.hear(sent('deferred', 1))
  assert.equal(memory.isWorthSaving, true)
  memory.saved()
  memory.hear(sent('deferred', 2))
  assert.equal(memory.isWorthSaving, false)
  memory.hear(sent('delivered', 3))
  assert.equal(memory.isWorthSaving, true)
  memory.saved()
  memory.hear(sent('delivered', 4))
  assert.equal(memory.isWorthSaving, false)
  memory.hear(sent('delivered', HOUR))
  assert.equal(memory.isWorthSaving, true)
})

test('failed logins count by account for an hour, whatever its case; names nobody has do not', () => {
  const memory = new LoginMemory((login) => login === 'jane@example.com')
  memory.hear(failed('Jane@Example.com', 0, '192.0.2.7'))
  for (let at = 1; at <= 3; at++) memory.hear(failed('jane@example.com', at, '2001:db8:1:2:3::4'))
  memory.hear(failed('admin@example.com', 4, '192.0.2.7'))
  memory.hear(failed(null, 4, '192.0.2.7'))
  memory.hear(failed('jane@example.com', 4, null))
  assert.deepEqual(
    [...memory.lastHour(HOUR - 1)],
    [
      [
        'jane@example.com',
        { count: 5, from: ['2001:db8:1:2::/64', '192.0.2.0/24', 'this machine'] },
      ],
    ],
  )
  assert.equal(memory.lastHour(HOUR + 2).get('jane@example.com')?.count, 2)
  assert.equal(memory.lastHour(2 * HOUR).size, 0)
})

test('where failed logins came from is a network, or this machine', () => {
  const memory = new LoginMemory(() => true)
  const addresses = ['::ffff:192.0.2.7', '2001:db8::7', '::1', '127.0.0.1']
  for (const [at, address] of addresses.entries()) memory.hear(failed('a@x.example', at, address))
  const from = ['this machine', '192.0.2.0/24', '2001:db8:0:0::/64']
  assert.deepEqual(memory.lastHour(9).get('a@x.example')?.from, from)
})

test('an attack on many accounts takes bounded memory', () => {
  const memory = new LoginMemory(() => true)
  for (let at = 0; at < 5000; at++) memory.hear(failed(`user${at}@example.com`, at, null))
  for (let at = 0; at < 5000; at++) memory.hear(failed('user1@example.com', at, null))
  const found = memory.lastHour(5000)
  assert.equal(found.size, 1000)
  assert.equal(found.get('user1@example.com')?.count, 1000)
})
