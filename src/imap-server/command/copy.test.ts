import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

test('COPY and MOVE with their UIDs; RFC 4315, RFC 6851', async () => {
  await using world = await openWorld()
  for (const subject of ['a', 'b', 'c']) await world.add(`Subject: ${subject}\n\n`)
  const client = await world.select()
  const cases: [command: string, answer: string][] = [
    ['COPY 2:3 Trash', 'OK [COPYUID 1700000005 2:3 1:2] Copied'],
    ['UID COPY 99 Trash', 'OK Copied'],
    ['UID COPY 1 nowhere', 'NO [TRYCREATE] No such mailbox; create it first'],
    ['MOVE 1 nowhere', 'NO [TRYCREATE] No such mailbox; create it first'],
    [
      'MOVE 1,3 Trash',
      '* OK [COPYUID 1700000005 1,3 3:4] Moved\n* 1 EXPUNGE\n* 2 EXPUNGE\nOK Moved',
    ],
    ['UID MOVE 2 Archive', '* OK [COPYUID 1700000006 2 1] Moved\n* 1 EXPUNGE\nOK Moved'],
    ['UID MOVE 1:* Archive', 'OK Moved'],
    ['STATUS Trash (MESSAGES)', '* STATUS "Trash" (MESSAGES 4)\nOK That is how it is'],
  ]
  for (const [command, answer] of cases)
    assert.equal(await client.command(command), answer, command)
})

test('over quota nothing is copied; moving is no matter of quota', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\n')
  await world.setQuota(20)
  const client = await world.select()
  assert.match(await client.no('COPY 1 Trash'), /^NO \[OVERQUOTA\]/)
  await client.ok('MOVE 1 Trash')
})

test('one command names at most so many messages', async () => {
  await using world = await openWorld({ limits: { maxMessagesPerCommand: 1 } })
  for (const subject of ['a', 'b']) await world.add(`Subject: ${subject}\n\n`)
  const client = await world.select()
  assert.equal(await client.no('COPY 1:2 Trash'), 'NO [LIMIT] At most 1 messages in one command')
  await client.ok('COPY 2 Trash')
})
