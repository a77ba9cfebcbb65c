/** A07, A08, A10–A16: commands out of order, out of shape and out of step. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { codesToEnd, SmtpTarget } from '../support/smtp-target.ts'

const MANY = { softErrors: 100_000, hardErrors: 100_000, maxUnknownCommands: 100_000 }
const WITHOUT_PREDECESSOR = ['RCPT TO:<jane@ours.test>', 'DATA', 'BDAT 4 LAST\r\nabcd']

test('A07: BDAT that makes no sense stores nothing', async (t) => {
  const cases: [name: string, sent: string, codes: readonly number[]][] = [
    ['more digits than a chunk can have', 'BDAT 99999999999999999999\r\n', [501]],
    ['a negative count', 'BDAT -1\r\n', [501]],
    ['a word after LAST', 'BDAT 5 LAST x\r\nhello', [501]],
    ['a chunk beyond all limits', 'BDAT 999999999999\r\nabc', [552]],
    ['DATA after BDAT', 'BDAT 2\r\nA:DATA\r\nQUIT\r\n', [250, 554]],
    ['RSET among chunks', 'BDAT 2\r\nA:RSET\r\nBDAT 2 LAST\r\nB:QUIT\r\n', [250, 250, 503, 221]],
    ['MAIL among chunks', 'BDAT 2\r\nA:MAIL FROM:<>\r\nRSET\r\nQUIT\r\n', [250, 503, 250, 221]],
  ]
  for (const [name, sent, codes] of cases) {
    await t.test(name, async () => {
      await using target = await SmtpTarget.open()
      await using client = await target.envelope()
      await client.connection.write(sent)
      assert.deepEqual(await codesToEnd(client.connection), codes)
      assert.equal(target.stored.length, 0)
    })
  }
})

test('A07: a last chunk that is cut off is no message', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.envelope()
  await client.connection.write('BDAT 10 LAST\r\n123456789')
  client.connection.socket.end()
  assert.deepEqual(await codesToEnd(client.connection), [])
  assert.equal(target.stored.length, 0)
  assert.equal(target.fake.delivery.disposed, 1)
})

test('A07: a million empty chunks end at the limit of idle commands', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.envelope()
  client.connection.write('BDAT 0\r\n'.repeat(1_000_000)).catch(() => {})
  const codes = await codesToEnd(client.connection)
  assert.equal(codes.at(-1), 421)
  // EHLO was the first of the hundred.
  assert.equal(codes.length, 99 + 20 + 1)
  assert.equal(target.stored.length, 0)
})

test('A07: a great many chunks of one octet are one message', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.envelope()
  const count = 50_000
  await client.connection.write('BDAT 1\r\nx'.repeat(count))
  for (let i = 0; i < count; i++) await client.expect(250)
  assert.equal((await client.ask('BDAT 0 LAST')).code, 250)
  assert.ok(target.stored[0]?.endsWith('x'.repeat(count)))
})

test('A08: after every error the transaction is where it was, or gone', async (t) => {
  const mail = 'MAIL FROM:<a@ext.test>'
  const jane = 'RCPT TO:<jane@ours.test>'
  const cases: [name: string, lines: readonly string[], codes: readonly number[]][] = [
    ['EHLO refused', ['EHLO '], [501]],
    ['MAIL refused for its syntax', ['MAIL FROM:a@ext.test'], [501]],
    ['MAIL refused for its size', [`${mail} SIZE=99999999999`], [552]],
    ['MAIL refused for a parameter', [`${mail} X=1`], [555]],
    ['every RCPT refused', [mail, 'RCPT TO:<nobody@ours.test>', 'RSET'], [250, 550, 250]],
    ['BDAT refused for want of recipients', [mail, 'BDAT 4\r\nabcd'], [250, 503, 500]],
    ['message refused for a bare LF', [mail, jane, 'BDAT 4 LAST\r\na\nbc'], [250, 250, 550]],
    ['message refused for NUL', [mail, jane, 'DATA', 'a\0b\r\n.'], [250, 250, 354, 550]],
    [
      'message refused for its hops',
      [mail, jane, 'DATA', `${'Received: x\r\n'.repeat(51)}\r\n.`],
      [250, 250, 354, 554],
    ],
    ['message stored', [mail, jane, 'DATA', 'a: b\r\n.'], [250, 250, 354, 250]],
  ]
  for (const [name, lines, codes] of cases) {
    await t.test(name, async () => {
      await using target = await SmtpTarget.open({}, MANY)
      await using client = await target.client()
      const got: number[] = []
      for (const line of lines) {
        await client.connection.write(`${line}\r\n`)
        got.push((await client.reply()).code)
        // A chunk that was written with a line end after it: that is an empty command.
        if (line.startsWith('BDAT') && codes.length > got.length)
          got.push((await client.reply()).code)
      }
      assert.deepEqual(got, codes)
      if (name.endsWith('bare LF')) return // the connection has ended
      const stored = target.stored.length
      for (const line of WITHOUT_PREDECESSOR) {
        assert.equal((await client.ask(line)).code, 503, line)
        if (line.startsWith('BDAT')) await client.reply()
      }
      assert.equal(target.stored.length, stored)
      await client.say('MAIL FROM:<a@ext.test>', 250)
    })
  }
})

test('A10: NUL, 8-bit and 0xFF octets in commands', async () => {
  await using target = await SmtpTarget.open({}, MANY)
  await using client = await target.client()
  const verbs = ['HELO c', 'MAIL FROM:<a@ext.test>', 'RSET', 'NOOP x', 'VRFY x', 'HELP x', 'DATA']
  for (const line of verbs) {
    for (const at of [1, 4, line.length - 1, line.length]) {
      const code = (await client.ask(`${line.slice(0, at)}\0${line.slice(at)}`)).code
      assert.ok(code === 500 || code === 501, `${line} with NUL at ${at}: ${code}`)
    }
  }
  const refused: [line: string, code: number][] = [
    ['MAIL FROM:<a\xff@ext.test>', 501],
    ['MAIL FROM:<a\xff@ext.test> SMTPUTF8', 501],
    ['MAIL FROM:<a@ext.test> SIZE=1\xff', 501],
    ['M\xc4IL FROM:<a@ext.test>', 500],
    ['MAIL FROM:<a@ext.test>', 250],
    ['RCPT TO:<jane\0@ours.test>', 501],
    ['RCPT TO:<jane@ours.test\0.ext.test>', 501],
    ['RCPT TO:<jane@ours.test>\0', 501],
    ['RCPT TO:<\xff\xfe@ours.test>', 501],
    ['DATA', 503],
  ]
  for (const [line, code] of refused) {
    assert.equal((await client.ask(line)).code, code, JSON.stringify(line))
  }
})

test('A11: commands that are almost right', async () => {
  await using target = await SmtpTarget.open({}, MANY)
  await using client = await target.client()
  const mail = 'MAIL FROM:<a@ext.test>'
  const parameters = Array.from({ length: 1000 }, (_, i) => `X${i}`).join(' ')
  const cases: [line: string, code: number][] = [
    [` ${mail}`, 500],
    [`\t${mail}`, 501],
    ['MAIL  FROM:<a@ext.test>', 501],
    ['MAIL\tFROM:<a@ext.test>', 501],
    ['MAIL FROM <a@ext.test>', 501],
    ['MAIL FROM:a@ext.test', 501],
    ['MAIL FROM:<a@ext.test', 501],
    [`${mail} SIZE=1 SIZE=2`, 501],
    [`${mail} BODY=7BIT BODY=8BITMIME`, 501],
    [`${mail} AUTH=<> AUTH=<>`, 501],
    [`${mail} BODY=9BIT`, 555],
    [`${mail} RET=ALL`, 501],
    [`${mail} ENVID=a+0D+0ABcc:eve@ext.test`, 501],
    [`${mail} REQUIRETLS`, 530],
    [`${mail} FUTURE=1`, 555],
    [`${mail} ${parameters.slice(0, 1900)}`, 501],
    [`${mail} SIZE=18446744073709551616`, 552],
    [`${mail} SIZE=-1`, 501],
    [mail, 250],
    ['RCPT TO:jane@ours.test', 501],
    ['RCPT TO:<jane@ours.test> FUTURE=1', 555],
    ['RCPT TO:<jane@ours.test> NOTIFY=NEVER,SUCCESS', 501],
    [`RCPT TO:<jane@ours.test> NOTIFY=${'SUCCESS,'.repeat(200)}DELAY`, 501],
    ['RCPT TO:<jane@ours.test> ORCPT=rfc822;jane+0D+0ABcc:eve@ext.test', 501],
    ['RCPT TO:<jane@ours.test> ORCPT=utf-8;jane\\x{1B}[2J', 501],
    ['RCPT  TO:<jane@ours.test>', 501],
    ['DATA', 503],
  ]
  for (const [line, code] of cases) assert.equal((await client.ask(line)).code, code, line)
})

test('a line that is too long, or ends in LF alone, ends the connection', async () => {
  await using target = await SmtpTarget.open()
  for (const sent of ['EHLO c\n', `NOOP ${'x'.repeat(3000)}\r\n`, 'x'.repeat(3000)]) {
    await using client = await target.client()
    await client.connection.write(sent)
    assert.deepEqual(await codesToEnd(client.connection), [500], JSON.stringify(sent.slice(0, 20)))
  }
})

test('A12: other protocols are turned away after one line at most', async () => {
  const openings: [name: string, octets: string][] = [
    ['HTTP GET', 'GET / HTTP/1.1\r\nHost: mx.ours.test\r\n\r\n'],
    [
      'a form that a browser posts',
      'POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\nEHLO x\r\nMAIL FROM:<>\r\n',
    ],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['CONNECT', 'CONNECT mx.ours.test:25 HTTP/1.1\r\n\r\n'],
    ['TLS ClientHello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['PROXY v1', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\nEHLO x\r\n'],
    ['PROXY v2', '\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c'],
  ]
  for (const role of ['mx', 'submission'] as const) {
    await using target = await SmtpTarget.open({ role })
    for (const [name, octets] of openings) {
      await using connection = await target.raw()
      assert.match(await connection.readLine(), /^220 /)
      await connection.write(octets)
      const codes = await codesToEnd(connection)
      assert.ok(codes.length <= 1 || name === 'PROXY v2', `${name}: ${codes}`)
      assert.ok(
        codes.every((code) => code >= 500),
        `${name}: ${codes}`,
      )
    }
  }
})

test('A13: a client that speaks before the greeting gets none', async () => {
  await using target = await SmtpTarget.open({ greetDelayMs: 300 })
  await using connection = await target.raw()
  await connection.write('EHLO c.test\r\n')
  assert.deepEqual(await codesToEnd(connection), [554])
  assert.match(
    target.fake.journal.notes[0] ?? '',
    /^SMTP protocol synchronization error \(input sent without waiting for greeting\): rejected connection from H=\[127\.0\.0\.1\]:\d+ I=\[127\.0\.0\.1\]:\d+ input="EHLO c\.test/,
  )
})

test('A13: nobody sends on before PIPELINING was offered', async () => {
  const cases: [sent: string, codes: readonly number[]][] = [
    ['EHLO c\r\nMAIL FROM:<a@ext.test>\r\n', [554]],
    ['HELO c\r\nMAIL FROM:<a@ext.test>\r\n', [554]],
    ['NOOP\r\nEHLO c\r\n', [554]],
  ]
  await using target = await SmtpTarget.open()
  for (const [sent, codes] of cases) {
    await using connection = await target.raw()
    await connection.readLine()
    await connection.write(sent)
    assert.deepEqual(await codesToEnd(connection), codes, sent)
  }
  await using connection = await target.raw()
  await connection.readLine()
  await connection.write('HELO c\r\n')
  await connection.readLine()
  await connection.write('MAIL FROM:<a@ext.test>\r\nRCPT TO:<jane@ours.test>\r\n')
  assert.deepEqual(await codesToEnd(connection), [554])
  assert.match(target.fake.journal.notes.at(-1) ?? '', /pipelining was not advertised/)
})

test('A14: content that comes before the 354 is not content', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.client()
  await client.connection.write(
    'MAIL FROM:<a@ext.test>\r\nRCPT TO:<jane@ours.test>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n',
  )
  assert.deepEqual(await codesToEnd(client.connection), [250, 250, 554])
  assert.equal(target.fake.delivery.opened, 0)
})

test('A15: a thousand recipients in one segment, then the end: all answers in order, no message', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.client()
  const rcpt = 'RCPT TO:<jane@ours.test>\r\n'
  await client.connection.write(`MAIL FROM:<a@ext.test>\r\n${rcpt.repeat(1000)}`)
  client.connection.socket.end()
  const codes = await codesToEnd(client.connection)
  assert.equal(codes.length, 1001)
  assert.ok(codes.slice(0, 201).every((code) => code === 250))
  assert.ok(codes.slice(201).every((code) => code === 452))
  assert.equal(target.stored.length, 0)
})

test('A16: UTF-8 in the envelope without SMTPUTF8 is 553 and does no damage', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.client()
  const utf8 = (text: string) => Buffer.from(text).toString('latin1')
  await client.say(utf8('MAIL FROM:<josé@ext.test>'), 553)
  await client.say('MAIL FROM:<a@ext.test>', 250)
  await client.say(utf8('RCPT TO:<josé@ours.test>'), 553)
  await client.say(utf8('VRFY josé'), 252)
  await client.say('DATA', 503)
  await client.say('RSET', 250)
  await client.say(utf8('MAIL FROM:<josé@bücher.test> BODY=8BITMIME SMTPUTF8'), 250)
  await client.say(utf8('RCPT TO:<jäne@ours.test>'), 550)
  await client.say('RCPT TO:<jane@ours.test>', 250)
  assert.equal((await client.data(Buffer.from('Subject: é\r\n\r\n'))).code, 250)
  assert.equal(target.fake.delivery.accepted[0]?.submission.facts.from, 'josé@bücher.test')
})

test('a half-closed connection still gets its reply to a complete message', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.envelope()
  await client.say('DATA', 354)
  await client.connection.write('Subject: x\r\n\r\nx\r\n.\r\n')
  client.connection.socket.end()
  await once(client.connection.socket, 'end')
  await sleep(5)
  assert.equal(target.stored.length, 1)
})
