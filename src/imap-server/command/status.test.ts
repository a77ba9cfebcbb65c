import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

test('RFC 8438: STATUS counts messages and octets', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\nabc\n')
  const client = await world.login()
  await client.ok('APPEND INBOX (\\Seen \\Deleted) {4+}\r\na\r\n\r')
  assert.deepEqual(
    await client.untagged('STATUS inbox (messages UNSEEN DELETED SIZE UIDNEXT UIDVALIDITY RECENT)'),
    [
      'STATUS "INBOX" (MESSAGES 2 UNSEEN 1 DELETED 1 SIZE 23 UIDNEXT 3 UIDVALIDITY 1700000001 RECENT 0)',
    ],
  )
})

test('STATUS, refused and rejected', async () => {
  await using world = await openWorld()
  const client = await world.login()
  assert.equal(await client.no('STATUS x (MESSAGES)'), 'NO [NONEXISTENT] No such mailbox')
  for (const text of ['STATUS INBOX', 'STATUS INBOX ()', 'STATUS INBOX (FOO)'])
    await client.bad(text)
})

test('RFC 7162 §3.1: HIGHESTMODSEQ enables CONDSTORE', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\n')
  const client = await world.select()
  const lines = await client.untagged('STATUS INBOX (HIGHESTMODSEQ)')
  assert.match(
    lines.join('\n'),
    /^OK \[HIGHESTMODSEQ \d+\][\s\S]*STATUS "INBOX" \(HIGHESTMODSEQ \d+\)$/,
  )
  assert.match(await client.ok('STORE 1 +FLAGS (\\Seen)'), /FLAGS \(\\Seen\) MODSEQ \(\d+\)/)
})
