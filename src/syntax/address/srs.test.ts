import assert from 'node:assert/strict'
import { test } from 'node:test'

import { base32, formatSrs, parseSrs, srsTarget } from './srs.ts'
import { formatAddress, parseAddress } from './address.ts'

test('addresses of forwarders, read and written', () => {
  const zero = parseSrs('SRS0=HHHHHHHH=6Q=example.net=bob')
  assert.deepEqual(zero, {
    ...{ kind: 'SRS0', hash: 'HHHHHHHH', stamp: 30 * 32 + 16 },
    ...{ domain: 'example.net', localpart: 'bob' },
  })
  const one = parseSrs('SRS1=HHHHHHHH=first.example==XjO9=V6=example.net=bob')
  assert.deepEqual(one, {
    ...{ kind: 'SRS1', hash: 'HHHHHHHH', domain: 'first.example' },
    rest: '=XjO9=V6=example.net=bob',
  })
  for (const srs of [zero, one]) assert.deepEqual(srs && parseSrs(formatSrs(srs)), srs)
})

test('where they lead back to', () => {
  const cases: [localpart: string, target: string | null][] = [
    ['SRS0=abcd=AA=example.net=bob', 'bob@example.net'],
    ['srs0+abcd=aa=example.net=bob=x', 'bob=x@example.net'],
    ['SRS0=abcd=AA=example.net=two words', '"two words"@example.net'],
    ['SRS0=abcd=AA=nodomain..=bob', null],
    [
      'SRS1=abcd=first.example=+XjO9=V6=example.net=bob',
      'SRS0+XjO9=V6=example.net=bob@first.example',
    ],
  ]
  for (const [localpart, target] of cases) {
    const srs = parseSrs(localpart) ?? assert.fail(localpart)
    const found = srsTarget(srs)
    assert.equal(found && formatAddress(found), target, localpart)
  }
})

test('other localparts are none', () => {
  for (const localpart of ['bob', 'SRS0', 'SRS0=bob', 'SRS2=a=b=c=d', 'SRS0=abcd=A1=x.example=b'])
    assert.equal(parseSrs(localpart), null, localpart)
})

test('RFC 4648 §10: base32', () => {
  assert.equal(base32(Buffer.from('foobar')), 'MZXW6YTBOI')
})

test('they may be longer than other localparts, and no longer than a path', () => {
  const localpart = `SRS0=abcdefgh=AA=example.net=${'x'.repeat(64)}`
  assert.equal(parseAddress(`${localpart}@ours.example`).localpart, localpart)
  assert.throws(() => parseAddress(`${'x'.repeat(65)}@ours.example`), /at most 64 octets/)
  assert.throws(() => parseAddress(`SRS0=${'x'.repeat(300)}@ours.example`), /octets/)
})
