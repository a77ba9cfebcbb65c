import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type DeliveryReport, type FailedRecipient, readReport } from './report.ts'

function read(message: string): DeliveryReport {
  return readReport(Buffer.from(message.replaceAll('\n', '\r\n'), 'utf8'))
}

/** A bounce in prose, from a mailer. */
function prose(body: string, subject = 'Undeliverable mail'): DeliveryReport {
  return read(
    `From: Mail Delivery System <mailer-daemon@mx.example>\nTo: jane@example.com\nSubject: ${subject}\n\n${body}`,
  )
}

function status(fields: string, human = 'See below.'): DeliveryReport {
  return read(`From: mailer-daemon@mx.example
Subject: failure notice
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

${human}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Fri, 20 Nov 2026 09:00:00 +0000

${fields}
--b
Content-Type: message/rfc822

Message-ID: <a1@example.com>
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=

x
--b--
`)
}

function only({ recipients }: DeliveryReport): FailedRecipient {
  assert.equal(recipients.length, 1)
  return recipients[0] ?? assert.fail()
}

test('a delivery status notification: every field, and the message it is about', () => {
  const report = status(`Original-Recipient: rfc822; team@example.net
Final-Recipient: rfc822; bob@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; MX.example.net
Diagnostic-Code: smtp; 550 5.1.1 <bob@example.net>: Recipient address
 rejected: User unknown
`)
  assert.deepEqual(report, {
    kind: 'bounce',
    reporter: 'mx.example',
    arrivedMs: Date.UTC(2026, 10, 20, 9),
    originalMessageId: 'a1@example.com',
    originalSubject: 'Grüße',
    recipients: [
      {
        address: 'bob@example.net',
        originalAddress: 'team@example.net',
        action: 'failed',
        status: '5.1.1',
        code: 550,
        diagnostic: '550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown',
        remoteHost: 'mx.example.net',
        phase: null,
      },
    ],
  })
})

test('several recipients, each with its own fate', () => {
  const { recipients } = status(`Final-Recipient: rfc822; a@x.example
Action: delayed
Status: 4.4.1

Final-Recipient: RFC822; <b@x.example>
Action: Delivered
Status: 2.0.0

Final-Recipient: rfc822; c@x.example
Action: failed
Status: 5.0.0
Diagnostic-Code: smtp;552-5.2.2 The account is over quota
`)
  assert.deepEqual(
    recipients.map(({ address, action, status: code }) => [address, action, code]),
    [
      ['a@x.example', 'delayed', '4.4.1'],
      ['b@x.example', 'delivered', '2.0.0'],
      // The words are more precise than the field.
      ['c@x.example', 'failed', '5.2.2'],
    ],
  )
})

test('where the field says nothing, the words for people do', () => {
  const { diagnostic, code } = only(
    status(
      'Final-Recipient: rfc822; bob@x.example\nAction: failed\nStatus: 5.0.0\n',
      '<bob@x.example>: host mx.x.example[192.0.2.9] said: 550 No such user here (in reply to RCPT TO command)',
    ),
  )
  assert.match(diagnostic ?? '', /No such user here/)
  assert.equal(code, 550)
})

const COPY =
  '\n------ This is a copy of the message, including all the headers. ------\n\nReturn-path: <jane@example.com>\nTo: carol@example.org\n'

const mailers: readonly (readonly [
  name: string,
  body: string,
  recipients: readonly (readonly [address: string, code: number | null, words: RegExp])[],
])[] = [
  [
    'Exim',
    `This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  bob@example.net
    host mx.example.net [192.0.2.9]
    SMTP error from remote mail server after RCPT TO:<bob@example.net>:
    550 5.1.1 User unknown
  carol@example.org
    retry timeout exceeded
${COPY}`,
    [
      ['bob@example.net', 550, /^host mx\.example\.net .*User unknown$/],
      ['carol@example.org', null, /^retry timeout exceeded/],
    ],
  ],
  [
    'Postfix',
    `This is the mail system at host mx.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<bob@example.net>: host mx.example.net[192.0.2.9] said: 552 5.2.2 Mailbox
    full (in reply to RCPT TO command)
`,
    [['bob@example.net', 552, /Mailbox full/]],
  ],
  [
    'qmail',
    `Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<bob@example.net>:
192.0.2.9 does not like recipient.
Remote host said: 550 unknown user
Giving up on 192.0.2.9.

--- Below this line is a copy of the message.

To: carol@example.org
`,
    [['bob@example.net', 550, /does not like recipient/]],
  ],
  [
    'sendmail',
    `The original message was received at Fri, 20 Nov 2026 09:00:00 GMT
from localhost [127.0.0.1]

   ----- The following addresses had permanent fatal errors -----
<bob@example.net>
    (reason: 550 Host unknown)

   ----- Transcript of session follows -----
550 5.1.2 <bob@example.net>... Host unknown (Name server: example.net: host not found)
`,
    [['bob@example.net', 550, /Host unknown/]],
  ],
  [
    'Exchange',
    `Your message

  To:      team@example.com
  Subject: Hello

did not reach the following recipient(s):

bob@example.net on Fri, 20 Nov 2026 09:00:00 -0000
    The recipient name is not recognized
`,
    [['bob@example.net', null, /recipient name is not recognized/]],
  ],
  [
    'an address in a sentence',
    'Sorry, unable to deliver your message to bob@example.net for the following reason:\n\n552 Quota violation\n',
    [['bob@example.net', 552, /Quota violation/]],
  ],
  [
    'the reason before the address',
    'Your message could not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected:\n    bob@example.net\n',
    [['bob@example.net', 550, /User unknown/]],
  ],
]

for (const [name, body, expected] of mailers)
  test(`a bounce in prose: ${name}`, () => {
    const { kind, recipients } = prose(body)
    assert.equal(kind, 'bounce')
    assert.deepEqual(
      recipients.map(({ address, code }) => [address, code]),
      expected.map(([address, code]) => [address, code]),
    )
    for (const [index, [, , words]] of expected.entries())
      assert.match(recipients[index]?.diagnostic ?? '', words)
  })

test('a delay is no failure', () => {
  const { action } = only(
    prose(
      'A message that you sent has not yet been delivered to one or more of its recipients\nafter more than 24 hours on the queue.\n\n  bob@example.net\n    host mx [192.0.2.9]: Connection timed out\n\nNo action is required on your part. Delivery attempts will continue.\n',
      'Warning: message delayed 24 hours',
    ),
  )
  assert.equal(action, 'delayed')
})

test('fields of a report whose boundaries are lost are found in the text', () => {
  const message = `From: MAILER-DAEMON@mx.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status

This is the mail system at host mx.example.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; bob@example.net
Action: failed
Status: 5.4.4

--x
`
  assert.deepEqual(
    read(message).recipients.map(({ address, status: code }) => [address, code]),
    [['bob@example.net', '5.4.4']],
  )
})

test('X-Failed-Recipients names whom the text does not', () => {
  const message =
    'From: x@mx.example\nX-Failed-Recipients: bob@example.net\nSubject: Hello\n\nIt was full.\n'
  assert.equal(only(read(message)).address, 'bob@example.net')
})

const others: readonly (readonly [kind: DeliveryReport['kind'], message: string])[] = [
  [
    'complaint',
    'From: fbl@example.net\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--b--\n',
  ],
  [
    'autoReply',
    'From: bob@example.net\nAuto-Submitted: auto-replied\nSubject: Re: Hello\n\nI am away.\n',
  ],
  [
    'autoReply',
    'From: bob@example.net\nSubject: Out of office: Hello\n\nI am away until Monday.\n',
  ],
  ['none', 'From: bob@example.net\nSubject: Lunch\n\nAt noon?\n'],
  ['none', ''],
]

for (const [kind, message] of others)
  test(`${kind}: ${JSON.stringify(message.slice(0, 40))}`, () => {
    const report = read(message)
    assert.equal(report.kind, kind)
    assert.deepEqual(report.recipients, [])
  })

test('RFC 6533 §3: addresses beyond ASCII, in UTF-8 or embedded in ASCII', () => {
  for (const address of ['jörg@münchen.example', 'j\\x{F6}rg@m\\x{FC}nchen.example']) {
    const { recipients } = status(
      `Final-Recipient: utf-8; ${address}\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.münchen.example\nDiagnostic-Code: smtp; 550 5.1.1 Boîte inconnue`,
    )
    const [{ address: found, remoteHost, diagnostic } = assert.fail()] = recipients
    assert.equal(found, 'jörg@münchen.example')
    assert.equal(remoteHost, 'mx.münchen.example')
    assert.equal(diagnostic, '550 5.1.1 Boîte inconnue')
  }
})
