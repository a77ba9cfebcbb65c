import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readReport } from '../syntax/dsn/report.ts'
import {
  composeNotice,
  lostBounceText,
  type NoticeContext,
  type NoticeMessage,
  type NoticeRecipient,
  type Place,
  noticeAction,
} from './notices.ts'
import {
  CONTEXT,
  DELIVERED,
  MAILBOX_FULL,
  MESSAGE,
  ORIGINAL,
  told,
  UNKNOWN_USER,
} from './testing/notice-samples.ts'
import type { DestinationName } from './types.ts'

interface Given {
  readonly message?: Partial<NoticeMessage>
  readonly context?: Partial<NoticeContext>
  readonly place?: Place
}

function compose(recipients: readonly NoticeRecipient[], given: Given = {}) {
  const message = { ...MESSAGE, ...given.message }
  const context = { ...CONTEXT, ...given.context }
  const { place = 'elsewhere' } = given
  const placed = recipients.map((one) => ({ ...one, place }))
  return composeNotice(message, placed, context)
}

function written(recipients: readonly NoticeRecipient[], given: Given = {}): string {
  const notice = compose(recipients, given) ?? assert.fail('no notice')
  return Buffer.from(notice.octets).toString('latin1')
}

/** The lines between two blank boundaries, without what is made of hashes. */
function parts(text: string): readonly string[] {
  const boundary = /boundary="([^"]+)"/.exec(text)?.[1] ?? assert.fail('no boundary')
  return text.replace(/ boundary="[^"]+"/, ' boundary="B"').split(`--${boundary}`)
}

test('RFC 3461 §4.1: who is told of what', () => {
  const cases: [notify: string | null, told: readonly (string | null)[]][] = [
    // failed, waits, delivered here, delivered elsewhere, there with notices
    [null, ['failed', 'delayed', null, null, null]],
    ['NEVER', [null, null, null, null, null]],
    ['FAILURE', ['failed', null, null, null, null]],
    ['DELAY', [null, 'delayed', null, null, null]],
    ['SUCCESS', [null, null, 'delivered', 'relayed', null]],
    ['SUCCESS,FAILURE,DELAY', ['failed', 'delayed', 'delivered', 'relayed', null]],
  ]
  for (const [notify, expected] of cases) {
    const got = [
      noticeAction(notify, UNKNOWN_USER),
      noticeAction(notify, MAILBOX_FULL),
      noticeAction(notify, DELIVERED, 'here'),
      noticeAction(notify, DELIVERED),
      noticeAction(notify, { ...DELIVERED, relaysNotices: true }),
    ]
    assert.deepEqual(got, expected, notify ?? 'not said')
    assert.equal(noticeAction(notify, { ...DELIVERED, kind: 'cancelled' }), null)
  }
})

test('RFC 3464, RFC 6522 §3: a failure, whole', () => {
  const recipient = told(UNKNOWN_USER, { original: 'rfc822;Bob@there.example' })
  const text = written([recipient], { message: { envelopeId: 'QQ+2B1' } })
  const [head, prose, status, original, end] = parts(text)
  assert.equal(
    head,
    [
      'From: Mail Delivery System <mailer-daemon@mail.ours.test>',
      'To: <jane@ours.test>',
      'Subject: Undelivered mail: bob@there.example',
      'Date: Sat, 21 Nov 2026 09:00:01 +0000',
      'Message-ID: <1vnYk2-00000000002-1EaB@mail.ours.test>',
      'In-Reply-To: <m1@ours.test>',
      'References: <m1@ours.test>',
      'Auto-Submitted: auto-replied',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status;',
      ' boundary="B"',
      '',
      '',
    ].join('\r\n'),
  )
  assert.match(prose ?? '', /^\r\nContent-Type: text\/plain; charset=utf-8\r\n/)
  assert.match(
    prose ?? '',
    /Your message could not be delivered to\r\n\r\n {2}<bob@there\.example>/,
  )
  assert.match(
    prose ?? '',
    / {4}mx\.there\.example said after RCPT TO:<bob@there\.example>:\r\n {6}550 5\.1\.1 <bob@there\.example>: user unknown\r\n/,
  )
  assert.match(prose ?? '', /It is not tried again\.\r\n\r\nYour message is attached\.\r\n/)
  assert.equal(
    status,
    [
      '',
      'Content-Type: message/delivery-status',
      'Content-Description: Delivery report',
      'Content-Transfer-Encoding: 7bit',
      '',
      'Reporting-MTA: dns; mail.ours.test',
      'Original-Envelope-Id: QQ+1',
      'Arrival-Date: Sat, 21 Nov 2026 08:00:00 +0000',
      '',
      'Original-Recipient: rfc822; Bob@there.example',
      'Final-Recipient: rfc822; bob@there.example',
      'Action: failed',
      'Status: 5.1.1',
      'Remote-MTA: dns; mx.there.example',
      'Diagnostic-Code: smtp; 550 5.1.1 <bob@there.example>: user unknown',
      'Last-Attempt-Date: Sat, 21 Nov 2026 09:00:00 +0000',
      '',
      '',
    ].join('\r\n'),
  )
  assert.match(original ?? '', /^\r\nContent-Type: message\/rfc822\r\n/)
  assert.ok(original?.endsWith(`\r\n\r\n${ORIGINAL.toString()}\r\n`))
  assert.equal(end, '--\r\n')
})

test('our own reader reads every kind whole', () => {
  const about = {
    kind: 'bounce',
    reporter: 'mail.ours.test',
    arrivedMs: MESSAGE.arrivedMs,
    originalMessageId: 'm1@ours.test',
    originalSubject: 'Proposal',
  }
  const bob = { address: 'bob@there.example', originalAddress: null }
  const remoteHost = 'mx.there.example'
  const cases = [
    [
      told(UNKNOWN_USER),
      { action: 'failed', status: '5.1.1', code: 550, phase: 'rcpt' },
      '550 5.1.1 <bob@there.example>: user unknown',
    ],
    [
      told(MAILBOX_FULL),
      { action: 'delayed', status: '4.2.2', code: 452, phase: 'rcpt' },
      '452 4.2.2 Mailbox full',
    ],
    [
      told(DELIVERED, { notify: 'SUCCESS' }),
      { action: 'relayed', status: '2.0.0', code: null, phase: null },
      '250 2.0.0 Ok: queued as 4F2',
    ],
  ] as const
  for (const [recipient, facts, diagnostic] of cases) {
    const notice = compose([recipient]) ?? assert.fail('no notice')
    const recipients = [{ ...bob, ...facts, diagnostic, remoteHost }]
    assert.deepEqual(readReport(notice.octets), { ...about, recipients })
  }
  const here = compose([told(DELIVERED, { notify: 'SUCCESS' })], { place: 'here' })
  const [found] = readReport(here?.octets ?? Buffer.of()).recipients
  assert.deepEqual([found?.action, found?.status, found?.remoteHost], ['delivered', '2.0.0', null])
  const all = compose([told(DELIVERED, { notify: 'SUCCESS' })], { place: 'all' })
  assert.deepEqual(
    readReport(all?.octets ?? Buffer.of()).recipients.map(({ action }) => action),
    ['expanded'],
  )
})

test('several recipients of one message are told of in one notice', () => {
  const timeout = {
    ...UNKNOWN_USER,
    text: 'Connection timed out: retry timeout exceeded',
    status: '4.4.7',
    reply: null,
    host: { name: null, helo: null, address: '192.0.2.9', port: 25 },
  }
  const text = written([
    told(UNKNOWN_USER),
    told(timeout, { address: 'carol@else.example', parents: ['c@ours.test', 'team@ours.test'] }),
    told(UNKNOWN_USER, { address: 'quiet@there.example', notify: 'NEVER' }),
  ])
  assert.match(text, /^Subject: Undelivered mail: bob@there\.example and 1 other\r$/m)
  assert.match(text, /\(you wrote to <team@ours\.test>, which leads there\)/)
  assert.match(text, /It was tried again and again/)
  assert.match(text, /Diagnostic-Code: x-waybill; Connection timed out: retry timeout exceeded/)
  assert.doesNotMatch(text, /quiet@/)
  const { recipients } = readReport(Buffer.from(text, 'latin1'))
  assert.deepEqual(
    recipients.map((one) => [one.address, one.originalAddress, one.status, one.remoteHost]),
    [
      ['bob@there.example', null, '5.1.1', 'mx.there.example'],
      ['carol@else.example', 'team@ours.test', '4.4.7', '192.0.2.9'],
    ],
  )
})

test('a delay says until when, gives back the header only, and asks for nothing', () => {
  const text = written([told(MAILBOX_FULL)])
  assert.match(text, /^Subject: Mail delayed: bob@there\.example\r$/m)
  assert.match(text, /Tried next: Sat, 21 Nov 2026 13:00:00 \+0000\r\n/)
  assert.match(text, /You need not send it again/)
  assert.match(text, /^Will-Retry-Until: Thu, 26 Nov 2026 08:00:00 \+0000\r$/m)
  assert.match(text, /Content-Type: text\/rfc822-headers\r\n/)
  assert.doesNotMatch(text, /Hello Bob/)
})

test('RFC 3461 §4.3, RFC 8689 §5: when only the header comes back', () => {
  const large = Buffer.concat([ORIGINAL, Buffer.alloc(50_000, 'x\r\n')])
  const longLine = Buffer.concat([ORIGINAL, Buffer.alloc(1200, 'x')])
  const cases: [given: Given, isWhole: boolean][] = [
    [{}, true],
    [{ message: { ret: 'FULL' } }, true],
    [{ message: { ret: 'HDRS' } }, false],
    [{ message: { requireTls: true } }, false],
    [{ message: { sizeOctets: large.length }, context: { original: large } }, false],
    [{ message: { sizeOctets: longLine.length }, context: { original: longLine } }, false],
    [{ message: { sizeOctets: ORIGINAL.length + 1 } }, false],
  ]
  for (const [given, isWhole] of cases) {
    const text = written([told(UNKNOWN_USER)], given)
    assert.equal(/Hello Bob/.test(text), isWhole, JSON.stringify(given.message))
    assert.equal(/^Subject: Proposal\r$/m.test(text), true)
  }
  assert.equal(compose([told(UNKNOWN_USER)], { message: { requireTls: true } })?.requireTls, true)
})

test('RFC 5321 §6.1: nobody is told of a bounce; a person is', () => {
  assert.equal(compose([told(UNKNOWN_USER)], { message: { from: null } }), null)
  assert.equal(compose([told(UNKNOWN_USER, { notify: 'NEVER' })]), null)
  const text = lostBounceText(MESSAGE, told({ ...UNKNOWN_USER, text: '550 no\r\n\x1b[2Jsuch' }))
  assert.equal(
    text,
    '1vnYk2-00000000001-1EaB is a bounce that could not be delivered to bob@there.example, and is given up: 550 no [2Jsuch',
  )
})

test('RFC 6533: addresses in UTF-8', () => {
  const recipient = { address: '用户@xn--fsqu00a.example', original: 'utf-8;\\x{7528}@ours.test' }
  const text = written([told(UNKNOWN_USER, recipient)], { message: { smtputf8: true } })
  assert.match(text, /Content-Type: message\/global-delivery-status\r\n/)
  assert.match(text, /^Subject: =\?UTF-8\?B\?[A-Za-z0-9+/=]+\?=\r$/m)
  assert.ok(!/[^\r\n\x20-\x7e]/.test(text), 'all is ASCII')
  const plain = written([told(UNKNOWN_USER, recipient)])
  assert.match(plain, /Content-Type: message\/delivery-status\r\n/)
  assert.match(plain, /^Original-Recipient: utf-8; \\x\{7528\}@ours\.test\r$/m)
  assert.match(plain, /^Final-Recipient: utf-8; \\x\{7528\}\\x\{6237\}@xn--fsqu00a\.example\r$/m)
  const to = compose([told(UNKNOWN_USER)], { context: { sender: 'zoé@ours.test' } })
  assert.deepEqual([to?.smtputf8, to?.eightBit], [true, true])
})

test('what is not ASCII in the message comes back as it was', () => {
  const original = Buffer.from('Subject: gr\xfc\xdfe\r\n\r\n\xe9\r\n', 'latin1')
  const given = { message: { sizeOctets: original.length }, context: { original } }
  const whole = compose([told(UNKNOWN_USER)], given) ?? assert.fail('no notice')
  assert.deepEqual([whole.eightBit, whole.smtputf8], [true, false])
  assert.ok(Buffer.from(whole.octets).includes(original))
  const head = compose([told(MAILBOX_FULL)], given) ?? assert.fail('no notice')
  assert.equal(head.eightBit, false)
  assert.match(Buffer.from(head.octets).toString('latin1'), /Subject: gr=FC=DFe\r\n/)
})

test('a notice is sent for the address here that it is about: relays go by its domain', () => {
  const outcome = told(UNKNOWN_USER)
  const forwarded = { ...outcome.recipient, parents: ['team@here.example', 'all@b.example'] }
  const sentFor = (recipient: NoticeRecipient['recipient'], place: Place) =>
    composeNotice(MESSAGE, [{ ...outcome, recipient, place }], CONTEXT)?.sentFor
  assert.equal(sentFor(forwarded, 'elsewhere'), 'team@here.example')
  const mailbox = { ...outcome.recipient, address: 'bob@here.example', parents: [] }
  assert.equal(sentFor(mailbox, 'here'), 'bob@here.example')
  assert.equal(sentFor(mailbox, 'elsewhere'), CONTEXT.postmaster)
})

test('a notice does not say where this server keeps its files', () => {
  const text = 'the relay out: the key file /var/lib/waybill/key is missing'
  const outcome = { ...MAILBOX_FULL, reply: null, status: '4.3.5', host: null, text }
  const notice = composeNotice(MESSAGE, [told(outcome)], CONTEXT)
  assert.ok(notice !== null)
  const octets = Buffer.from(notice.octets).toString('latin1')
  assert.ok(!octets.includes('/var/lib'), octets)
  assert.match(octets, /the key file \(a file of this server\) is missing/)
})

test('a relay of ours that refuses us is not the fault of the recipient’s provider', () => {
  const said = '535 5.7.8 Error: authentication failed'
  const outcomes = [
    {
      text: `SMTP error from remote mail server after AUTH PLAIN: ${said}: retry timeout exceeded`,
      status: '4.7.8',
      reply: said,
    },
    { text: 'Connection timed out: retry timeout exceeded', status: '4.4.7', reply: null },
    {
      text: 'TLS session: (certificate verification failed): certificate has expired: retry timeout exceeded',
      status: '4.7.5',
      reply: null,
    },
  ]
  for (const outcome of outcomes) {
    const about = told({ ...UNKNOWN_USER, ...outcome })
    const text = (destination: string) =>
      proseOf(written([about], { message: { destination: destination as DestinationName } }))
    const relayed = text('relay:smart')
    assert.match(relayed, /(?:smarthost|relay)/, relayed)
    assert.match(relayed, /You cannot mend this yourself: .*<postmaster@ours\.test>/, relayed)
    assert.doesNotMatch(relayed, /recipient's mail provider|What the recipient|waybill|exim/i)
  }
  const direct = proseOf(written([told({ ...UNKNOWN_USER, ...outcomes[1] })]))
  assert.match(direct, /The other server does not answer in time\./)
})

test('what has failed is not said to wait, and to be tried again', () => {
  const busy = '451 4.3.2 try again later'
  const text = `SMTP error from remote mail server after RCPT TO:<bob@there.example>: ${busy}`
  const waits = { ...MAILBOX_FULL, text, reply: busy, status: '4.3.2' }
  const message = { destination: 'relay:smart' as DestinationName }
  const delayed = proseOf(written([told(waits)], { message }))
  assert.match(delayed, /has a fault\. The message waits and is tried again\./)
  const outcome = {
    kind: 'failed',
    status: '4.4.7',
    text: `${text}: retry timeout exceeded`,
  } as const
  const failed = proseOf(written([told({ ...waits, ...outcome })], { message }))
  assert.match(failed, /has a fault\.(?! The message)/)
  assert.match(failed, /It is not tried again\./)
})

test('mail that an administrator gave up is told of without commands of any server', () => {
  const outcome = {
    ...UNKNOWN_USER,
    ...{ text: 'delivery cancelled by administrator', status: '5.7.0', reply: null, host: null },
  }
  const text = proseOf(written([told(outcome)]))
  assert.match(text, /An administrator ended the delivery\./)
  assert.doesNotMatch(text, /exim|postsuper|`/i)
})

/** The part for people, each paragraph in one line. */
function proseOf(notice: string): string {
  return (parts(notice)[1] ?? '').replace(/\r\n {4}(?=\S)/g, ' ')
}
