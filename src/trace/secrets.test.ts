import assert from 'node:assert/strict'
import { test } from 'node:test'

import { withoutSecrets, withoutSecretsIn } from './secrets.ts'

/** A text, and what of it is shown. */
const HIDDEN: readonly (readonly [text: string, shown: string])[] = [
  [
    'auth: passwd-file(bob,192.0.2.3,<a>): Password mismatch (given password: hunter2)',
    'auth: passwd-file(bob,192.0.2.3,<a>): Password mismatch (given password: ***)',
  ],
  ['unknown user (given password: a) (b c)', 'unknown user (given password: ***)'],
  ['(SHA1 of given password: f638ff)', '(SHA1 of given password: ***)'],
  ['pam: given password: two words', 'pam: given password: ***'],
  ["sql(bob): CRYPT(hun)ter2) != '$6$abc'", 'sql(bob): CRYPT(***) != ***'],
  ['lookup (password=hunter2 and more) failed', 'lookup (password=***) failed'],
  ['in: user=bob pass=hunter2 ip=192.0.2.3', 'in: user=bob pass=*** ip=192.0.2.3'],
  ['x(user=bob,pwd="hun ter")', 'x(user=bob,pwd=***)'],
  [
    'client in: AUTH 1 PLAIN service=imap resp=AGJvYgBodW50ZXIy (previous base64 data)',
    'client in: AUTH 1 PLAIN service=imap resp=*** (previous base64 data)',
  ],
  ['auth: Debug: client in: CONT\t1\taHVudGVyMg==', 'auth: Debug: client in: CONT\t1\t***'],
  ['auth: Debug: client in: CONT#0111#011aHVudGVy', 'auth: Debug: client in: CONT#0111#011***'],
  [
    'SMTP protocol error in "AUTH PLAIN AGJvYgBodW50ZXIy" H=x [192.0.2.3] AUTH command used',
    'SMTP protocol error in "AUTH PLAIN ***" H=x [192.0.2.3] AUTH command used',
  ],
  [
    'rejected connection from H=[192.0.2.3] input="AUTH LOGIN\\r\\nYm9i\\r\\naHVudGVyMg==\\r\\n"',
    'rejected connection from H=[192.0.2.3] input="***"',
  ],
  [
    'rejected "AUTH LOGIN" H=x [192.0.2.3] next input="Ym9i\\r\\naHVudGVyMg==\\r\\n"',
    'rejected "AUTH LOGIN" H=x [192.0.2.3] next input="***"',
  ],
  ['rejected AUTH PLAIN AGJvYgBodW50ZXIy: not now', 'rejected AUTH PLAIN ***: not now'],
  ['PLAIN AGJvYgBodW50ZXIy', 'PLAIN ***'],
  [
    'improper command pipelining after AUTH from x[2001:db8::1]: aHVudGVyMg==\\r\\n',
    'improper command pipelining after AUTH from x[2001:db8::1]: ***',
  ],
  [
    'improper command pipelining after EHLO from x[192.0.2.3]: AUTH LOGIN\\r\\nYm9i\\r\\naHVudGVy',
    'improper command pipelining after EHLO from x[192.0.2.3]: AUTH LOGIN***',
  ],
  [
    'COMMAND PIPELINING from [192.0.2.3]:4 after AUTH: aHVudGVyMg==',
    'COMMAND PIPELINING from [192.0.2.3]:4 after AUTH: ***',
  ],
  [
    'dropped: too many unrecognized commands (last command was "aHVudGVyMg==")',
    'dropped: too many unrecognized commands (last command was "***")',
  ],
  [
    'warning: non-SMTP command from x[192.0.2.3]: aHVudGVyMg==',
    'warning: non-SMTP command from x[192.0.2.3]: ***',
  ],
]

for (const [text, shown] of HIDDEN)
  test(`hidden: ${text}`, () => {
    assert.equal(withoutSecrets(text), shown)
    assert.equal(withoutSecrets(shown), shown, 'hiding twice changes nothing')
  })

for (const text of [
  'Password mismatch',
  'SASL LOGIN authentication failed: UGFzc3dvcmQ6',
  '535 5.7.8 Error: authentication failed: authentication failure',
  'AUTH PLAIN mechanism not supported',
  'AUTH LOGIN',
  'SMTP protocol error in "AUTH LOGIN" H=x [192.0.2.3] AUTH command used when not advertised',
  'lost connection after AUTH from x[192.0.2.3]',
  'too many nonmail commands (last was "NOOP")',
  'dropped: too many syntax or protocol errors (last command was "STARTTLS")',
  'warning: non-SMTP command from x[192.0.2.3]: GET / HTTP/1.1',
  'improper command pipelining after EHLO from x[192.0.2.1]: MAIL',
  'spf=pass dkim=pass dmarc=pass (p=none)',
  'passwd-file(bob,192.0.2.3): unknown user',
  'SMTP error from remote mail server after AUTH: 535 no',
  'login failed for bob',
])
  test(`kept: ${text}`, () => assert.equal(withoutSecrets(text), text))

test('every text of an event loses its secrets, and nothing else changes', () => {
  const event = {
    type: 'rejected',
    atMs: 1,
    subject: 'LOGIN Ym9iYmI=',
    host: null,
    headers: ['X: (password=a b)', 'Y: z'],
  }
  assert.deepEqual(withoutSecretsIn(event), {
    ...event,
    subject: 'LOGIN ***',
    headers: ['X: (password=***)', 'Y: z'],
  })
  assert.equal(event.subject, 'LOGIN Ym9iYmI=')
})

test('a rejected AUTH keeps its reason, and not what stood before it', () => {
  const reasonOf = (reason: string) => withoutSecretsIn({ phase: 'AUTH', reason }).reason
  assert.equal(reasonOf('AGJvYgBodW50ZXIy: not now'), '***: not now')
  for (const reason of ['authentication is off', '535 no', 'Not now.'])
    assert.equal(reasonOf(reason), reason)
})

test('hostile texts are read in one go', () => {
  for (const piece of [
    'AUTH PLAIN ',
    '"AUTH A ',
    'A(',
    '(password=',
    'given password: ',
    'pass="',
    'command "A',
    ', "aaaa',
  ])
    assert.ok(withoutSecrets(`auth ${piece.repeat(200_000 / piece.length)}`).length > 0)
})
