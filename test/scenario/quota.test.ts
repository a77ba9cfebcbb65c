import assert from 'node:assert/strict'
import { test } from 'node:test'

import { makeMessage } from '../support/message.ts'
import { ALICE, BOB, copiesOf, startWithUsers } from '../support/users.ts'

const SMALL = 'small@example.test'

test('quota', async (t) => {
  await using server = await startWithUsers({ start: false })
  await server.addAccount(SMALL, 'a small mailbox', '--quota', '100 KiB')
  await server.start()
  const message = (id: string) => makeMessage({ id, to: SMALL, bodyOctets: 60_000 })

  await t.test('a message that no longer fits is refused with 552 5.2.2', async () => {
    await using smtp = await server.smtp()
    const first = await smtp.send({ from: BOB, to: [SMALL] }, message('fits@client.test'))
    assert.equal(first.code, 250)
    const reply = await smtp.send({ from: BOB, to: [SMALL] }, message('too-much@client.test'))
    assert.equal(reply.code, 552)
    assert.match(reply.text, /^5\.2\.2 /)
    assert.equal((await copiesOf(server, SMALL, 'too-much@client.test')).length, 0)
  })

  await t.test('a declared SIZE that cannot fit is refused at RCPT', async () => {
    await using smtp = await server.smtp()
    await smtp.say('MAIL FROM:<x@client.test> SIZE=90000', 250)
    const reply = await smtp.say(`RCPT TO:<${SMALL}>`, 552)
    assert.match(reply.text, /^5\.2\.2 /)
  })

  await t.test('nobody gets a message that one recipient has no room for', async () => {
    await using smtp = await server.smtp()
    await smtp.envelope({ from: 'x@client.test', to: [ALICE, SMALL] })
    const reply = await smtp.data(message('both@client.test'))
    assert.equal(reply.code, 552)
    assert.equal((await copiesOf(server, ALICE, 'both@client.test')).length, 0)
  })

  await t.test('APPEND is answered NO [OVERQUOTA]', async () => {
    await using imap = await server.imap(SMALL)
    const { text } = await imap.no('APPEND INBOX', message('append@client.test'))
    assert.match(text, /^\[OVERQUOTA\]/)
  })

  await t.test('deleting makes room', async () => {
    await using imap = await server.imap(SMALL)
    await imap.ok('SELECT INBOX')
    await imap.ok('STORE 1:* +FLAGS (\\Deleted)')
    await imap.ok('EXPUNGE')
    await using smtp = await server.smtp()
    const reply = await smtp.send({ from: BOB, to: [SMALL] }, message('again@client.test'))
    assert.equal(reply.code, 250)
  })
})
