import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readReport } from '../../syntax/dsn/report.ts'
import type { Terminal } from '../table.ts'
import { bounceOf, writeBounce } from './bounce.ts'

function told(lines: readonly string[]): string {
  const texts: string[] = []
  const out: Terminal = {
    write: (text) => void texts.push(text),
    ...{ columns: undefined, colours: false },
  }
  writeBounce(out, bounceOf(readReport(Buffer.from(lines.join('\r\n')))))
  return texts.join('')
}

test('a complaint (RFC 5965): the mail arrived, and somebody did not want it', () => {
  const text = told([
    'From: <abuse@example.com>',
    'Subject: FW: Earn money',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
    '',
    '--b',
    'Content-Type: message/feedback-report',
    '',
    'Feedback-Type: abuse',
    'User-Agent: SomeGenerator/1.0',
    'Version: 1',
    '',
    '--b',
    'Content-Type: message/rfc822',
    '',
    'Subject: Earn money',
    'Message-ID: <1@example.net>',
    '',
    'Spam',
    '--b--',
    '',
  ])
  assert.match(text, /^A complaint about spam, from abuse@example\.com\nSubject {3}Earn money\n/)
  assert.match(text, /^Meaning {3}The message was delivered/m)
})

test('an automatic reply (RFC 3834): nothing failed, and nobody must act', () => {
  const text = told([
    'From: jane@example.com',
    'Auto-Submitted: auto-replied',
    'Subject: Away',
    '',
    'Until Monday.',
    '',
  ])
  assert.match(text, /^An automatic reply, from jane@example\.com\n/)
  assert.match(text, /^Who acts {2}nobody/m)
})

test('two recipients with one reason: it is explained once', () => {
  const recipient = (name: string) => [
    `Final-Recipient: rfc822; ${name}@example.net`,
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 no such user',
    '',
  ]
  const text = told([
    'From: MAILER-DAEMON@example.org',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.org',
    '',
    ...recipient('bob'),
    ...recipient('sue'),
    '--b--',
    '',
  ])
  assert.match(text, /^A report about delivery, from mx\.example\.org$/m)
  assert.equal(text.match(/^Meaning /gm)?.length, 1)
  assert.match(text, /^Why {7}as above: /m)
})
