/** Whatever stands around a secret: it does not stay. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { Pseudonyms } from './pseudonyms.ts'
import { Redactor } from './redact.ts'

const redactor = new Redactor({
  pseudonyms: new Pseudonyms(Buffer.alloc(32, 1)),
  known: new Set(['mail.example.com', 'dns.spf']),
})

/** What mail and its logs put around and between things. */
const AROUND = fc.array(
  fc.oneof(
    fc.constantFrom(...' <>()[]{}"\'`,;:=|/\\@.!?*+-_&%#~$^\n\t'),
    fc.constantFrom(
      'T="',
      'C="',
      'mailbox="',
      'H=',
      'id=',
      'S=',
      'user=<',
      '=> ',
      ' ** ',
      '::',
      'https://',
    ),
    fc.constantFrom(
      'mail',
      'the',
      'Sent',
      '250',
      '5.1.1',
      '2026-11-21',
      '11:14:34',
      'mail.example.com',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
  { maxLength: 12 },
)

/** No words, and what nobody could take for a figure. */
const SECRETS = [
  'zqxwvk',
  'Zq7xWvK',
  '203.0.113.77',
  'зебра',
  'zq-xw-vk',
  'zqx_wvk',
  '0zqx1wvk2',
  '01632960471',
]

test('no secret stays, whatever stands around it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...SECRETS), AROUND, AROUND, (secret, before, after) => {
      // A figure that goes on is another one.
      const [start, end] = [before.join('').replace(/\w$/, ''), after.join('').replace(/^\w/, '')]
      const safe = redactor.text(`${start}${secret}${end}`)
      assert.ok(!safe.includes(secret), safe)
    }),
    { numRuns: 5_000 },
  )
})

test('addresses of every kind leave neither localpart nor domain, and no length is too long', () => {
  const localparts = [
    'office',
    'zqx+tag',
    '"the office"',
    'SRS0=aBcD=XY=zqx.test=office',
    `${'a'.repeat(400)}zqx`,
  ]
  const domains = [
    'zqx.test',
    '[203.0.113.77]',
    '[IPv6:2001:db8::77]',
    'xn--zqx.test',
    'зебра.рф',
    `${'zqx.'.repeat(200)}test`,
  ]
  const around = [
    ['<', '>'],
    ['for ', ''],
    ['from=<', '>,'],
    ['A=PLAIN:', ' S=1'],
    ['to=', ','],
    ['"', '"'],
    ['\\074', '\\076'],
  ]
  for (const localpart of localparts)
    for (const domain of domains)
      for (const [start, end] of around) {
        const safe = redactor.text(`${start}${localpart}@${domain}${end}`)
        assert.doesNotMatch(
          safe,
          /zqx|203\.0|db8|зебра|xn--/,
          `${start}${localpart}@${domain}${end} → ${safe}`,
        )
      }
})

test('what has colons: times and ports stay, addresses do not, whole or cut short', () => {
  for (const time of ['11:14:34', '[127.0.0.1]:25: no', '2026-11-21T11:14:34Z', '::1'])
    assert.equal(redactor.text(time), time)
  for (const address of [
    '2001:db8::77',
    '2001:db8:0:0:1:2:3:4',
    'fe80::1%eth0',
    '2001:db8::',
    '::ffff:203.0.113.77',
    '00:16:3e:5e:6c:00',
  ])
    assert.match(redactor.text(`H=[${address}]:25 x`), /^H=\[ip-\w{10}:{0,2}\]:25 x$/, address)
})

test('names of fields stay, keys that are data do not', () => {
  const value = {
    oldestMs: 1,
    loopDelay: { p99Ms: 2 },
    'mail.server.com': 3,
    zqx: 4,
    'a@zqx.test': 5,
  }
  const keys = Object.keys(redactor.value(value) as object)
  assert.deepEqual(keys.slice(0, 2), ['oldestMs', 'loopDelay'])
  assert.doesNotMatch(keys.join(' '), /zqx|server/)
})

test('a user whose name is that of something known has a pseudonym, our host has none', () => {
  const own = new Redactor({
    pseudonyms: new Pseudonyms(Buffer.alloc(32, 1)),
    known: new Set(['mail.example.com', 'queue']),
  })
  assert.match(own.text('user=<queue>'), /^user=<user-\w{10}>$/)
  assert.equal(own.text('H=mail.example.com queue'), 'H=mail.example.com queue')
})
