import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createTransport } from 'nodemailer'

import { makeMessage } from '../support/message.ts'
import { ALICE, assertArrived, BOB, copiesOf, startWithUsers } from '../support/users.ts'

test('nodemailer', async (t) => {
  await using server = await startWithUsers()
  const auth = { user: BOB, pass: server.passwordOf(BOB) }
  const tls = { rejectUnauthorized: false }

  await t.test('submits raw octets over TLS, and they arrive as sent', async () => {
    const raw = makeMessage({ id: 'nodemailer-1@client.test', from: BOB, to: ALICE })
    const transport = createTransport({
      ...{ host: '127.0.0.1', port: server.ports.submissions, secure: true, auth, tls },
    })
    const sent = await transport.sendMail({ envelope: { from: BOB, to: [ALICE] }, raw })
    assert.deepEqual(sent.accepted, [ALICE])
    transport.close()
    await assertArrived(server, ALICE, 'nodemailer-1@client.test', raw)
  })

  await t.test('composes a message with an attachment and submits it over STARTTLS', async () => {
    const transport = createTransport({
      ...{ host: '127.0.0.1', port: server.ports.submission, requireTLS: true, auth, tls },
    })
    const sent = await transport.sendMail({
      from: `Böb <${BOB}>`,
      to: ALICE,
      subject: 'Grüße',
      messageId: '<nodemailer-2@client.test>',
      text: 'See the file.',
      attachments: [{ filename: 'datei – ü.bin', content: Buffer.alloc(300_000, 7) }],
    })
    assert.match(sent.response, /^250 2\./)
    transport.close()
    assert.equal((await copiesOf(server, ALICE, 'nodemailer-2@client.test')).length, 1)
  })

  await t.test('sends many messages over a pool of kept connections', async () => {
    const transport = createTransport({
      ...{ host: '127.0.0.1', port: server.ports.submissions, secure: true, auth, tls },
      ...{ pool: true, maxConnections: 3 },
    })
    const raws = Array.from({ length: 30 }, (_, n) =>
      makeMessage({ id: `pool-${n}@client.test`, from: BOB, to: ALICE, subject: 'pooled' }),
    )
    await Promise.all(
      raws.map((raw) => transport.sendMail({ envelope: { from: BOB, to: [ALICE] }, raw })),
    )
    transport.close()
    await using imap = await server.imap(ALICE)
    await imap.ok('SELECT INBOX')
    assert.equal((await imap.search('SUBJECT pooled')).length, 30)
  })

  await t.test('may not send as somebody else', async () => {
    const transport = createTransport({
      ...{ host: '127.0.0.1', port: server.ports.submissions, secure: true, auth, tls },
    })
    await assert.rejects(
      transport.sendMail({ from: ALICE, to: ALICE, text: 'not mine' }),
      /5\.7\.1/,
    )
    transport.close()
  })
})
