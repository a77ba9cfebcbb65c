import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

test('RFC 3501 §6.3.1: what SELECT says in a rev1 session', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\n')
  const client = await world.login()
  await client.ok('APPEND INBOX (\\Seen $x) {4+}\r\na\r\n\r')
  assert.deepEqual((await client.ok('SELECT inbox')).split('\n'), [
    '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $x)',
    '* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $x \\*)] These are kept',
    '* 2 EXISTS',
    '* 0 RECENT',
    '* OK [UNSEEN 1] The first unseen message',
    '* OK [UIDVALIDITY 1700000001] UIDs are valid',
    '* OK [UIDNEXT 3] The next UID',
    `* OK [HIGHESTMODSEQ ${world.store.mailbox(1 as never, 'INBOX')?.highestModSeq}] The last change`,
    'OK [READ-WRITE] Selected',
  ])
})

test('RFC 9051 §6.3.2: a rev2 session gets LIST, and no RECENT', async () => {
  await using world = await openWorld()
  const client = await world.login()
  await client.ok('ENABLE IMAP4rev2')
  const answer = await client.ok('SELECT Sent')
  assert.match(answer, /^\* LIST \(\\HasNoChildren \\Sent\) "\/" "Sent"$/m)
  assert.doesNotMatch(answer, /RECENT|UNSEEN/)
})

test('EXAMINE is read-only', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\n')
  const client = await world.login()
  assert.match(
    await client.ok('EXAMINE INBOX'),
    /PERMANENTFLAGS \(\)[\s\S]*OK \[READ-ONLY\] Examined$/,
  )
  for (const text of ['STORE 1 +FLAGS (\\Seen)', 'EXPUNGE', 'UID EXPUNGE 1', 'MOVE 1 Trash']) {
    assert.match(await client.no(text), /NO \[READ-ONLY\]/, text)
  }
  await client.ok('FETCH 1 BODY[]')
  assert.match(await client.ok('FETCH 1 FLAGS'), /FLAGS \(\)/)
  await client.ok('CLOSE')
})

test('a SELECT closes the mailbox before, even when it fails', async () => {
  await using world = await openWorld()
  const client = await world.select()
  assert.equal(
    await client.no('SELECT nowhere'),
    '* OK [CLOSED] The mailbox before is closed\nNO [NONEXISTENT] No such mailbox',
  )
  await client.bad('FETCH 1 FLAGS')
})

test('SELECT, rejected', async () => {
  await using world = await openWorld()
  await world.connect().bad('SELECT INBOX')
  const client = await world.login()
  for (const text of ['SELECT', 'SELECT INBOX x', 'SELECT INBOX (FOO)', 'SELECT &AGE-']) {
    await client.bad(text)
  }
})
