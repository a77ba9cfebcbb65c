import assert from 'node:assert/strict'
import { test } from 'node:test'

import { octetsOfText, textOfOctets } from './utf8.ts'

/** What RFC 3629 §4 allows, and what it does not. */
const CASES: readonly (readonly [what: string, octets: readonly number[], text: string])[] = [
  ['ASCII', [0x61, 0x0a], 'a\n'],
  ['UTF-8', [...Buffer.from('äöü € 😀')], 'äöü € 😀'],
  ['Latin-1', [0x4d, 0xfc, 0x6c, 0x6c], 'M\udcfcll'],
  ['UTF-8 beside Latin-1', [0xc3, 0xa4, 0xe4, 0xc3, 0xa4], 'ä\udce4ä'],
  ['a character that is cut', [0xe2, 0x82, 0x0a], '\udce2\udc82\n'],
  ['an overlong form', [0xc0, 0xaf], '\udcc0\udcaf'],
  ['a surrogate in three octets', [0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
  ['what is past U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
]

for (const [what, octets, text] of CASES)
  test(`${what}: to text and back`, () => {
    assert.equal(textOfOctets(Buffer.from(octets)), text)
    assert.deepEqual([...octetsOfText(text)], octets)
  })

test('every octet alone and every pair come back as they were', () => {
  for (let first = 0; first < 256; first++)
    for (let second = 0; second < 256; second += first < 128 ? 85 : 1) {
      const octets = Buffer.from([first, second])
      assert.deepEqual(octetsOfText(textOfOctets(octets)), octets)
    }
})
