import assert from 'node:assert/strict'
import { test } from 'node:test'

import { EVERY_UID } from '../store/types.ts'
import { readReport } from '../syntax/dsn/report.ts'
import { openTestDelivery, type TestDelivery } from './testing/test-delivery.ts'

const TEXT =
  'From: jane@here.example\r\nSubject: hello\r\nMessage-ID: <1@x>\r\n\r\nsecret words\r\n'

async function send(
  { delivery, directory, facts, body }: TestDelivery,
  from: string | null,
  asked: readonly (readonly [address: string, notify: string | null])[],
): Promise<void> {
  const recipients = asked.map(([address, notify]) => ({
    ...{ address, notify, original: null },
    destinations: directory.route(address).destinations,
  }))
  await delivery.accept({ facts: { ...facts(), from }, recipients, body: await body(TEXT) })
}

/** Messages in an INBOX, those with a null sender as what their report says. */
function mailOf({ directory, store }: TestDelivery, name: string) {
  const account = directory.findAccount(`${name}@here.example`) ?? assert.fail(name)
  const mailbox = store.mailbox(account.id, 'INBOX') ?? assert.fail('no INBOX')
  return store.messages(mailbox.id, EVERY_UID, 100).map((message) => {
    const octets = store.octets(message, 0, message.sizeOctets)
    assert.ok(octets instanceof Uint8Array)
    const text = Buffer.from(octets).toString('latin1')
    if (!text.startsWith('Return-Path: <>')) return 'mail'
    assert.doesNotMatch(text, /secret words/)
    const mail = octets.subarray(text.indexOf('From: Mail Delivery System'))
    return readReport(mail).recipients.map(({ address, action }) => `${action} ${address}`)
  })
}

test('who wants to know is told that mail is in its mailbox, in one notice', async () => {
  await using opened = await openTestDelivery()
  await send(opened, 'jane@here.example', [
    ['bob@here.example', 'SUCCESS,FAILURE'],
    ['team@here.example', 'SUCCESS'],
    ['noreply@here.example', 'SUCCESS'],
    ['postmaster@here.example', 'FAILURE'],
  ])
  assert.deepEqual(mailOf(opened, 'bob'), ['mail'])
  assert.deepEqual(mailOf(opened, 'jane'), [
    'mail',
    ['delivered bob@here.example', 'expanded team@here.example', 'delivered noreply@here.example'],
  ])
  assert.deepEqual(opened.refused, [])
})

test('nobody else is: not who did not ask, and no null sender', async () => {
  await using opened = await openTestDelivery()
  await send(opened, 'jane@here.example', [
    ['bob@here.example', null],
    ['bob@here.example', 'NEVER'],
    ['bob@here.example', 'FAILURE,DELAY'],
  ])
  await send(opened, null, [['bob@here.example', 'SUCCESS']])
  assert.deepEqual(mailOf(opened, 'jane'), [])
})

test('a notice that cannot be delivered keeps no mail away, and is told of in one line', async () => {
  await using opened = await openTestDelivery()
  await opened.directory.setAccount('jane@here.example', { quotaOctets: 10 })
  await send(opened, 'jane@here.example', [['bob@here.example', 'SUCCESS']])
  await send(opened, 'gone@here.example', [['bob@here.example', 'SUCCESS']])
  assert.equal(mailOf(opened, 'bob').length, 2)
  assert.deepEqual(mailOf(opened, 'jane'), [])
  const [full = '', gone = '', ...more] = opened.refused
  assert.match(full, /^about \S+ to jane@here\.example: the mailbox is full$/)
  assert.match(gone, /^about \S+: gone@here\.example: Unknown user$/)
  assert.deepEqual(more, [])
})
