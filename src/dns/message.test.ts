import assert from 'node:assert/strict'
import { test } from 'node:test'

import dnsPacket from 'dns-packet'

import { fc } from '../../test/support/properties.ts'
import { isAskable, type Question, readReply } from './message.ts'
import { readRecords, reverseName } from './records.ts'

const QUESTION: Question = { name: 'example.net', type: 'MX' }
const ANSWER = dnsPacket.encode({
  type: 'response',
  id: 7,
  questions: [{ name: 'example.net', type: 'MX' }],
  answers: [
    { type: 'CNAME', name: 'example.net', ttl: 60, data: 'real.example.net' },
    { type: 'MX', name: 'real.example.net', ttl: 60, data: { preference: 1, exchange: 'a.b' } },
    { type: 'TXT', name: 'real.example.net', ttl: 60, data: ['a', 'b'] },
  ],
  additionals: [{ type: 'A', name: 'a.b', ttl: 60, data: '192.0.2.1' }],
})

test('damaged answers are read or are none, and nothing is thrown', () => {
  assert.equal(readReply(ANSWER, 7, QUESTION)?.records.length, 3)
  const damage = fc.array(fc.tuple(fc.nat(ANSWER.length - 1), fc.nat(255)), { maxLength: 6 })
  fc.assert(
    fc.property(damage, fc.nat(ANSWER.length), (changes, length) => {
      const octets = Buffer.from(ANSWER.subarray(0, length))
      for (const [at, octet] of changes) if (at > 1 && at < length) octets[at] = octet
      const reply = readReply(octets, 7, QUESTION)
      for (const type of ['A', 'AAAA', 'MX', 'TXT', 'PTR', 'SRV', 'TLSA'] as const)
        readRecords(type, reply?.records ?? [])
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (rest) => {
      readReply(Buffer.concat([Buffer.from([0, 7, 0x80, 0]), rest]), 7, QUESTION)
    }),
  )
})

test('C10: an answer that says it has more records than octets is none', () => {
  const txt: Question = { name: 'a.example', type: 'TXT' }
  const name = '\x01a\x07example\0\0\x10'
  // A record that is longer than what follows: the decoder took a second and a half to go on.
  const octets = Buffer.from(
    `\0\x07\x80\0\0\x01${'\0'.repeat(6)}${name}\0\x01${name}\0\x01\0\0\0\0\0\x3c`,
    'latin1',
  )
  for (const at of [6, 8, 10]) octets.writeUInt16BE(0xffff, at)
  assert.equal(readReply(octets, 7, txt), null)
  // Cut off by the limit of UDP it is worth asking again by TCP.
  octets.writeUInt16BE(0x8200, 2)
  assert.equal(readReply(octets, 7, txt)?.truncated, true)
  const shortest = dnsPacket.encode({
    type: 'response',
    id: 7,
    questions: [QUESTION],
    answers: [{ type: 'NULL', name: '.', class: 'IN', ttl: 0, data: Buffer.alloc(0) }],
  })
  assert.equal(readReply(shortest, 7, QUESTION)?.records.length, 1)
})

test('an answer is taken by its id, its flags and its question', () => {
  const changed = (at: number, octet: number): Buffer => {
    const octets = Buffer.from(ANSWER)
    octets[at] = octet
    return octets
  }
  assert.equal(readReply(ANSWER, 8, QUESTION), null)
  assert.equal(readReply(ANSWER, 7, { name: 'example.net', type: 'A' }), null)
  assert.equal(readReply(ANSWER, 7, { name: 'example.org', type: 'MX' }), null)
  // A question, and an opcode other than QUERY.
  assert.equal(readReply(changed(2, 0), 7, QUESTION), null)
  assert.equal(readReply(changed(2, 0x88), 7, QUESTION), null)
})

test('RFC 6891 §6.1.3: an error in the upper bits of the code is an error', () => {
  const opt = { name: '.', udpPayloadSize: 512, ednsVersion: 0, flags: 0, flag_do: false }
  const octets = dnsPacket.encode({
    type: 'response',
    id: 7,
    questions: [{ name: 'example.net', type: 'MX' }],
    additionals: [{ ...opt, type: 'OPT', extendedRcode: 1, options: [] }],
  })
  assert.equal(readReply(octets, 7, QUESTION)?.rcode, 2)
})

test('RFC 1035 §2.3.4: what can be asked for', () => {
  const label = 'a'.repeat(63)
  for (const name of ['a', '_25._tcp.mx.example', `${label}.${label}.${label}.${'b'.repeat(61)}`])
    assert.ok(isAskable(name), name)
  for (const name of ['', '.', 'a..b', `${label}a`, 'a b', 'é.example', `${label}.`.repeat(4)])
    assert.ok(!isAskable(name), name)
})

test('the names of PTR records', () => {
  const cases: [address: string, name: string][] = [
    ['192.0.2.1', '1.2.0.192.in-addr.arpa'],
    ['::', `${'0.'.repeat(32)}ip6.arpa`],
    ['2001:db8::', `${'0.'.repeat(24)}8.b.d.0.1.0.0.2.ip6.arpa`],
    ['::ffff:192.0.2.1', `1.0.2.0.0.0.0.c.f.f.f.f.${'0.'.repeat(20)}ip6.arpa`],
    ['not an address', ''],
  ]
  for (const [address, name] of cases) assert.equal(reverseName(address), name)
})
