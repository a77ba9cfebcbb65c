import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import { DEFAULT_LIMITS } from '../base/limits.ts'
import type { AccountId, Credentials } from '../syntax/sasl/credentials.ts'
import { LoginGuard } from './login-guard.ts'

const MINUTE_MS = 60_000
const CREDENTIALS: Credentials = {
  checkPassword: async (login, password) =>
    password === 'right' ? { accountId: 1 as AccountId, login } : null,
  scramVerifier: () => {
    throw new Error('not asked here')
  },
  scramFailed: () => {},
}

function guarded() {
  const clock = new ManualClock(1e12)
  return { clock, guard: new LoginGuard(CREDENTIALS, DEFAULT_LIMITS.auth, clock) }
}

const isRefused = (error: unknown) =>
  error instanceof Refusal && error.reason === 'authenticationBusy'

async function fail(guard: LoginGuard, address: string, times: number, login = 'jane') {
  for (let i = 0; i < times; i++)
    await guard.from(address).checkPassword(`${login}${i}`, `wrong ${login} ${i}`)
}

test('an address may fail ten times a minute, then waits', async () => {
  const { guard, clock } = guarded()
  await fail(guard, '192.0.2.1', 10)
  await assert.rejects(guard.from('192.0.2.1').checkPassword('jane', 'right'), isRefused)
  assert.throws(() => guard.from('192.0.2.1').scramVerifier('jane'), isRefused)
  assert.ok(await guard.from('192.0.2.77').checkPassword('jane', 'right'))
  clock.advance(2 * MINUTE_MS)
  assert.ok(await guard.from('192.0.2.1').checkPassword('jane', 'right'))
})

test('and fifty times a day', async () => {
  const { guard, clock } = guarded()
  for (let i = 0; i < 5; i++) {
    await fail(guard, '192.0.2.1', 10, `user${i}-`)
    clock.advance(2 * MINUTE_MS)
  }
  await assert.rejects(guard.from('192.0.2.1').checkPassword('jane', 'right'), isRefused)
  clock.advance(48 * 60 * MINUTE_MS)
  assert.ok(await guard.from('192.0.2.1').checkPassword('jane', 'right'))
})

test('the networks around an address are counted too', async () => {
  const { guard } = guarded()
  for (let host = 0; host < 30; host++) await fail(guard, `192.0.2.${host}`, 1, `h${host}-`)
  await assert.rejects(guard.from('192.0.2.40').checkPassword('jane', 'right'), isRefused)
  assert.ok(await guard.from('192.0.2.99').checkPassword('jane', 'right'))
})

test('the same wrong password again and again is one guess', async () => {
  const { guard } = guarded()
  const phone = guard.from('192.0.2.1')
  for (let i = 0; i < 100; i++) await phone.checkPassword('jane', 'last year’s')
  assert.ok(await phone.checkPassword('bob', 'right'))
})

test('guesses by SCRAM count each', async () => {
  const { guard } = guarded()
  for (let i = 0; i < 10; i++) guard.from('192.0.2.1').scramFailed('jane')
  await assert.rejects(guard.from('192.0.2.1').checkPassword('jane', 'right'), isRefused)
})

test('an account under attack answers late, but not to an address that logged in before', async () => {
  const { guard, clock } = guarded()
  assert.ok(await guard.from('198.51.100.1').checkPassword('jane', 'right'))
  for (let net = 0; net < 12; net++)
    await guard.from(`10.${net}.0.1`).checkPassword('JANE', `guess ${net}`)
  assert.ok(await guard.from('198.51.100.1').checkPassword('jane', 'right'))
  let answered = false
  const late = guard.from('203.0.113.5').checkPassword('jane', 'right')
  void late.then(() => {
    answered = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(answered, false)
  clock.advance(DEFAULT_LIMITS.auth.accountDelayMs)
  assert.ok(await late)
})

test('loopback is not counted by network', async () => {
  const { guard } = guarded()
  await fail(guard, '127.0.0.1', 100)
  assert.ok(await guard.from('127.0.0.1').checkPassword('bob', 'right'))
})
