import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { decodeModifiedUtf7, encodeModifiedUtf7 } from './modified-utf7.ts'

const names: [name: string, spelling: string][] = [
  ['INBOX', 'INBOX'],
  ['a&b', 'a&-b'],
  ['Entwürfe', 'Entw&APw-rfe'],
  ['台北', '&U,BTFw-'],
  ['~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
  ['😀', '&2D3eAA-'],
  ['é&ü', '&AOk-&-&APw-'],
]

test('RFC 3501 §5.1.3: names and their spellings', () => {
  for (const [name, spelling] of names) {
    assert.equal(encodeModifiedUtf7(name), spelling)
    assert.equal(decodeModifiedUtf7(spelling), name)
  }
})

test('every well-formed name comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      assert.equal(decodeModifiedUtf7(encodeModifiedUtf7(name)), name)
    }),
  )
})

test('a spelling that decodes is the one that its name encodes to', () => {
  const unit = fc.constantFrom(...'&-,+AGEUwxyz0/ab~')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 20 }), (spelling) => {
      let name: string
      try {
        name = decodeModifiedUtf7(spelling)
      } catch (error) {
        assert.ok(error instanceof SyntaxFault)
        return
      }
      assert.equal(encodeModifiedUtf7(name), spelling)
    }),
    { numRuns: 2000 },
  )
})

test('E01: other spellings are refused', () => {
  const spellings = [
    '&', // no end
    'a&AOk',
    '&AGE-', // ASCII in base64
    '&AC4-&AC4-',
    '&AOk-&AOk-', // two runs for one
    '&AOk=-', // padding
    '&AO-', // half a unit
    '&AOl-', // stray bits: U+00E9 is AOk
    '&2D0-', // half a surrogate pair
    '&3gDYPQ-', // pair in the wrong order
    '&U/BTFw-', // the base64 of MIME
    'ä',
    'a\x7f',
    'a\r\nb',
    'a\0b',
  ]
  for (const spelling of spellings) {
    assert.throws(() => decodeModifiedUtf7(spelling), SyntaxFault, JSON.stringify(spelling))
  }
})
