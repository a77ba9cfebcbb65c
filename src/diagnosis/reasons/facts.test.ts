import assert from 'node:assert/strict'
import { test } from 'node:test'

import { factsOf } from './facts.ts'
import type { ErrorFacts } from './types.ts'

type Facts = Partial<ErrorFacts>

/** Errors as they stand in logs and reports, and what they say of themselves. */
const CASES: readonly (readonly [text: string, facts: Facts])[] = [
  [
    'SMTP error from remote mail server after RCPT TO:<a@example.org>: 550 5.1.1 No such user',
    { code: 550, enhanced: '5.1.1', phase: 'rcpt', direction: 'outbound', host: null },
  ],
  [
    'H=mx.example.org (helo.example) [192.0.2.1]:25: SMTP error from remote mail server after end of data: 554-one\\n554 two',
    { code: 554, enhanced: null, phase: 'endOfData', host: 'mx.example.org' },
  ],
  [
    'host mx.Example.org[192.0.2.1] said: 550-5.7.26 This mail 550 5.7.26 is blocked (in reply to end of DATA command)',
    { code: 550, enhanced: '5.7.26', phase: 'endOfData', host: 'mx.example.org' },
  ],
  [
    'host unknown[192.0.2.1] refused to talk to me: 421 4.7.0 too many connections',
    { code: 421, enhanced: '4.7.0', phase: 'connect', host: '192.0.2.1' },
  ],
  [
    'connect to mx.example.org[2001:db8::1]:25: Connection timed out',
    { code: null, enhanced: null, phase: 'connect', host: 'mx.example.org' },
  ],
  [
    'lost connection with mx.example.org[192.0.2.1] while performing the HELO handshake',
    { code: null, phase: 'helo', host: 'mx.example.org' },
  ],
  ['smtp; 550 5.1.1 <a@example.org>... User Unknown', { code: 550, enhanced: '5.1.1' }],
  ['smtp;550 #5.1.0 Address rejected.', { code: 550, enhanced: '5.1.0' }],
  [
    "5.1.0 - Unknown address error 550-'5.7.1 <a@example.org>... Access denied'",
    { code: 550, enhanced: '5.7.1' },
  ],
  [
    '192.0.2.5 does not like recipient. Remote host said: 553 sorry, no (#5.7.1)',
    { code: 553, enhanced: '5.7.1', phase: 'rcpt', host: '192.0.2.5' },
  ],
  [
    'Connected to 192.0.2.6 but sender was rejected. Remote host said: 421 4.7.0 later',
    { code: 421, phase: 'mail', host: '192.0.2.6' },
  ],
  [
    'NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 454 4.7.1 <b@example.org>: Relay access denied',
    { code: 454, enhanced: '4.7.1', phase: 'rcpt', direction: 'inbound' },
  ],
  [
    'login authenticator failed for (User) [192.0.2.8]: 535 Incorrect authentication data',
    { code: 535, phase: 'login', direction: 'inbound' },
  ],
  ['554 5.7.1 Client host [192.0.2.9] blocked', { code: 554, host: null }],
  ['ERROR_CODE :550, ERROR_CODE :5.2.1 User Unknown', { code: 550, enhanced: '5.2.1' }],
  ['mailbox is full', { code: null, enhanced: null, phase: null, host: null, direction: null }],
]

test('an error says code, status, phase, host and direction', () => {
  for (const [text, expected] of CASES) {
    const facts = factsOf(text)
    for (const [field, value] of Object.entries(expected))
      assert.equal(facts[field as keyof ErrorFacts], value, `${field} of ${text}`)
    assert.equal(facts.text, text)
  }
})

test('numbers that are no codes are not taken for them', () => {
  for (const text of [
    'message of 550 KB is too big',
    'address 192.0.2.550 and port 587',
    'Exim 4.98.2 and Postfix 3.4.5',
    'SIZE=543 exceeded',
    'try again in 450 seconds',
  ]) {
    const { code, enhanced } = factsOf(text)
    assert.deepEqual([code, enhanced], [null, null], text)
  }
})

test('what is known besides counts for more, but x.0.0 gives way to a status in the text', () => {
  const known = {
    code: 451,
    enhanced: '4.2.2',
    phase: 'data',
    host: 'mx',
    temporary: true,
    server: null,
    relay: null,
  } as const
  const text = '550 5.1.1 said (in reply to RCPT TO command)'
  assert.deepEqual(factsOf(text, known), { text, direction: null, ...known })
  assert.equal(factsOf(text, { enhanced: '5.0.0' }).enhanced, '5.1.1')
  assert.equal(factsOf('rejected', { enhanced: '5.0.0' }).enhanced, '5.0.0')
})
