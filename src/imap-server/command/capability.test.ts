import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

test('before TLS: STARTTLS and no way to log in', async () => {
  await using world = await openWorld()
  const client = world.connect({ tls: false })
  assert.match(client.take(), /^\* OK \[CAPABILITY IMAP4rev1 IMAP4rev2 STARTTLS LOGINDISABLED /)
  const [line = ''] = await client.untagged('CAPABILITY')
  assert.match(line, / LOGINDISABLED /)
  assert.doesNotMatch(line, /AUTH=/)
})

test('inside TLS: how to log in; after login: neither', async () => {
  await using world = await openWorld()
  const client = world.connect()
  const [before = ''] = await client.untagged('CAPABILITY')
  assert.match(before, / AUTH=PLAIN AUTH=SCRAM-SHA-256 SASL-IR LITERAL- /)
  assert.doesNotMatch(before, /STARTTLS|LOGINDISABLED/)
  await client.ok('LOGIN jane@here.example secret')
  const [after = ''] = await client.untagged('CAPABILITY')
  assert.doesNotMatch(after, /AUTH=|STARTTLS/)
  for (const name of ['IDLE', 'MOVE', 'CONDSTORE', 'BINARY', 'SEARCHRES', 'STATUS=SIZE']) {
    assert.match(after, new RegExp(` ${name}( |$)`))
  }
})

test('it has no arguments', async () => {
  await using world = await openWorld()
  assert.equal(await world.connect().bad('CAPABILITY x'), 'BAD Expected end of line at octet 13')
})
