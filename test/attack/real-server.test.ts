/**
 * The attacks of this folder, once each against the whole server: real directory, real store, real
 * log. What was taken is read from the main log, after a clean stop.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { endSequences } from '../support/end-of-data.ts'
import { codesToEnd } from '../support/smtp-target.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { ALICE, BOB, PASSWORDS, startWithUsers } from '../support/users.ts'
import { Connection } from '../support/connection.ts'
import type { Waybill } from '../support/waybill.ts'

const LIMITS = {
  limits: { smtp: { auth_failure_delay: '0s', error_delay: '0s', max_unknown_commands: 100 } },
}
const PLAIN = Buffer.from(`\0${ALICE}\0${PASSWORDS[ALICE]}`).toString('base64')
const SMUGGLED = `MAIL FROM:<evil@ext.test>\r\nRCPT TO:<${BOB}>\r\nDATA\r\nSubject: evil\r\n\r\nx\r\n.\r\n`

async function envelope(server: Waybill): Promise<SmtpClient> {
  const client = await server.smtp()
  await client.envelope({ from: 'a@ext.test', to: [ALICE] })
  return client
}

async function last(server: Waybill, octets: string, client?: SmtpClient): Promise<number[]> {
  const to = client ?? (await server.smtp())
  to.connection.write(octets).catch(() => {})
  const codes = await codesToEnd(to.connection)
  to.connection.destroy()
  return codes
}

test('the attacks, on the whole server', async (t) => {
  await using server = await startWithUsers({ settings: LIMITS })
  let taken = 0

  await t.test('A01: every sequence in one segment', async () => {
    for (const sequence of endSequences().never) {
      await using client = await envelope(server)
      await client.say('DATA', 354)
      await client.connection.write(`Subject: a01\r\n\r\nx${sequence}${SMUGGLED}`)
      const { code } = await client.reply()
      assert.ok(code === 250 || code === 550, JSON.stringify(sequence))
      if (code === 250) taken++
    }
  })

  await t.test('A03, A09: a legal end in two TLS records, and a chunk that holds one', async () => {
    await using client = await server.smtp()
    await client.startTls()
    await client.envelope({ from: 'a@ext.test', to: [ALICE] })
    await client.say('DATA', 354)
    await client.connection.write('Subject: a03\r\n\r\nx\r\n.\r')
    await client.connection.write('\n')
    await client.expect(250)
    await client.envelope({ from: 'a@ext.test', to: [ALICE] })
    assert.equal((await client.bdat(Buffer.from(`\r\n.\r\n${SMUGGLED}`), true)).code, 250)
    taken += 2
  })

  await t.test('A07, A08: chunks out of order and errors leave no transaction behind', async () => {
    await using client = await envelope(server)
    await client.connection.write('BDAT 4\r\na\nbc')
    await client.expect(550)
    assert.deepEqual(await codesToEnd(client.connection), [])
    assert.deepEqual(await last(server, 'BDAT 5 LAST x\r\n', await envelope(server)), [501])
    assert.equal(
      (await last(server, 'BDAT 0\r\n'.repeat(500_000), await envelope(server))).at(-1),
      421,
    )
    await using other = await envelope(server)
    await other.say('RCPT TO:<nobody@example.test>', 550)
    await other.say('RSET', 250)
    for (const line of [`RCPT TO:<${ALICE}>`, 'DATA']) await other.say(line, 503)
  })

  await t.test('A10, A11, A16: octets and forms that no command has', async () => {
    await using client = await server.smtp()
    const utf8 = Buffer.from('MAIL FROM:<josé@ext.test>').toString('latin1')
    for (const [line, code] of [
      ['MAIL FROM:<a\0@ext.test>', 501],
      ['MAIL FROM:<a\xff@ext.test>', 501],
      ['MAIL  FROM:<a@ext.test>', 501],
      ['MAIL FROM:<a@ext.test> SIZE=1 SIZE=1', 501],
      [utf8, 553],
      ['DATA', 503],
    ] as const) {
      await client.say(line, code)
    }
  })

  await t.test('A12–A15: other protocols, and clients out of step', async () => {
    for (const port of [server.ports.smtp, server.ports.submission]) {
      await using connection = await Connection.open(port)
      await connection.readLine()
      await connection.write('POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO x\r\n')
      assert.deepEqual(await codesToEnd(connection), [554])
    }
    const group = `MAIL FROM:<a@ext.test>\r\nRCPT TO:<${ALICE}>\r\nDATA\r\nSubject: x\r\n\r\n.\r\n`
    assert.deepEqual(await last(server, group), [250, 250, 554])
    await using client = await server.smtp()
    const rcpt = `RCPT TO:<${ALICE}>\r\n`
    await client.connection.write(`MAIL FROM:<a@ext.test>\r\n${rcpt.repeat(1000)}`)
    client.connection.socket.end()
    assert.equal((await codesToEnd(client.connection)).length, 1001)
  })

  await t.test('B01, B02, B04: before and after TLS', async () => {
    assert.deepEqual(await last(server, 'STARTTLS\r\nRSET\r\n'), [554])
    await using client = await SmtpClient.open(server.ports.submission)
    await client.say(`AUTH PLAIN ${PLAIN}`, 538)
    await client.say('MAIL FROM:<>', 530)
    await client.say('STARTTLS', 220)
    await client.connection.startTls()
    await client.say(`AUTH PLAIN ${PLAIN}`, 503)
    await client.ehlo()
    await client.say(`MAIL FROM:<${ALICE}>`, 530)
    await client.say(`AUTH PLAIN ${PLAIN}`, 235)
    await client.say(`MAIL FROM:<${BOB}>`, 553)
  })

  await t.test('C01, C02, C06: nothing relays', async () => {
    for (const from of [`<${ALICE}>`, '<u@ext.test>', '<>']) {
      for (const path of [
        '<u@ext.test>',
        '<u%ext.test@example.test>',
        '<"u@ext.test"@example.test>',
        '<"victim@ext.test x"@example.test>',
        '<@example.test:u@ext.test>',
        '<ext.test!u@example.test>',
        '<u@[127.0.0.1]>',
        '<u@localhost>',
        '<alice@example.test.>',
        '<"">@example.test',
        `<${'l'.repeat(65)}@example.test>`,
      ]) {
        await using client = await server.smtp()
        await client.say(`MAIL FROM:${from}`, 250)
        await client.say(`RCPT TO:${path}`, 5)
        await client.say('DATA', 503)
      }
    }
    // Who logged in may: as themselves.
    await using client = await server.submission(ALICE)
    await client.say(`MAIL FROM:<${ALICE}>`, 250)
    await client.say('RCPT TO:<u@ext.test>', 250)
  })

  await t.test('C07: who tries names is cut off, and VRFY tells none', async () => {
    await using client = await server.smtp()
    await client.say('VRFY alice', 252)
    await client.say('EXPN alice', 502)
    const names = Array.from({ length: 1000 }, (_, i) => `RCPT TO:<name${i}@example.test>\r\n`)
    const codes = await last(server, `MAIL FROM:<>\r\n${names.join('')}`)
    assert.equal(codes.at(-1), 421)
    assert.ok(codes.length <= 22)
  })

  await t.test('D04, D05: too much', async () => {
    await using client = await server.smtp()
    await client.say('MAIL FROM:<> SIZE=18446744073709551616', 552)
    assert.ok((await last(server, 'NOOP\r\n'.repeat(1_000_000))).length <= 121)
  })

  await t.test(
    'afterwards: exactly what was acknowledged is there, and the store is sound',
    async () => {
      await server.stop()
      const arrivals = server.log('mainlog').match(/ <= /g) ?? []
      assert.equal(arrivals.length, taken)
      assert.doesNotMatch(server.log('mainlog'), /<= evil@ext\.test/)
      assert.doesNotMatch(server.log('mainlog'), /[\x00-\x08\x0b-\x1f\x7f]/)
      assert.ok(!(server.log('mainlog') + server.log('authlog')).includes(PLAIN))
      assert.equal(server.log('paniclog'), '')
      assert.equal((await server.cli(['check'])).status, 0)
    },
  )
})
