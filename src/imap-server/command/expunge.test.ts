import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld, type World } from '../testing/world.ts'

async function withMessages(world: World, count: number) {
  for (let number = 1; number <= count; number++) await world.add(`Subject: ${number}\n\n`)
  return await world.select()
}

test('EXPUNGE tells the numbers as they are when it tells them', async () => {
  await using world = await openWorld()
  const client = await withMessages(world, 5)
  await client.ok('STORE 2,3,5 +FLAGS (\\Deleted)')
  assert.deepEqual(await client.untagged('EXPUNGE'), ['2 EXPUNGE', '2 EXPUNGE', '3 EXPUNGE'])
  assert.deepEqual(await client.untagged('UID SEARCH ALL'), ['SEARCH 1 4'])
  assert.deepEqual(await client.untagged('EXPUNGE'), [])
})

test('UID EXPUNGE removes only what it names', async () => {
  await using world = await openWorld()
  const client = await withMessages(world, 3)
  await client.ok('STORE 1:3 +FLAGS (\\Deleted)')
  assert.deepEqual(await client.untagged('UID EXPUNGE 2:99'), ['2 EXPUNGE', '2 EXPUNGE'])
})

test('RFC 3691: CLOSE removes in silence, UNSELECT does not', async () => {
  await using world = await openWorld()
  const client = await withMessages(world, 2)
  await client.ok('STORE 1 +FLAGS (\\Deleted)')
  await client.ok('UNSELECT')
  assert.match(await client.ok('SELECT INBOX'), /^\* 2 EXISTS$/m)
  assert.equal(await client.ok('CLOSE'), 'OK Closed')
  await client.bad('CLOSE')
  assert.match(await client.ok('SELECT INBOX'), /^\* 1 EXISTS$/m)
})

test('RFC 9051 §7.5.1: no EXPUNGE while FETCH, STORE or SEARCH is answered', async () => {
  await using world = await openWorld()
  const client = await withMessages(world, 3)
  const other = await world.select()
  await other.ok('MOVE 2 Trash')
  for (const command of ['FETCH 1 UID', 'STORE 3 +FLAGS (\\Seen)', 'SEARCH ALL', 'NOPE']) {
    assert.doesNotMatch(await client.command(command), /EXPUNGE$/m, command)
  }
  // New messages may be told, and the count still has the one that is gone.
  await world.add('Subject: 4\n\n')
  assert.match(await client.ok('FETCH 1 UID'), /^\* 4 EXISTS$/m)
  assert.deepEqual(await client.untagged('UID FETCH 3 FLAGS'), [
    '3 FETCH (UID 3 FLAGS (\\Seen))',
    '2 EXPUNGE',
  ])
  assert.deepEqual(await client.untagged('FETCH 1:* UID'), [
    '1 FETCH (UID 1)',
    '2 FETCH (UID 3)',
    '3 FETCH (UID 4)',
  ])
})

test('E04: pipelined commands are done in their order', async () => {
  await using world = await openWorld()
  const client = await withMessages(world, 2)
  client.take()
  client.send(
    'a STORE 1 +FLAGS (\\Deleted)\r\nb EXPUNGE\r\nc FETCH 1 (UID)\r\nd SEARCH DELETED\r\n',
  )
  const answer = await client.answer('d')
  assert.deepEqual(
    answer.split('\n').filter((line) => !line.includes('FLAGS')),
    [
      'a OK Stored',
      '* 1 EXPUNGE',
      'b OK Expunged',
      '* 1 FETCH (UID 2)',
      'c OK Fetched',
      '* SEARCH',
      'OK Searched',
    ],
  )
})
