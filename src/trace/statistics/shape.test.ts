import assert from 'node:assert/strict'
import { test } from 'node:test'

import { withoutSecrets } from '../secrets.ts'
import { shapeOf } from './shape.ts'
import { ShapeMemory } from './shape-memory.ts'

/** Texts of one shape. */
const SAME: readonly (readonly string[])[] = [
  [
    'SMTP error from remote mail server after RCPT TO:<bob@example.net>: 550 5.1.1 <bob@example.net>: no such user',
    'SMTP error from remote mail server after RCPT TO:<al.x+y@dom2.example>: 550 5.1.1 <al.x+y@dom2.example>: no such user',
  ],
  [
    'host mx1.example.net[192.0.2.7] said: 452 4.2.2 over quota (in reply to RCPT TO command)',
    'host gw.example.com[2001:db8::1] said: 452 4.2.2 over quota (in reply to RCPT TO command)',
  ],
  [
    '421 4.7.0 try again, id 1vnYk2-00000000BQ5-1EaB',
    '421 4.7.0 try again, id 1vnYk9-00000000BQ6-2EaB',
  ],
  ['retry in 300 seconds', 'retry in 299 seconds'],
]

for (const [first = '', ...others] of SAME)
  test(`one shape: ${first.slice(0, 60)}`, () => {
    for (const other of others) assert.equal(shapeOf(other), shapeOf(first))
  })

const DIFFERENT: readonly (readonly [string, string])[] = [
  ['550 5.1.1 rejected', '550 5.7.1 rejected'],
  ['550 rejected', '450 rejected'],
  ['blocked using zen.spamhaus.org', 'blocked using bl.spamcop.net'],
  ['421 4.7.0 [TSS04] deferred', '421 4.7.0 [TS01] deferred'],
]

for (const [one, other] of DIFFERENT)
  test(`two shapes: ${one} and ${other}`, () => assert.notEqual(shapeOf(one), shapeOf(other)))

test('a text of any length has a short shape', () => {
  for (const text of [
    'x'.repeat(1e6),
    '@'.repeat(1e6),
    ' 1'.repeat(1e6),
    '',
    '\u{1f4e8}'.repeat(1e5),
  ])
    assert.ok(shapeOf(text).length <= 240)
})

test('a shape that is remembered is the same as one that is found', () => {
  const memory = new ShapeMemory()
  const addresses = ['bob@example.net', 'al.x+y@dom2.example', 'a@b', 'local']
  const texts = [
    (address: string) => `after RCPT TO:<${address}>: 550 5.1.1 no such user`,
    (address: string) => `after MAIL FROM:<${address}>: 550 5.1.1 no such user`,
    (address: string) => `after RCPT TO:<${address}>: 550 5.1.1 <${address}>: no such user`,
    (address: string) => `after RCPT TO:<${address}>: 552 5.1.1 <${address}>: no such user`,
    (address: string) => `${address}: 550 5.1.1 <${address}>: no such user`,
    (address: string) => `x${address}${address} 550`,
    () => 'Connection refused',
    () => '',
  ]
  for (let round = 0; round < 2; round++)
    for (const text of texts)
      for (const address of addresses)
        assert.equal(memory.shapeOf(text(address), address), shapeOf(text(address)))
})

test('so is that of what another server said, whatever it is called', () => {
  const memory = new ShapeMemory()
  const hosts = [
    'mx.example.net[192.0.2.1]',
    'mx1.example.net[192.0.2.25]',
    'MX.EXAMPLE.NET[1.1.1.1]',
    'mx-1.example.net[192.0.2.1]',
    'mx_1.example[192.0.2.1]',
    '1.2.3.4[1.2.3.4]',
    '5.1.1[192.0.2.1]',
    'mx[192.0.2.1]',
    'mx.example.net[2001:db8::1]',
    'mx.example.net[unknown]',
    'bob@example.net[192.0.2.1]',
    'auth.example.net[192.0.2.1]',
    `${'a.'.repeat(40)}b[192.0.2.1]`,
  ]
  const answers = [
    '450 4.2.1 too fast',
    '550 <bob@example.net>: unknown',
    '552 bob@example.net bob@example.net',
    'bob@example.net',
    '550 input="QWxhZGRpbg=="',
    '',
  ]
  for (let round = 0; round < 2; round++)
    for (const host of hosts)
      for (const answer of answers)
        for (const text of [
          `host ${host} said: ${answer} (in reply to RCPT TO command)`,
          `${host} ${answer}`,
        ])
          assert.equal(memory.shapeOf(text, 'bob@example.net'), shapeOf(withoutSecrets(text)))
})
