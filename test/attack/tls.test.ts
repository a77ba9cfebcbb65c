/** B01, B02, B04: what is said before TLS counts for nothing after it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { PASSWORD } from '../../src/smtp-server/testing/fakes.ts'
import { codesToEnd, SmtpTarget } from '../support/smtp-target.ts'

const PLAIN = Buffer.from(`\0jane@ours.test\0${PASSWORD}`).toString('base64')

test('B01: commands that follow STARTTLS in the clear are never answered in TLS', async () => {
  for (const role of ['mx', 'submission'] as const) {
    await using target = await SmtpTarget.open({ role })
    for (const injected of ['RSET\r\n', 'MAIL FROM:<x@ext.test>\r\n', 'N', '\r\n', '\0']) {
      await using client = await target.client()
      await client.connection.write(`STARTTLS\r\n${injected}`)
      assert.deepEqual(await codesToEnd(client.connection), [554], JSON.stringify(injected))
    }
    assert.match(target.fake.journal.notes[0] ?? '', /rejected "STARTTLS"/)
  }
})

test('B01: what comes after the 220 instead of a handshake ends the connection', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.client()
  await client.say('STARTTLS', 220)
  await client.connection.write('RSET\r\nMAIL FROM:<x@ext.test>\r\n')
  const codes = await codesToEnd(client.connection)
  assert.ok(!codes.includes(250))
})

test('B02: greeting and envelope are forgotten', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.client()
  await client.say('MAIL FROM:<a@ext.test>', 250)
  await client.say('STARTTLS', 503)
  await client.say('RSET', 250)
  await client.say('STARTTLS', 220)
  await client.connection.startTls()
  await client.say('MAIL FROM:<a@ext.test>', 503)
  await client.say('EHLO other.test', 250)
  await client.say('STARTTLS', 503)
  await client.envelope({ from: 'a@ext.test', to: ['jane@ours.test'] })
  await client.data(Buffer.from('A: b\r\n\r\n'))
  assert.match(target.stored[0] ?? '', /^Received: from other\.test .*\r\n.* with ESMTPS\r\n/)
})

test('B04: no password goes over the wire in the clear', async () => {
  await using target = await SmtpTarget.open({ role: 'submission' })
  await using client = await target.client()
  assert.ok(!client.extensions.has('AUTH'))
  for (const command of [`AUTH PLAIN ${PLAIN}`, 'AUTH LOGIN', 'AUTH SCRAM-SHA-256 biws']) {
    assert.match((await client.say(command, 538)).text, /^5\.7\.11 /)
  }
  await client.say('MAIL FROM:<jane@ours.test>', 530)
  assert.doesNotMatch(
    JSON.stringify(target.fake.journal.events),
    new RegExp(`${PLAIN}|${PASSWORD}`),
  )
  await client.startTls()
  assert.ok(client.extensions.has('AUTH'))
  await client.say(`AUTH PLAIN ${PLAIN}`, 235)
})

test('B04: port 25 offers no AUTH, in TLS either', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.client()
  await client.say(`AUTH PLAIN ${PLAIN}`, 502)
  await client.startTls()
  assert.ok(!client.extensions.has('AUTH'))
  await client.say(`AUTH PLAIN ${PLAIN}`, 502)
})
