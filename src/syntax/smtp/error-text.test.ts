import assert from 'node:assert/strict'
import { test } from 'node:test'

import { hostIn, phaseIn, replyIn } from './error-text.ts'

test('the reply is the first code with a status behind it, or the first where a reply begins', () => {
  const replies: readonly (readonly [string, number | null, string | null])[] = [
    ['said: 550 5.1.1 <a@example.org> unknown', 550, '5.1.1'],
    ['550 bad, then 554 5.7.1 worse', 554, '5.7.1'],
    ['The account is disabled. 550 user unknown', 550, null],
    ['[SMTP Error Code 550]', 550, null],
    ['554 no. See 4.2.2 and 5.7.1', 554, '5.7.1'],
    ['message of 550 KB', null, null],
    ['from 192.0.2.550, Exim 4.98.2', null, null],
  ]
  for (const [text, code, status] of replies) {
    const reply = replyIn(text)
    assert.deepEqual([reply.code, reply.status], [code, status], text)
  }
})

test('of a reply that only tells that time ran out, the reply before or behind it counts', () => {
  assert.equal(replyIn('550 4.4.7 expired; 451 4.7.1 greylisted').status, '4.7.1')
  assert.equal(replyIn('451 4.7.1 greylisted; 550 4.4.7 expired').status, '4.7.1')
  assert.equal(replyIn('550 4.4.7 expired').status, '4.4.7')
})

test('the host is whom the mailer talked to, by name, else by address', () => {
  const hosts: readonly (readonly [string, string | null])[] = [
    ['host MX.example.org[192.0.2.1] said: 550 no', 'mx.example.org'],
    ['Remote SMTP server mx.example.org said: 550 no', 'mx.example.org'],
    ['host unknown[192.0.2.1] refused to talk to me', '192.0.2.1'],
    ['Connected to 192.0.2.6 but sender was rejected', '192.0.2.6'],
    ['mx.example.org (192.0.2.1) said: 550', 'mx.example.org'],
    ['Client host [192.0.2.9] blocked', null],
    ['the mail server [192.0.2.9] is rate limited', null],
  ]
  for (const [text, host] of hosts) assert.equal(hostIn(text), host, text)
})

test('the step is the one that the words name', () => {
  const phases = [
    ['(in reply to end of DATA command)', 'endOfData'],
    ['after pipelined DATA: 452', 'data'],
    ['NOQUEUE: reject: RCPT from', 'rcpt'],
    ['while performing the HELO handshake', 'helo'],
    ['connect to mx.example.org: timed out', 'connect'],
    ['mailbox is full', null],
  ] as const
  for (const [text, phase] of phases) assert.equal(phaseIn(text), phase, text)
})
