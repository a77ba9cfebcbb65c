import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

test('news come while idling, and DONE ends it', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\n')
  const client = await world.select()
  const other = await world.select()
  client.take()
  client.send('a IDLE\r\n')
  await client.expect('+ Idling\r\n')
  await world.add('Subject: 2\n\n')
  assert.equal(await client.expect('\r\n'), '* 2 EXISTS\n')
  await other.ok('STORE 1 +FLAGS.SILENT (\\Flagged)')
  assert.equal(await client.expect('\r\n'), '* 1 FETCH (UID 1 FLAGS (\\Flagged))\n')
  await other.ok('MOVE 1 Trash')
  assert.equal(await client.expect('\r\n'), '* 1 EXPUNGE\n')
  client.send('done\r\n')
  assert.equal(await client.answer('a'), 'OK Idled')
  await world.add('Subject: 3\n\n')
  assert.equal(client.take(), '')
  assert.match(await client.ok('NOOP'), /^\* 2 EXISTS\n/)
})

test('"Still here" every two minutes, autologout after the idle time', async () => {
  await using world = await openWorld()
  const client = await world.login()
  client.take()
  client.send('a IDLE\r\n')
  await client.expect('+ Idling\r\n')
  world.clock.advance(5 * 60_000)
  assert.equal(client.take(), '* OK Still here\r\n'.repeat(2))
  assert.equal(client.stream.idleMs, 30 * 60_000)
  client.stream.expire()
  assert.match(await client.ended(), /^\* BYE Autologout/)
})

test('anything else than DONE ends the connection', async () => {
  await using world = await openWorld()
  for (const text of ['b NOOP\r\n', 'x'.repeat(100)]) {
    const client = await world.login()
    client.send('a IDLE\r\n')
    await client.expect('+ Idling\r\n')
    client.send(text)
    assert.match(await client.ended(), /^\* BYE DONE ends IDLE/)
  }
})

test('a mailbox that is deleted meanwhile ends the connection', async () => {
  await using world = await openWorld()
  const client = await world.login()
  await client.ok('CREATE x')
  await client.ok('SELECT x')
  const other = await world.login()
  client.send('a IDLE\r\n')
  await client.expect('+ Idling\r\n')
  await other.ok('DELETE x')
  assert.match(await client.ended(), /^\* BYE The selected mailbox was deleted/m)
  assert.deepEqual(world.faults, [])
})
