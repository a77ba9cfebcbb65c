import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { fromLatin1, latin1 } from '../../base/octets.ts'
import { decodeBase64, decodeQuotedPrintable, decodeText, decodeTransfer } from './decode.ts'

const base64: [encoded: string, decoded: string][] = [
  ['aGVsbG8=', 'hello'],
  ['aGVs\r\nbG8=\r\n', 'hello'],
  ['aGVsbG8', 'hello'],
  ['a G V!s*bG8=', 'hello'],
  ['aA==aQ==', 'hi'],
  ['aA==\r\naQ==\r\n', 'hi'],
  ['====', ''],
  ['', ''],
]
for (const [encoded, decoded] of base64) {
  test(`RFC 2045 §6.8: base64 ${JSON.stringify(encoded)}`, () => {
    assert.equal(latin1(decodeBase64(fromLatin1(encoded))), decoded)
  })
}

const quotedPrintable: [encoded: string, decoded: string][] = [
  ['a=3Db', 'a=b'],
  ['=c3=BC', '\xc3\xbc'],
  ['soft=\r\nbreak', 'softbreak'],
  ['soft= \t\r\nbreak', 'softbreak'],
  ['soft=\nbreak', 'softbreak'],
  ['end=', 'end'],
  ['end=  ', 'end'],
  ['a  \r\nb\t\n \r\n', 'a\r\nb\n\r\n'],
  ['a  b  ', 'a  b'],
  ['a =20\r\n', 'a  \r\n'],
  ['=', ''],
  ['=4', '=4'],
  ['=xy 100=%', '=xy 100=%'],
  ['== 41', '== 41'],
  ['\r', '\r'],
]
for (const [encoded, decoded] of quotedPrintable) {
  test(`RFC 2045 §6.7: quoted-printable ${JSON.stringify(encoded)}`, () => {
    assert.equal(latin1(decodeQuotedPrintable(fromLatin1(encoded))), decoded)
  })
}

test('any octets come through both encodings', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (octets) => {
      const asBase64 = fromLatin1(Buffer.from(octets).toString('base64'))
      assert.deepEqual(Buffer.from(decodeTransfer(asBase64, 'base64')), Buffer.from(octets))
      const hex = Array.from(octets, (octet) => `=${octet.toString(16).padStart(2, '0')}`)
      const asQuoted = fromLatin1(hex.join('=\r\n'))
      assert.deepEqual(
        Buffer.from(decodeTransfer(asQuoted, 'quoted-printable')),
        Buffer.from(octets),
      )
    }),
  )
})

test('an encoding that nobody knows changes nothing', () => {
  assert.equal(latin1(decodeTransfer(fromLatin1('=41'), 'x-uuencode')), '=41')
})

test('text in its charset', () => {
  const text = (encoded: string, encoding: string, charset: string | null) =>
    decodeText(fromLatin1(encoded), {
      encoding,
      parameters: charset === null ? [] : [['Charset', charset]],
    })
  assert.equal(text('=FC', 'quoted-printable', 'iso-8859-1'), 'ü')
  assert.equal(text('w7w=', 'base64', 'UTF-8'), 'ü')
  assert.equal(text('\xc3\xbc', '8bit', null), 'ü')
  assert.equal(text('\xfc', '8bit', 'no-such-charset'), 'ü')
})
