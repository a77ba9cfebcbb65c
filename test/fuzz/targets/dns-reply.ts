import assert from 'node:assert/strict'

import dnsPacket from 'dns-packet'

import { type QueryType, readReply } from '../../../src/dns/message.ts'
import { readRecords } from '../../../src/dns/records.ts'
import type { FuzzTarget } from '../target.ts'

const ID = 7
const TYPES: readonly QueryType[] = ['A', 'AAAA', 'MX', 'TXT', 'PTR', 'SRV', 'TLSA']

const NAME = 'a.example'

/** The octets of an answer. */
function answer(type: QueryType, answers: dnsPacket.Answer[]): Uint8Array {
  return dnsPacket.encode({
    type: 'response',
    id: ID,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.AUTHENTIC_DATA,
    questions: [{ name: NAME, type, class: 'IN' }],
    answers,
  })
}

const at = { name: NAME, ttl: 60, class: 'IN' } as const

export const target: FuzzTarget = {
  name: 'dns-reply',
  seeds: [
    answer('A', [{ ...at, type: 'A', data: '192.0.2.1' }]),
    answer('AAAA', [{ ...at, type: 'AAAA', data: '2001:db8::1' }]),
    answer('MX', [{ ...at, type: 'MX', data: { preference: 10, exchange: 'mx.a.example' } }]),
    answer('TXT', [{ ...at, type: 'TXT', data: ['v=STSv1;', 'id=1'] }]),
    answer('A', [
      { ...at, type: 'CNAME', data: 'b.example' },
      { ...at, name: 'b.example', type: 'A', data: '192.0.2.1' },
    ]),
    answer('TLSA', [
      {
        ...at,
        type: 'TLSA',
        data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32) },
      },
    ]),
  ],
  // Pointers to names, lengths, and the beginning of the question.
  dictionary: ['\xc0\x0c', '\xc0\x00', '\x00\x01', '\x00\x0f', '\x00\x1c', '\xff\xff', '\x3f'],
  run(octets) {
    for (const type of TYPES) {
      const reply = readReply(Buffer.from(octets), ID, { name: NAME, type })
      if (reply === null) continue
      for (const { name, ttl } of reply.records) {
        assert.equal(typeof name, 'string')
        assert.ok(ttl >= 0)
      }
      for (const one of TYPES) {
        const records = readRecords(one, reply.records)
        assert.ok(records.length <= reply.records.length)
        if (one !== 'MX') continue
        for (const { preference } of readRecords(one, reply.records))
          assert.ok(preference >= 0 && preference <= 65_535)
      }
    }
  },
}
