import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

test('STARTTLS, then login', async () => {
  await using world = await openWorld()
  const client = world.connect({ tls: false })
  assert.equal(
    await client.no('LOGIN jane@here.example secret'),
    'NO [PRIVACYREQUIRED] Start TLS first',
  )
  await client.no('AUTHENTICATE PLAIN AGphbmVAaGVyZS5leGFtcGxlAHNlY3JldA==')
  assert.equal(await client.ok('STARTTLS'), 'OK Begin TLS')
  assert.match(await client.ok('CAPABILITY'), /AUTH=PLAIN/)
  await client.bad('STARTTLS')
  await client.ok('LOGIN jane@here.example secret')
  assert.deepEqual(world.faults, [])
})

test('B01: what follows STARTTLS in plain text ends the connection', async () => {
  for (const injected of ['b NOOP\r\n', 'b', '\r\n', 'b LOGIN {3}\r\n']) {
    await using world = await openWorld()
    const client = world.connect({ tls: false })
    client.take()
    client.send(`a STARTTLS\r\n${injected}`)
    const answer = await client.ended()
    assert.match(answer, /^a BAD /m)
    assert.doesNotMatch(answer, /^b /m)
    assert.equal(client.stream.tls, null)
  }
})

test('without TLS there is no STARTTLS, and passwords only when the operator says so', async () => {
  await using world = await openWorld({ options: { tlsMode: 'none' } })
  const client = world.connect({ tls: false })
  assert.doesNotMatch(await client.ok('CAPABILITY'), /STARTTLS/)
  await client.bad('STARTTLS')
  await using plain = await openWorld({ options: { tlsMode: 'none', plaintextLogin: true } })
  await plain.connect({ tls: false }).ok('LOGIN jane@here.example secret')
})
