import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

test('STORE in all its forms', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\n')
  const client = await world.select()
  const cases: [command: string, flags: string | null][] = [
    ['STORE 1 FLAGS (\\Seen a)', 'FLAGS (\\Seen a)'],
    ['STORE 1 +FLAGS \\Flagged b', 'FLAGS (\\Flagged \\Seen a b)'],
    ['STORE 1 -flags (\\Seen A)', 'FLAGS (\\Flagged b)'],
    ['STORE 1 +FLAGS.SILENT (\\Draft)', null],
    ['UID STORE 1 FLAGS ()', 'UID 1 FLAGS ()'],
  ]
  for (const [command, flags] of cases) {
    const lines = (await client.untagged(command)).filter((line) => line.includes('FETCH'))
    assert.deepEqual(lines, flags === null ? [] : [`1 FETCH (${flags})`], command)
  }
})

test('other sessions hear of it, the own one does not hear twice', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\n')
  const client = await world.select()
  const other = await world.select()
  await client.ok('STORE 1 +FLAGS.SILENT (work)')
  assert.deepEqual(await client.untagged('NOOP'), [])
  assert.deepEqual(await other.untagged('NOOP'), [
    'FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft work)',
    '1 FETCH (UID 1 FLAGS (work))',
  ])
})

test('RFC 7162 §3.1.3: UNCHANGEDSINCE leaves alone what changed', async () => {
  await using world = await openWorld()
  for (const subject of ['a', 'b']) await world.add(`Subject: ${subject}\n\n`)
  const client = await world.login()
  const since = /HIGHESTMODSEQ (\d+)/.exec(await client.ok('SELECT INBOX (CONDSTORE)'))?.[1]
  const other = await world.select()
  await other.ok('STORE 2 +FLAGS (\\Flagged)')
  const answer = await client.ok(`STORE 1:2 (UNCHANGEDSINCE ${since}) +FLAGS.SILENT (\\Seen)`)
  assert.match(answer, /^\* 1 FETCH \(MODSEQ \(\d+\)\)$/m)
  assert.match(answer, /^\* 2 FETCH \(UID 2 FLAGS \(\\Flagged\) MODSEQ \(\d+\)\)$/m)
  assert.match(answer, /^OK \[MODIFIED 2\]/m)
})

test('STORE, rejected and refused', async () => {
  await using world = await openWorld({ limits: { badCommands: 99 } })
  await world.add('Subject: 1\n\n')
  const client = await world.select()
  for (const text of [
    'STORE 1 FLAGS',
    'STORE 1 FOO (a)',
    'STORE 1 FLAGS (\\Foo)',
    'STORE 1 FLAGS (a) b',
    'STORE 1 FLAGS.SILENT.SILENT (a)',
    'STORE 2 FLAGS (a)',
    'STORE 0 FLAGS (a)',
    'STORE 1 (UNCHANGEDSINCE x) FLAGS (a)',
  ]) {
    await client.bad(text)
  }
  // D15
  const many = Array.from({ length: 300 }, (_, index) => `k${index}`).join(' ')
  assert.match(await client.no(`STORE 1 +FLAGS (${many})`), /^NO \[LIMIT\]/)
  assert.match(await client.no(`STORE 1 +FLAGS (${'k'.repeat(60)})`), /^NO \[/)
})

test('STORE is one transaction and names no more messages than that should hold', async () => {
  await using world = await openWorld({ limits: { maxMessagesPerCommand: 1 } })
  for (let n = 0; n < 2; n++) await world.add('Subject: 1\n\nx\n')
  const client = await world.select()
  assert.equal(
    await client.no('STORE 1:2 +FLAGS (\\Seen)'),
    'NO [LIMIT] At most 1 messages in one command',
  )
  await client.ok('STORE 2 +FLAGS (\\Seen)')
})
