import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

test('RFC 2971: strangers are told the name, users the version', async () => {
  await using world = await openWorld()
  const client = world.connect()
  assert.deepEqual(await client.untagged('ID NIL'), ['ID ("name" "Waybill")'])
  await client.ok('LOGIN jane@here.example secret')
  const fields = '("name" "x" "os" NIL {3+}\r\na b "")'
  assert.deepEqual(await client.untagged(`ID ${fields}`), [
    'ID ("name" "Waybill" "version" "0.1.0")',
  ])
  assert.deepEqual(await client.untagged('ID ()'), ['ID ("name" "Waybill" "version" "0.1.0")'])
})

test('ID, rejected', async () => {
  await using world = await openWorld()
  const client = await world.login()
  const many = Array(31).fill('"a" "b"').join(' ')
  for (const text of ['ID', 'ID x', 'ID ("a")', 'ID ("a" ("b"))', `ID (${many})`]) {
    await client.bad(text)
  }
})

test('a stranger with the name of our doctor is logged as others are', async () => {
  await using world = await openWorld()
  const client = world.connect()
  await client.ok('ID ("os" NIL "Name" "waybill-doctor.invalid")')
  const answer = client.command('LOGIN jane@here.example wrong')
  while (world.events.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const [failed] = world.events
  assert.ok(failed?.type === 'loginFailed')
  assert.equal(failed.reason, 'authentication failed')
  world.clock.advance(5000)
  await answer
})
