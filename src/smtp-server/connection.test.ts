import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import { DEFAULT_LIMITS } from '../base/limits.ts'
import { acceptSmtp } from './accept.ts'
import { fakeServer } from './testing/fakes.ts'
import { FakeStream } from '../net/testing/fake-stream.ts'
import { codesOf, Talk } from './testing/talk.ts'

const ENVELOPE = ['EHLO c.test', 'MAIL FROM:<a@ext.test>', 'RCPT TO:<jane@ours.test>'] as const
const MESSAGE = 'Subject: hello\r\n\r\ntext\r\n'

test('a message is stored as it came, with one Received field above', async () => {
  const { options, delivery } = fakeServer()
  const talk = await Talk.begin(options)
  assert.equal(talk.stream.take(), '220 mx.ours.test ESMTP Waybill\r\n')
  await talk.codes(...ENVELOPE, 'DATA')
  const answer = await talk.say('Subject: x\r\n\r\n..dot\r\n.\r\n')
  assert.equal(answer, '250 2.0.0 OK id=1vnYk2-00000000BQ5-0000\r\n')
  const [accepted] = delivery.accepted
  const received =
    /^Received: from c\.test \(\[192\.0\.2\.3\]\)\r\n\tby mx\.ours\.test with ESMTP\r\n\tid 1vnYk2-00000000BQ5-0000\r\n\tfor <jane@ours\.test>;\r\n\t[^\r]*\r\n/
  assert.match(accepted?.text ?? '', received)
  assert.equal(accepted?.text.replace(received, ''), 'Subject: x\r\n\r\n.dot\r\n')
  assert.equal(delivery.disposed, 0)
  assert.deepEqual(accepted?.submission.facts, {
    id: '1vnYk2-00000000BQ5-0000',
    from: 'a@ext.test',
    host: { name: null, helo: 'c.test', address: '192.0.2.3', port: 50214 },
    local: { address: '192.0.2.1', port: 25 },
    user: null,
    protocol: 'esmtp',
    tls: null,
    authenticator: null,
    login: null,
  })
})

test('RFC 6152 §3: octets above 127 are stored as they came', async () => {
  const { options, delivery } = fakeServer()
  const talk = await Talk.begin(options)
  const mail = 'MAIL FROM:<a@ext.test> BODY=8BITMIME'
  assert.deepEqual(
    await talk.codes('EHLO c.test', mail, ENVELOPE.at(-1) ?? '', 'DATA'),
    [250, 250, 250, 354],
  )
  await talk.say('\r\nGr\xfc\xdfe \xc3\xa9\xff\r\n.\r\n')
  assert.match(delivery.accepted[0]?.text ?? '', /\r\n\r\nGr\xfc\xdfe \xc3\xa9\xff\r\n$/)
})

test('with several recipients none is named in Received', async () => {
  const { options, delivery } = fakeServer()
  const talk = await Talk.begin(options)
  await talk.codes(...ENVELOPE, 'RCPT TO:<bob@ours.test>', 'DATA')
  await talk.say(`${MESSAGE}.\r\n`)
  assert.doesNotMatch(delivery.accepted[0]?.text ?? '', /for </)
  assert.equal(delivery.accepted[0]?.submission.recipients.length, 2)
})

test('what one segment asks is answered in one write', async () => {
  const { options } = fakeServer()
  const talk = await Talk.begin(options)
  await talk.codes('EHLO c.test')
  const before = talk.stream.writes
  const group =
    'MAIL FROM:<a@ext.test>\r\nRCPT TO:<jane@ours.test>\r\nRCPT TO:<no@ours.test>\r\nDATA\r\n'
  assert.deepEqual(codesOf(await talk.say(group)), [250, 250, 550, 354])
  assert.equal(talk.stream.writes, before + 1)
})

test('RFC 2920 §3.1: the next transaction may follow the final dot at once', async () => {
  const { options, delivery } = fakeServer()
  const talk = await Talk.begin(options)
  await talk.codes(...ENVELOPE, 'DATA')
  const rest = 'MAIL FROM:<b@ext.test>\r\nRCPT TO:<bob@ours.test>\r\nDATA\r\n'
  assert.deepEqual(codesOf(await talk.say(`${MESSAGE}.\r\n${rest}`)), [250, 250, 250, 354])
  assert.deepEqual(codesOf(await talk.say(`${MESSAGE}.\r\nQUIT\r\n`)), [250, 221])
  assert.equal(delivery.accepted.length, 2)
})

test('RFC 3207 §4, RFC 4954 §3: STARTTLS is offered before TLS, AUTH after it and to users only', async () => {
  const words = async (role: 'mx' | 'submission', tls: boolean) => {
    const talk = await Talk.begin(fakeServer({ role }).options, new FakeStream({ tls }))
    const text = await talk.say('EHLO c\r\n')
    return ['STARTTLS', 'AUTH PLAIN LOGIN SCRAM-SHA-256'].filter((word) => text.includes(word))
  }
  assert.deepEqual(await words('mx', false), ['STARTTLS'])
  assert.deepEqual(await words('mx', true), [])
  assert.deepEqual(await words('submission', false), ['STARTTLS'])
  assert.deepEqual(await words('submission', true), ['AUTH PLAIN LOGIN SCRAM-SHA-256'])
})

test('RFC 3461 §3, RFC 8689 §2: DSN is offered, REQUIRETLS over TLS only; both go to delivery', async () => {
  const mail = 'MAIL FROM:<a@ext.test> RET=HDRS ENVID=QQ1 REQUIRETLS'
  const rcpt = 'RCPT TO:<jane@ours.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;j@ext.test'
  const plain = await Talk.begin(fakeServer().options)
  assert.doesNotMatch(await plain.say('EHLO c\r\n'), /REQUIRETLS/)
  assert.deepEqual(await plain.codes(mail), [530])
  const { options, delivery } = fakeServer()
  const talk = await Talk.begin(options, new FakeStream({ tls: true }))
  assert.match(await talk.say('EHLO c\r\n'), /^250-DSN\r\n250-REQUIRETLS\r\n/m)
  assert.deepEqual(await talk.codes(mail, rcpt, 'DATA', 'Subject: x\r\n\r\nHi\r\n.'), [
    ...[250, 250, 354, 250],
  ])
  const { wishes, recipients } = delivery.accepted[0]?.submission ?? assert.fail('nothing came')
  const envelopeId = 'QQ1'
  assert.deepEqual(wishes, { ret: 'HDRS', envelopeId, smtputf8: false, requireTls: true })
  assert.deepEqual(
    recipients.map(({ notify, original }) => [notify, original]),
    [['SUCCESS,FAILURE', 'rfc822;j@ext.test']],
  )
})

test('RFC 9422 §4: EHLO says how many messages and recipients are taken', async () => {
  const limits = { maxMessagesPerConnection: 7, maxRecipientsStranger: 200 }
  const talk = await Talk.begin(fakeServer({}, limits).options)
  assert.match(await talk.say('EHLO c\r\n'), /^250 LIMITS MAILMAX=7 RCPTMAX=200\r\n/m)
})

test('delivery that fails is told by its kind, and nothing of the transaction is left', async () => {
  const cases: [failure: Error, code: number][] = [
    [new Refusal('storageFull'), 452],
    [new Refusal('storageFailed'), 451],
    [new Refusal('overQuota'), 552],
    [new Error('SQLITE_CORRUPT'), 451],
  ]
  for (const [failure, code] of cases) {
    const { options, delivery, journal, faults } = fakeServer()
    const talk = await Talk.begin(options)
    await talk.codes(...ENVELOPE, 'DATA')
    delivery.failure = failure
    assert.deepEqual(codesOf(await talk.say(`${MESSAGE}.\r\n`)), [code], failure.message)
    assert.deepEqual(
      await talk.codes('RCPT TO:<jane@ours.test>', 'DATA', 'BDAT 0 LAST'),
      [503, 503, 503],
    )
    assert.equal(delivery.disposed, 1)
    const told = failure instanceof Refusal && failure.reason !== 'storageFailed' ? 0 : 1
    assert.equal(faults.length, told)
    const rejected = journal.events.find((event) => event.type === 'rejected')
    assert.equal(rejected?.phase, 'after DATA')
    assert.equal(rejected?.temporary, code < 500)
    assert.deepEqual(rejected?.headers, ['Subject: hello'])
  }
})

test('recipients, by where they lead', async () => {
  const cases: [path: string, reply: RegExp][] = [
    ['<jane@ours.test>', /^250 2\.1\.5 /],
    ['<JANE+tag@OURS.test>', /^250 /],
    ['<team@ours.test>', /^250 /],
    ['<blackhole@ours.test>', /^250 /],
    ['<postmaster>', /^250 /],
    ['<nobody@ours.test>', /^550 5\.1\.1 /],
    ['<disabled@ours.test>', /^550 5\.2\.1 /],
    ['<full@ours.test>', /^552 5\.2\.2 /],
    ['<fail@ours.test>', /^550 5\.7\.1 she has moved to there\.example/],
    ['<jane@ext.test>', /^550 5\.7\.1 relay not permitted/],
    ['<jane@[192.0.2.1]>', /^550 5\.7\.1 relay not permitted/],
  ]
  const talk = await Talk.begin(fakeServer().options)
  await talk.codes('EHLO c', 'MAIL FROM:<>')
  for (const [path, reply] of cases)
    assert.match(await talk.say(`RCPT TO:${path}\r\n`), reply, path)
})

test('the disk guard refuses at MAIL', async () => {
  const { options, delivery } = fakeServer()
  delivery.full = new Refusal('storageFull')
  const talk = await Talk.begin(options)
  assert.deepEqual(await talk.codes('EHLO c', 'MAIL FROM:<a@ext.test>'), [250, 452])
})

test('RFC 1870 §6.1: SIZE beyond the limit is 552 at MAIL; a message beyond it is 552 at its end', async () => {
  const message = { ...DEFAULT_LIMITS.message, maxOctets: 1000 }
  const { options, delivery } = fakeServer({ limits: { ...DEFAULT_LIMITS, message } })
  const talk = await Talk.begin(options)
  assert.deepEqual(await talk.codes('EHLO c', 'MAIL FROM:<> SIZE=1001'), [250, 552])
  await talk.codes(...ENVELOPE.slice(1), 'DATA')
  assert.equal(await talk.say(`${MESSAGE}${'x'.repeat(600)}\r\n${'y'.repeat(600)}`), '')
  assert.match(await talk.say('\r\n.\r\n'), /^552 5\.3\.4 /)
  assert.equal(delivery.accepted.length, 0)
  assert.equal(delivery.disposed, 1)
  assert.deepEqual(await talk.codes('NOOP'), [250])
})

test('a message far beyond the limit is not read to its end', async () => {
  const message = { ...DEFAULT_LIMITS.message, maxOctets: 1000 }
  const { options, delivery } = fakeServer({ limits: { ...DEFAULT_LIMITS, message } })
  const talk = await Talk.begin(options)
  await talk.codes(...ENVELOPE, 'DATA')
  assert.match(await talk.say('x'.repeat(1501)), /^552 5\.3\.4 /)
  assert.ok(talk.stream.closed)
  assert.equal(delivery.disposed, 1)
})

test('a header that is too big, and mail that travels in circles', async () => {
  const message = { ...DEFAULT_LIMITS.message, maxHeaderOctets: 5000 }
  const { options } = fakeServer({ limits: { ...DEFAULT_LIMITS, message } })
  const talk = await Talk.begin(options)
  await talk.codes(...ENVELOPE, 'DATA')
  assert.match(await talk.say(`${'X: y\r\n'.repeat(1000)}\r\n.\r\n`), /^552 5\.3\.4 /)
  await talk.codes(...ENVELOPE.slice(1), 'DATA')
  assert.match(await talk.say(`${'Received: x\r\n'.repeat(51)}\r\n.\r\n`), /^554 5\.4\.6 /)
  await talk.codes(...ENVELOPE.slice(1), 'DATA')
  assert.match(await talk.say(`${'Received: x\r\n'.repeat(50)}\r\n.\r\n`), /^250 /)
})

test('messages without body, without header, without anything', async () => {
  const { options, delivery } = fakeServer()
  const talk = await Talk.begin(options)
  await talk.codes('EHLO c')
  for (const text of ['Subject: x\r\n', '\r\nbody\r\n', '', 'no header\r\n', '\r\n']) {
    await talk.codes(...ENVELOPE.slice(1), 'DATA')
    assert.match(await talk.say(`${text}.\r\n`), /^250 /)
    const stored = delivery.accepted.at(-1)?.text ?? ''
    assert.equal(stored.slice(stored.indexOf('+0000\r\n') + 7), text)
  }
})

test('a header in many pieces is put together', async () => {
  const { options, delivery } = fakeServer()
  const talk = await Talk.begin(options)
  await talk.codes(...ENVELOPE, 'DATA')
  const text = `Subject: ${'long '.repeat(2000)}\r\nFrom: x\r\n\r\n..body\r\n.\r\n`
  for (let at = 0; at < text.length; at += 7) talk.stream.send(text.slice(at, at + 7))
  await talk.settled()
  assert.match(talk.stream.take(), /^250 /)
  const stored = delivery.accepted[0]?.text ?? ''
  assert.equal(stored.slice(stored.indexOf('Subject:')), text.slice(0, -3).replace('..', '.'))
})

test('chunks become one message; their replies count octets', async () => {
  const { options, delivery } = fakeServer()
  const talk = await Talk.begin(options)
  await talk.codes(...ENVELOPE)
  assert.equal(await talk.say('BDAT 12\r\nSubject: x\r\n'), '250 2.0.0 12 octets received\r\n')
  assert.deepEqual(
    codesOf(await talk.say('BDAT 4\r\n\r\n.\rBDAT 3 LAST\r\n\n.\r\nQUIT')),
    [250, 550],
  )
  assert.equal(delivery.accepted.length, 0)
})

test('RFC 3030 §2: chunks and the end in one segment', async () => {
  const { options, delivery } = fakeServer()
  const talk = await Talk.begin(options)
  await talk.codes('EHLO c')
  const group =
    'MAIL FROM:<>\r\nRCPT TO:<jane@ours.test>\r\nBDAT 14\r\nSubject: x\r\n\r\nBDAT 3 LAST\r\n.\r\nQUIT\r\n'
  assert.deepEqual(codesOf(await talk.say(group)), [250, 250, 250, 250, 221])
  assert.match(delivery.accepted[0]?.text ?? '', /Subject: x\r\n\r\n\.\r\n$/)
})

test('limits of one connection: messages, octets, errors, unknown and idle commands', async () => {
  const messages = await Talk.begin(fakeServer({}, { maxMessagesPerConnection: 1 }).options)
  await messages.codes(...ENVELOPE, 'DATA')
  await messages.say(`${MESSAGE}.\r\n`)
  assert.deepEqual(await messages.codes('MAIL FROM:<>'), [421])

  const octets = await Talk.begin(fakeServer({}, { maxOctetsPerConnection: 10 }).options)
  await octets.codes(...ENVELOPE, 'DATA')
  await octets.say(`${MESSAGE}.\r\n`)
  assert.deepEqual(await octets.codes('MAIL FROM:<>'), [421])

  const errors = await Talk.begin(fakeServer({}, { hardErrors: 3 }).options)
  assert.deepEqual(await errors.codes('DATA', 'RCPT TO:<x>', 'DATA'), [503, 501, 503, 421])
  assert.ok(errors.stream.closed)

  const unknown = await Talk.begin(fakeServer({}, { maxUnknownCommands: 1 }).options)
  assert.deepEqual(await unknown.codes('XYZZY', 'XYZZY'), [500, 500, 421])

  const idle = await Talk.begin(fakeServer({}, { maxIdleCommands: 2, hardErrors: 2 }).options)
  assert.deepEqual(await idle.codes('NOOP', 'RSET', 'NOOP', 'VRFY x'), [250, 250, 250, 252, 421])
})

test('what one network sends in a minute is limited, by however many connections', async () => {
  for (const limit of [
    { maxMessagesPerMinutePerNet: [2, 3, 3] },
    { maxOctetsPerMinutePerNet: [2 * MESSAGE.length - 2, 1000, 1000] },
  ] as const) {
    const clock = new ManualClock(1_000_000)
    const { options, journal } = fakeServer({ clock }, limit)
    const accept = acceptSmtp(options)
    const send = async (stream = new FakeStream()) => {
      const talk = await Talk.over(accept, stream)
      const codes = await talk.codes('EHLO c', 'MAIL FROM:<>', 'RCPT TO:<jane@ours.test>', 'DATA')
      return codes.length < 4 ? codes : [...codes, ...codesOf(await talk.say(`${MESSAGE}.\r\n`))]
    }
    for (let sent = 0; sent < 2; sent++) assert.deepEqual(await send(), [250, 250, 250, 354, 250])
    assert.deepEqual(await send(), [250, 421], JSON.stringify(limit))
    assert.match(journal.notes.at(-1) ?? '', /too much mail from this network/)
    assert.equal((await send(new FakeStream({ address: '198.51.100.9' }))).length, 5)
    assert.equal((await send(new FakeStream({ address: '127.0.0.1' }))).length, 5)
    clock.advance(60_000)
    assert.equal((await send()).length, 5)
  }
})

test('a message that comes too slowly is cut off', async () => {
  const clock = new ManualClock(1_000_000)
  const { options, delivery } = fakeServer({ clock }, { minDataRate: 500 })
  const talk = await Talk.begin(options)
  await talk.codes(...ENVELOPE, 'DATA')
  clock.advance(9000)
  assert.equal(await talk.say('Subject: x\r\n'), '', 'slow start is no slowness')
  clock.advance(11_000)
  assert.equal(await talk.say('x'.repeat(10_000)), '', '500 octets a second')
  clock.advance(1000)
  assert.match(await talk.say('x'), /^421 4\.4\.2 You send too slowly/)
  assert.ok(talk.stream.closed)
  assert.equal(delivery.accepted.length, 0)
})

test('errors beyond the soft limit are answered late', async () => {
  const clock = new ManualClock(1_000_000)
  const { options } = fakeServer({ clock }, { softErrors: 1, errorDelayMs: 1000 })
  const talk = await Talk.begin(options)
  assert.deepEqual(await talk.codes('DATA', 'DATA'), [503])
  clock.advance(999)
  assert.equal(talk.stream.take(), '')
  clock.advance(1)
  assert.match(talk.stream.take(), /^503 /)
  assert.deepEqual(await talk.codes('NOOP'), [250])
})

test('time limits: no message for long, a slow message, an idle client', async () => {
  const clock = new ManualClock(1_000_000)
  const lazy = await Talk.begin(fakeServer({ clock }).options)
  await lazy.codes('EHLO c')
  clock.advance(DEFAULT_LIMITS.smtp.sessionTimeoutMs)
  assert.match(lazy.stream.take(), /^421 4\.4\.2 /)

  const { options, journal, delivery } = fakeServer({ clock })
  const slow = await Talk.begin(options)
  await slow.codes(...ENVELOPE, 'DATA')
  slow.stream.send('x')
  clock.advance(11_000)
  assert.match(await slow.say('x'), /^421 4\.4\.2 /)
  assert.equal(delivery.disposed, 1)
  assert.ok(journal.events.some((event) => event.type === 'rejected'))

  const idle = fakeServer({ clock })
  const talk = await Talk.begin(idle.options)
  assert.equal(talk.stream.idleMs, 60_000)
  await talk.codes('EHLO c')
  assert.equal(talk.stream.idleMs, 300_000)
  talk.stream.expire()
  assert.match(talk.stream.take(), /^421 4\.4\.2 /)
  assert.match(
    idle.journal.notes[0] ?? '',
    /^SMTP command timeout on connection from \(c\) \[192\.0\.2\.3\]:50214 D=\d+s$/,
  )
})

test('a stop waits for the message in hand, and for nothing else', async () => {
  const { options, delivery } = fakeServer()
  const idle = await Talk.begin(options)
  idle.stream.take()
  await idle.codes(...ENVELOPE)
  idle.stream.stop()
  assert.match(idle.stream.take(), /^421 4\.3\.2 /)

  const busy = await Talk.begin(options)
  await busy.codes(...ENVELOPE, 'DATA')
  busy.stream.stop()
  assert.equal(busy.stream.take(), '')
  assert.deepEqual(codesOf(await busy.say(`${MESSAGE}.\r\n`)), [250, 421])
  assert.ok(busy.stream.closed)
  assert.equal(delivery.accepted.length, 1)
})

test('a connection that breaks leaves no message and one line in the log', async () => {
  const { options, delivery, journal } = fakeServer()
  const talk = await Talk.begin(options)
  await talk.codes(...ENVELOPE, 'DATA')
  talk.stream.send(MESSAGE)
  talk.stream.halfClose()
  await talk.settled()
  assert.equal(delivery.accepted.length, 0)
  assert.equal(delivery.disposed, 1)
  assert.match(
    journal.notes[0] ?? '',
    /^SMTP connection from \(c\.test\) \[192\.0\.2\.3\]:50214 lost while reading message data D=\d+s$/,
  )
})

test('a probe that connects and says nothing is not worth a line', async () => {
  const { options, journal } = fakeServer()
  const talk = await Talk.begin(options)
  talk.stream.halfClose()
  assert.deepEqual(journal.events, [])
  assert.ok(talk.stream.closed)
})

test('our own bug ends the connection politely and is reported', async () => {
  const { options, faults } = fakeServer()
  const broken: typeof options = {
    ...options,
    delivery: Object.assign(Object.create(options.delivery), {
      openBody() {
        throw new Error('no more file descriptors')
      },
    }),
  }
  const talk = await Talk.begin(broken)
  assert.deepEqual(await talk.codes(...ENVELOPE, 'DATA'), [250, 250, 250, 451])
  assert.equal(faults.length, 1)
  assert.ok(talk.stream.closed)
})

test('a client that never waits is slowed down, not buffered without end', async () => {
  const { options } = fakeServer({}, { softErrors: 0, errorDelayMs: 10_000 })
  const talk = await Talk.begin(options)
  talk.stream.send('DATA\r\n')
  for (let i = 0; i < 9; i++) talk.stream.send('x'.repeat(8192))
  assert.ok(talk.stream.paused)
  talk.stream.halfClose()
})

test('a nearly full server waits only briefly for a silent client', async () => {
  let stressed = false
  const stream = new FakeStream()
  const talk = await Talk.begin(fakeServer({ isStressed: () => stressed }).options, stream)
  await talk.codes('EHLO c')
  assert.equal(stream.idleMs, 300_000)
  stressed = true
  await talk.codes('NOOP')
  assert.equal(stream.idleMs, 10_000)
  stressed = false
  await talk.codes('NOOP')
  assert.equal(stream.idleMs, 300_000)
})
