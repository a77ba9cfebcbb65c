import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { latin1OfUtf8 } from '../../base/octets.ts'
import { decodeWords } from './encoded-word.ts'

const cases: [raw: string, text: string][] = [
  ['plain', 'plain'],
  ['=?utf-8?Q?J=C3=BCrgen?=', 'Jürgen'],
  ['=?ISO-8859-1?q?J=FCrgen_M?= x', 'Jürgen M x'],
  ['=?utf-8?B?SsO8cmdlbg==?=', 'Jürgen'],
  // RFC 2047 §8
  ['=?ISO-8859-1?Q?a?=', 'a'],
  ['=?ISO-8859-1?Q?a?= b', 'a b'],
  ['=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=', 'ab'],
  ['=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=', 'ab'],
  ['=?ISO-8859-1?Q?a_b?=', 'a b'],
  ['=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=', 'a b'],
  ['x =?utf-8?q?y?= z', 'x y z'],
  ['=?utf-8*en?q?y?=', 'y'],
  ['=?utf-8?q?=C3?= =?utf-8?q?=BC?=', 'ü'],
  ['=?utf-8?b?SsO8?= =?utf-8?q?r?=', 'Jür'],
  ['=?gb2312?B?1tDOxA==?=', '中文'],
  ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=', '日本'],
  ['=?us-ascii?q?=C3=BC?=', 'ü'],
  ['=?no-such?q?=C3=BC?=', 'ü'],
  ['=?no-such?q?=FC?=', 'ü'],
  ['J\xc3\xbcrgen', 'Jürgen'],
  ['J\xfcrgen', 'Jürgen'],
  // broken
  ['=?utf-8?Q?open', '=?utf-8?Q?open'],
  ['=?utf-8?X?x?=', '=?utf-8?X?x?='],
  ['=??Q?x?=', '=??Q?x?='],
  ['=?utf-8?Q?=4?=', '=4'],
  ['=?utf-8?Q?two words?=', 'two words'],
  ['=?=?utf-8?Q?a?=', '=?a'],
  ['=?utf-8?Q??=', ''],
  ['=?utf-8?B?!!!?=', ''],
  ['=?utf-8?Q?=FF?=', '\ufffd'],
]
for (const [raw, text] of cases) {
  test(`RFC 2047: ${JSON.stringify(raw)}`, () => assert.equal(decodeWords(raw), text))
}

test('text in encoded words, cut anywhere between octets, is read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(20), (text, size) => {
      const octets = Buffer.from(text, 'utf8')
      const words: string[] = []
      for (let at = 0; at < octets.length; at += size + 1) {
        words.push(`=?utf-8?B?${octets.subarray(at, at + size + 1).toString('base64')}?=`)
      }
      const expected = text.replace(/^\ufeff/, '')
      assert.equal(decodeWords(words.join(' ')).replace(/^\ufeff/, ''), expected)
    }),
  )
})

test('RFC 6532 §3.1: text without encoded words is UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!text.includes('=?') && !text.includes('\ufeff'))
      assert.equal(decodeWords(latin1OfUtf8(text)), text)
    }),
  )
})
