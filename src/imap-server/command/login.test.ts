import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Refusal } from '../../base/faults.ts'
import { CREDENTIALS, openWorld } from '../testing/world.ts'

test('LOGIN in all spellings', async () => {
  const spellings = [
    'LOGIN jane@here.example secret',
    'login "jane@here.example" "secret"',
    'LOGIN {17+}\r\njane@here.example {6+}\r\nsecret',
  ]
  for (const spelling of spellings) {
    await using world = await openWorld()
    assert.match(await world.connect().ok(spelling), /^OK \[CAPABILITY .*\] Logged in$/)
    const [event] = world.events
    assert.ok(event?.type === 'loggedIn')
    assert.equal(event.login, 'jane@here.example')
    assert.equal(event.service, 'imap')
    assert.equal(event.remoteAddress, '192.0.2.3')
  }
})

test('a wrong password is answered late, and the third ends the connection', async () => {
  await using world = await openWorld()
  const client = world.connect()
  for (const attempt of [1, 2, 3]) {
    const answer = client.command('LOGIN jane@here.example wrong')
    while (world.events.length < attempt) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(client.take().includes('NO'), false)
    world.clock.advance(5000)
    assert.match(await answer, /NO \[AUTHENTICATIONFAILED\] Wrong name or password/)
  }
  await client.ended()
  assert.deepEqual(
    world.events.map(({ type }) => type),
    ['loginFailed', 'loginFailed', 'loginFailed'],
  )
})

test('RFC 5530: a busy password checker is [UNAVAILABLE]', async () => {
  const checkPassword = () => Promise.reject(new Refusal('authenticationBusy'))
  await using world = await openWorld({ credentials: { ...CREDENTIALS, checkPassword } })
  assert.match(await world.connect().no('LOGIN a b'), /^NO \[UNAVAILABLE\] Too many logins/)
})

test('LOGIN, rejected', async () => {
  await using world = await openWorld({ limits: { badCommandsStranger: 99 } })
  const client = world.connect()
  for (const text of ['LOGIN', 'LOGIN a', 'LOGIN a b c', 'LOGIN a (b)', 'LOGIN "a b']) {
    await client.bad(text)
  }
  await client.ok('LOGIN jane@here.example secret')
  await client.bad('LOGIN jane@here.example secret')
})

test('an account has so many connections from one address and no more', async () => {
  await using world = await openWorld({ limits: { maxConnectionsPerUserAndAddress: 2 } })
  const first = await world.login()
  await world.login()
  assert.match(await world.connect().no('LOGIN jane@here.example secret'), /\[LIMIT\]/)
  await first.ok('LOGOUT')
  await world.login()
})

test('a peer that leaves while its password is checked takes no connection', async () => {
  await using world = await openWorld({ limits: { maxConnectionsPerUser: 1 } })
  const client = world.connect()
  client.send('a LOGIN jane@here.example secret\r\n')
  client.stream.hangUp()
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  await world.login()
})
