import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { ImapFlow } from 'imapflow'

import { makeMessage } from '../support/message.ts'
import { ALICE, assertExact, BOB, startWithUsers } from '../support/users.ts'

/** New mail must show up during IDLE in 100 ms; a busy test machine is given this long. */
const IDLE_LIMIT_MS = 2000

test('imapflow', async (t) => {
  await using server = await startWithUsers()
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: server.ports.imaps,
    secure: true,
    auth: { user: ALICE, pass: server.passwordOf(ALICE) },
    tls: { rejectUnauthorized: false },
    logger: false,
  })
  await client.connect()
  const deliver = async (message: Buffer) => {
    await using smtp = await server.smtp()
    const reply = await smtp.send({ from: BOB, to: [ALICE] }, message)
    assert.equal(reply.code, 250)
  }

  await t.test('lists mailboxes with their special uses', async () => {
    const uses = new Map((await client.list()).map((box) => [box.path, box.specialUse]))
    assert.equal(uses.get('Sent'), '\\Sent')
    assert.equal(uses.get('Trash'), '\\Trash')
    assert.equal(uses.get('Junk'), '\\Junk')
  })

  await t.test('reads a delivered message back byte-exact, with its structure', async () => {
    const message = makeMessage({ id: 'flow-1@client.test', from: BOB, to: ALICE })
    await deliver(message)
    const lock = await client.getMailboxLock('INBOX')
    const fetched = await client.fetchOne('1', {
      source: true,
      envelope: true,
      bodyStructure: true,
    })
    lock.release()
    assert.ok(typeof fetched === 'object' && fetched.source)
    assertExact(fetched.source, message)
    assert.equal(fetched.envelope?.messageId, '<flow-1@client.test>')
    assert.equal(fetched.bodyStructure?.type, 'text/plain')
  })

  await t.test('appends, flags, copies, moves and deletes', async () => {
    const draft = makeMessage({ id: 'flow-draft@client.test' })
    const appended = await client.append('Drafts', draft, ['\\Draft', '\\Seen'])
    assert.ok(appended !== false && appended.uid === 1)
    const lock = await client.getMailboxLock('Drafts')
    const kept = await client.fetchOne('1', { source: true, flags: true })
    assert.ok(typeof kept === 'object' && kept.source)
    assert.deepEqual(kept.source, draft)
    assert.deepEqual([...(kept.flags ?? [])].sort(), ['\\Draft', '\\Seen'])
    assert.ok(await client.messageFlagsAdd('1', ['\\Flagged', 'work']))
    const copied = await client.messageCopy('1', 'Archive')
    assert.ok(copied !== false && copied.uidMap?.get(1) === 1)
    const moved = await client.messageMove('1', 'Trash')
    assert.ok(moved !== false && moved.uidMap?.get(1) === 1)
    assert.ok(client.mailbox !== false && client.mailbox.exists === 0)
    lock.release()
    const trash = await client.getMailboxLock('Trash')
    assert.ok(await client.messageDelete('1'))
    const status = await client.status('Trash', { messages: true })
    assert.ok(status !== false && status.messages === 0)
    trash.release()
  })

  await t.test('is told of new mail during IDLE', async () => {
    await client.mailboxOpen('INBOX')
    const idling = client.idle()
    await sleep(100) // there is no event for "IDLE has begun"
    const told = once(client, 'exists')
    await deliver(makeMessage({ id: 'flow-2@client.test', to: ALICE }))
    const acceptedAt = performance.now()
    const [{ count }] = (await told) as [{ count: number }]
    const delayMs = performance.now() - acceptedAt
    t.diagnostic(`told ${delayMs.toFixed(1)} ms after the 250 was read`)
    assert.equal(count, 2)
    assert.ok(delayMs < IDLE_LIMIT_MS, `took ${delayMs} ms`)
    await client.noop()
    await idling
  })

  await t.test('makes, renames and removes mailboxes', async () => {
    await client.mailboxCreate(['Projekte', 'Grüße & Co'])
    await client.mailboxRename(['Projekte', 'Grüße & Co'], ['Projekte', 'Neu'])
    const names = (await client.list()).map((box) => box.path)
    assert.ok(names.includes('Projekte/Neu'), names.join())
    await client.mailboxDelete(['Projekte', 'Neu'])
    assert.ok(!(await client.list()).some((box) => box.path === 'Projekte/Neu'))
  })
  await client.logout()
})
