import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { fromLatin1 } from '../../base/octets.ts'
import { decodeSkeleton, encodeSkeleton } from './codec.ts'
import type { Envelope, EnvelopeAddress, Parameters, Part, Skeleton } from './skeleton.ts'
import { skeletonOf } from './scanner.ts'

/** fast-check also makes objects without a prototype, which JSON cannot give back. */
const plain = { noNullPrototype: true }

const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.uint8Array({ maxLength: 6 }).map((octets) => Buffer.from(octets).toString('latin1')),
)
const token = fc.string({ unit: fc.constantFrom(...'abc-x7'), minLength: 1, maxLength: 8 })
const nullable = fc.option(text)
const addresses: fc.Arbitrary<readonly EnvelopeAddress[]> = fc.array(
  fc.record({ name: nullable, mailbox: nullable, host: nullable }, plain),
  { maxLength: 3 },
)
const parameters: fc.Arbitrary<Parameters> = fc.array(
  fc.tuple(fc.oneof(fc.constant('charset'), text), text),
  { maxLength: 3 },
)
const envelope: fc.Arbitrary<Envelope> = fc.record(
  {
    date: nullable,
    subject: nullable,
    from: addresses,
    sender: addresses,
    replyTo: addresses,
    to: addresses,
    cc: addresses,
    bcc: addresses,
    inReplyTo: nullable,
    messageId: nullable,
  },
  plain,
)

/** Parts with at most this many levels of parts and messages inside. */
function parts(levels: number): fc.Arbitrary<Part> {
  return fc.record(
    {
      type: fc.oneof(fc.constant('text'), token),
      subtype: fc.oneof(fc.constant('plain'), token),
      parameters,
      id: nullable,
      description: nullable,
      encoding: fc.oneof(fc.constant('7bit'), token),
      md5: nullable,
      disposition: fc.option(fc.record({ type: token, parameters }, plain)),
      language: fc.array(text, { maxLength: 2 }),
      location: nullable,
      headerStart: fc.nat(),
      bodyStart: fc.nat(),
      bodyEnd: fc.nat(),
      lines: fc.nat(),
      children: levels === 0 ? fc.constant([]) : fc.array(parts(levels - 1), { maxLength: 2 }),
      message: levels === 0 ? fc.constant(null) : fc.option(skeletons(levels - 1)),
    },
    plain,
  )
}

function skeletons(levels: number): fc.Arbitrary<Skeleton> {
  return fc.record({ envelope, root: parts(levels) }, plain)
}

test('decodeSkeleton(encodeSkeleton(x)) is x', () => {
  fc.assert(
    fc.property(skeletons(2), (value) => {
      assert.deepEqual(decodeSkeleton(encodeSkeleton(value)), value)
    }),
  )
})

test('a plain message needs little more than its envelope', () => {
  const message =
    'From: Jane Doe <jane@example.com>\r\nTo: Bob <bob@example.net>\r\nSubject: Lunch\r\n' +
    'Date: Sat, 21 Nov 2026 00:48:19 +0000\r\nMessage-ID: <1vnYk2@example.com>\r\n\r\nAt noon?\r\n'
  const encoded = encodeSkeleton(skeletonOf(fromLatin1(message), DEFAULT_LIMITS.message))
  assert.equal(
    encoded,
    '[1,["Sat, 21 Nov 2026 00:48:19 +0000","Lunch","<1vnYk2@example.com>",["example.com","jane","Jane Doe"],["example.net","bob","Bob"]],[0,' +
      `${message.indexOf('At noon?')},10,1,0,"us-ascii"]]`,
  )
})

test('damaged text is refused', () => {
  for (const damaged of ['', '{}', '[]', '[1]', '[2,[],[]]', '[1,[],[0,"x"]]', '[1,[7],[0]]']) {
    assert.throws(() => decodeSkeleton(damaged), Error, damaged)
  }
})

test('the deepest message that is divided goes through', () => {
  const deep = 'Content-Type: message/rfc822\r\n\r\n'.repeat(200)
  const value = skeletonOf(fromLatin1(deep), DEFAULT_LIMITS.message)
  assert.deepEqual(decodeSkeleton(encodeSkeleton(value)), value)
})
