import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Refusal } from '../base/faults.ts'
import { one, type Steps } from '../db/statement.ts'
import type { AccountId } from '../directory/types.ts'
import { EVERY_UID, FLAG } from '../store/types.ts'
import { openTestDelivery, type TestDelivery } from './testing/test-delivery.ts'

const JANE = 'jane@here.example'

const message = (id: string, more = '') =>
  `Received: from c by here.example; Fri, 20 Nov 2026 09:00:00 +0000\r\n${sent(id, more)}`
const sent = (id: string, more = '') =>
  [
    `From: Jane <${JANE}>`,
    'To: bob@here.example',
    'Cc: "Team" <Team@Here.Example>',
    `Message-ID: <${id}>`,
    'Date: Fri, 20 Nov 2026 09:00:00 +0000',
    `Subject: Plan${more}`,
    '',
    'Text',
    '',
  ].join('\r\n')

function* countUnused(): Steps<number | undefined> {
  const row = yield* one<{ count: number }>(
    'SELECT count(*) AS count FROM blob WHERE id NOT IN (SELECT blob_id FROM message)',
  )
  return row?.count
}

async function open() {
  const opened = await openTestDelivery()
  await opened.directory.setAccount(JANE, { copyToSent: true })
  const account = opened.directory.findAccount(JANE)
  assert.ok(account)
  return { ...opened, jane: account.id, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

async function submit(
  opened: TestDelivery,
  jane: AccountId,
  text: string,
  to: readonly string[],
  bcc = '',
) {
  const { delivery, directory, facts, body } = opened
  const recipients = to.map((address) => ({
    ...{ address, notify: null, original: null },
    destinations: directory.route(address).destinations,
  }))
  await delivery.accept({
    facts: facts(),
    submitter: jane,
    bcc,
    recipients,
    body: await body(text),
  })
}

function sentMessages({ store }: TestDelivery, jane: AccountId, name = 'Sent') {
  const mailbox = store.mailbox(jane, name)
  assert.ok(mailbox)
  return store.messages(mailbox.id, EVERY_UID, 100)
}

test('what is submitted is in Sent, seen, with the recipients that nobody sees', async () => {
  await using opened = await open()
  const to = ['bob@here.example', 'team@here.example', 'noreply@here.example']
  await submit(opened, opened.jane, message('1@c'), to)
  const [copy, ...others] = sentMessages(opened, opened.jane)
  assert.ok(copy)
  assert.deepEqual(others, [])
  assert.equal(copy.flags.system, FLAG.seen)
  assert.equal(Buffer.from(copy.trace).toString(), 'Bcc: noreply@here.example\r\n')
  assert.equal(copy.sizeOctets, copy.trace.length + copy.blob.sizeOctets)
})

test('RFC 5322 §3.6.3: what the author wrote in Bcc stays in their copy, with whom it left out', async () => {
  await using opened = await open()
  const to = ['bob@here.example', 'team@here.example', 'noreply@here.example']
  const written = 'Bcc: Nobody <noreply@here.example>\r\n'
  const cases: readonly (readonly [string, string])[] = [
    [written, written],
    ['Bcc: Other <o@x.example>\r\n', 'Bcc: Other <o@x.example>,\r\n noreply@here.example\r\n'],
    ['Bcc: \r\nResent-Bcc: a@b\r\n', 'Resent-Bcc: a@b\r\nBcc: noreply@here.example\r\n'],
  ]
  for (const [index, [bcc]] of cases.entries())
    await submit(opened, opened.jane, message(`${index}@c`), to, bcc)
  const kept = sentMessages(opened, opened.jane).map(({ trace }) => Buffer.from(trace).toString())
  assert.deepEqual(
    kept,
    cases.map(([, expected]) => expected),
  )
})

test('an account that does not want it has none, nor has mail of others a copy', async () => {
  await using opened = await open()
  await opened.deliver(message('1@c'), [JANE])
  await opened.directory.setAccount(JANE, { copyToSent: false })
  await submit(opened, opened.jane, message('2@c'), ['bob@here.example'])
  assert.deepEqual(sentMessages(opened, opened.jane), [])
})

test('a copy that the client uploads, before or after, does not make two', async () => {
  await using opened = await open()
  const { delivery, store, jane } = opened
  const mailbox = store.mailbox(jane, 'Sent')
  assert.ok(mailbox)
  const upload = async (text: string) => {
    const flags = { system: FLAG.seen, keywords: [] }
    const body = await opened.body(text)
    const [added] = await delivery.append(jane, mailbox.id, [
      { body, flags, receivedMs: Date.now() },
    ])
    return added?.uid
  }
  await submit(opened, jane, message('1@c'), ['bob@here.example'])
  assert.equal(await upload(sent('1@c')), 1, 'after: the UID of the one that is there')
  assert.equal(await upload(sent('2@c')), 2)
  await submit(opened, jane, message('2@c'), ['bob@here.example'])
  assert.equal(sentMessages(opened, jane).length, 2, 'before')
  await submit(opened, jane, message('2@c'), ['noreply@here.example'])
  assert.equal(opened.database.read(countUnused()), 0, 'octets that nobody refers to')
  assert.equal(await upload(sent('1@c', ' B')), 3, 'the same Message-ID, another message')
  const large = `${sent('3@c')}${'x'.repeat(70)}\r\n`.repeat(1000)
  assert.equal(await upload(large), 4)
  assert.equal(await upload(large), 4, 'a large one, whose file is not kept twice')
  assert.equal(sentMessages(opened, jane).length, 4)
})

test('a mailbox for sent mail is made when it is missing', async () => {
  await using opened = await open()
  const { store, jane } = opened
  await store.deleteMailbox(jane, 'Sent')
  await submit(opened, jane, message('1@c'), ['bob@here.example'])
  assert.equal(store.mailbox(jane, 'Sent')?.specialUse, 'Sent')
  assert.equal(sentMessages(opened, jane).length, 1)
})

test('without room for the copy nothing is sent', async () => {
  await using opened = await open()
  const { directory, jane, store } = opened
  await directory.setAccount(JANE, { quotaOctets: 10 })
  await assert.rejects(
    submit(opened, jane, message('1@c'), ['bob@here.example']),
    (error) => error instanceof Refusal && error.reason === 'overQuota',
  )
  const bob = directory.findAccount('bob@here.example')
  assert.ok(bob)
  assert.equal(store.mailbox(bob.id, 'INBOX')?.messages, 0)
})
