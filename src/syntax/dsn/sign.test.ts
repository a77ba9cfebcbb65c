/** Which messages are reports: by their form, by their sender, and by what they say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type DeliveryReport, readReport } from './report.ts'

function read(...lines: readonly string[]): DeliveryReport {
  return readReport(Buffer.from(lines.join('\r\n'), 'utf8'))
}

function multipart(type: string, partType: string, part: readonly string[], human: string) {
  return read(
    'From: Someone <someone@example.net>',
    `Content-Type: multipart/report; report-type=${type}; boundary=b`,
    ...['', '--b', '', human, '--b', `Content-Type: ${partType}`, '', ...part, '--b--', ''],
  )
}

test('RFC 8098: a receipt that a message was shown is an automatic reply', () => {
  const { kind, recipients } = multipart(
    'disposition-notification',
    'message/disposition-notification',
    ['Final-Recipient: rfc822; bob@example.net', 'Disposition: manual-action; displayed'],
    'Your message to bob@example.net has been displayed.',
  )
  assert.equal(kind, 'autoReply')
  assert.deepEqual(recipients, [])
})

test('RFC 8098: a receipt by which a mailer refuses is a bounce', () => {
  const { kind, recipients } = multipart(
    'disposition-notification',
    'message/disposition-notification',
    ['Final-Recipient: rfc822; bob@example.net', 'Disposition: automatic-action; deleted'],
    'Your message to <bob@example.net> was automatically rejected:\r\nQuota exceeded',
  )
  assert.equal(kind, 'bounce')
  assert.deepEqual(
    recipients.map(({ address }) => address),
    ['bob@example.net'],
  )
  assert.match(recipients[0]?.diagnostic ?? '', /Quota exceeded/)
})

test('a report about something else is none', () => {
  const report = ['{"failure-details": "could not be delivered to bob@example.net"}']
  assert.equal(
    multipart('tlsrpt', 'application/tlsrpt+gzip', report, 'Aggregate report').kind,
    'none',
  )
})

const LETTERS: readonly (readonly [name: string, kind: string, lines: readonly string[]])[] = [
  [
    'a newsletter whose sender takes bounces',
    'none',
    [
      'From: News <bounce@news.example>',
      'Subject: Our offers',
      '',
      'This was sent to jane@example.com. If you cannot read it, the link returns an error.',
    ],
  ],
  [
    'a log that tells of a failure',
    'none',
    [
      '2026-11-20 09:00:06 Start queue run: pid=1',
      '2026-11-20 09:00:06 1vnYk2-00000000BQ5-1EaB ** bob@example.net: Unrouteable address',
      'bob@example.net: could not be delivered, user unknown',
    ],
  ],
  [
    'an answer to a bounce',
    'none',
    [
      'From: bob@example.net',
      'Subject: Re: Undelivered Mail Returned to Sender',
      '',
      'Ask carol@example.org, she knows why it failed.',
    ],
  ],
  [
    'a subject that speaks of errors, and no mail',
    'none',
    ['From: bob@example.net', 'Subject: The build failed', '', 'Nothing is known.'],
  ],
  [
    'a bounce with an empty sender and no other sign',
    'bounce',
    [
      'Return-Path: <>',
      'From: Service <service@example.net>',
      'Subject: Your mail',
      '',
      'Your message could not be delivered to the following address:',
      '',
      '<bob@example.net>: 550 no such user',
    ],
  ],
  [
    'an absence that a program tells',
    'autoReply',
    [
      'From: bob@example.net',
      'Auto-Submitted: auto-generated',
      'Subject: Urlaub',
      '',
      'Bis Montag',
    ],
  ],
  [
    'a complaint that only its subject names',
    'complaint',
    ['From: staff@hotmail.com', 'Subject: complaint about message from 192.0.2.1', '', 'See below'],
  ],
]

for (const [name, kind, lines] of LETTERS)
  test(`${name}: ${kind}`, () => {
    assert.equal(read(...lines).kind, kind)
  })

test('the message that a text quotes is named by its header', () => {
  const { originalMessageId, originalSubject } = read(
    'From: mailer-daemon@mx.example',
    'Subject: Mail delivery failed',
    '',
    'The following address(es) failed:',
    '',
    '  bob@example.net',
    '    Unrouteable address',
    '',
    '------ This is a copy of the message, including all the headers. ------',
    '',
    'Return-path: <jane@example.com>',
    'Message-ID: <a1@example.com>',
    'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
    '',
    'Message-ID: <forged@example.com>',
  )
  assert.equal(originalMessageId, 'a1@example.com')
  assert.equal(originalSubject, 'Grüße')
})

test("a provider's mailer lists its users by name", () => {
  const { recipients } = read(
    'From: "Mail Delivery Subsystem" <MAILER-DAEMON@AOL.com>',
    'Subject: Mail Delivery Problem',
    '',
    'Your mail to the following recipients could not be delivered because they are not accepting mail from jane@example.com:',
    '\tbob',
    '\tcarol',
    '',
  )
  assert.deepEqual(
    recipients.map(({ address }) => address),
    ['bob@aol.com', 'carol@aol.com'],
  )
})
