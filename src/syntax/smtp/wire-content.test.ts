import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { DataReader } from './data-reader.ts'
import { WireContent } from './wire-content.ts'

function onWire(text: string, cuts = text.length, form: 'dots' | 'chunks' = 'dots'): string {
  const content = new WireContent(form)
  const octets = Buffer.from(text, 'latin1')
  const out: Buffer[] = []
  for (let at = 0; at < octets.length; at += cuts) {
    // The owner of a chunk may use its memory again.
    const chunk = Buffer.from(octets.subarray(at, at + cuts))
    out.push(...content.push(chunk).map((block) => Buffer.from(block)))
    chunk.fill(0x58)
  }
  out.push(...content.finish())
  return Buffer.concat(out).toString('latin1')
}

const FORMS: readonly (readonly [string, string, string])[] = [
  ['a\r\nb\r\n', 'a\r\nb\r\n', 'good lines stay'],
  ['a\r\nb', 'a\r\nb\r\n', 'a last line gets its end'],
  ['a\nb\n', 'a\r\nb\r\n', 'LF alone'],
  ['a\rb\r', 'a\r\nb\r\n', 'CR alone'],
  ['a\r\r\nb', 'a\r\nb\r\n', 'CR before CRLF'],
  ['a\n\rb', 'a\r\n\r\nb\r\n', 'LF, then CR'],
  ['.a\r\n..\r\n.', '..a\r\n...\r\n..\r\n', 'dots'],
  ['a\n.\nb', 'a\r\n..\r\nb\r\n', 'a dot between LFs'],
  ['a\r.\rb', 'a\r\n..\r\nb\r\n', 'a dot between CRs'],
  ['', '', 'nothing'],
]

for (const [text, expected, what] of FORMS)
  test(`RFC 5321 §4.5.2, §2.3.8: ${what}`, () => {
    assert.equal(onWire(text), expected)
    assert.equal(onWire(text, 1), expected)
  })

test('chunks have no dots to double', () => {
  assert.equal(onWire('.a\n.\n', 3, 'chunks'), '.a\r\n.\r\n')
})

test('RFC 5322 §2.1.1: a long line goes on at white space, and never within a character', () => {
  const words = `Subject: ${'word '.repeat(400)}end\r\n\r\nbody\r\n`
  const folded = onWire(words)
  assert.equal(folded.replaceAll('\r\n ', ' '), words)
  const character = Buffer.from('é').toString('latin1')
  const long = onWire(`x${character.repeat(2000)}`)
  for (const line of long.split('\r\n')) {
    assert.ok(line.length <= 998)
    assert.equal(Buffer.from(line, 'latin1').toString('utf8').includes('\ufffd'), false)
  }
  assert.equal(long.replaceAll('\r\n ', ''), `x${character.repeat(2000)}\r\n`)
  assert.equal(onWire(`${'a'.repeat(998)}\r\n`), `${'a'.repeat(998)}\r\n`)
})

test('A04: no end of data of any spelling ends a message early', () => {
  const parts = ['\r\n', '\n', '\r', '\r\r\n', '\n\n', '\r\n\r', '\r\n\0', '\0\r\n', '\x85', '']
  for (const before of parts)
    for (const after of parts)
      readsAsOne(`Subject: x\r\n\r\na${before}.${after}MAIL FROM:<x@y>\r\n`)
})

test('whatever the octets and the segments, the peer reads one message with good lines', () => {
  const text = fc
    .array(fc.constantFrom('\r', '\n', '.', 'a', ' ', 'b'.repeat(997), '\xe9'), { maxLength: 40 })
    .map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 50 }), (content, cuts) => {
      readsAsOne(content)
      assert.equal(onWire(content, cuts), onWire(content))
    }),
    { numRuns: 300 },
  )
})

function readsAsOne(text: string): void {
  const wire = onWire(text)
  const read: string[] = []
  const reader = new DataReader((octets) => read.push(octets.toString('latin1')))
  const octets = Buffer.from(`${wire}.\r\n`, 'latin1')
  assert.equal(reader.read(octets), octets.length)
  assert.ok(reader.done)
  assert.ok(!reader.bareLineEnds)
  // RFC 5321 §4.5.3.1.6 does not count the dot that was put there.
  assert.ok(reader.longestLineOctets <= 999)
  for (const line of onWire(text, 50, 'chunks').split('\r\n')) assert.ok(line.length <= 998)
  assert.equal(read.join(''), onWire(text, 50, 'chunks'))
}
