import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { formatAddress, parseAddress } from './address.ts'
import { domainForDisplay, domainToAscii } from './domain.ts'
import { canonicalLocalpart, splitTag } from './localpart.ts'

const label63 = 'a'.repeat(63)
const domain255 = `${label63}.${label63}.${label63}.${'b'.repeat(59)}.com`

test('addresses, accepted', () => {
  const cases: [text: string, localpart: string, domain: string][] = [
    ['jane@here.example', 'jane', 'here.example'],
    ['Jane.Doe@HERE.Example', 'Jane.Doe', 'here.example'],
    ["!#$%&'*+-/=?^_`{|}~@here.example", "!#$%&'*+-/=?^_`{|}~", 'here.example'],
    ['"two words"@here.example', 'two words', 'here.example'],
    ['"a\\"b\\\\c"@here.example', 'a"b\\c', 'here.example'],
    ['"jane"@here.example', 'jane', 'here.example'],
    ['"u@ext.test"@ours.test', 'u@ext.test', 'ours.test'],
    ['"victim@ext.test x"@ours.test', 'victim@ext.test x', 'ours.test'], // CVE-2025-13033
    ['jane@[192.0.2.1]', 'jane', '[192.0.2.1]'],
    ['jane@[ipv6:2001:DB8::1]', 'jane', '[IPv6:2001:db8::1]'],
    ['josé@bücher.example', 'josé', 'xn--bcher-kva.example'],
    ['jane@XN--BCHER-KVA.example', 'jane', 'xn--bcher-kva.example'],
    ['用户@例子.example', '用户', 'xn--fsqu00a.example'],
    ['jane@localhost', 'jane', 'localhost'],
    ['jane@1.example', 'jane', '1.example'],
    [`${'l'.repeat(64)}@${domain255}`, 'l'.repeat(64), domain255],
  ]
  for (const [text, localpart, domain] of cases) {
    assert.deepEqual(parseAddress(text), { localpart, domain }, text)
  }
})

test('addresses, rejected', () => {
  const cases: [text: string, expected: string][] = [
    ['', 'localpart'],
    ['jane', '"@"'],
    ['@here.example', 'localpart'],
    ['jane@', 'domain'],
    ['.jane@here.example', 'localpart'],
    ['jane.@here.example', 'atom after "."'],
    ['ja..ne@here.example', 'atom after "."'],
    ['ja ne@here.example', '"@"'],
    ['jane@here.example.', 'domain'],
    ['jane@here..example', 'domain'],
    ['jane@-here.example', 'domain'],
    ['jane@here-.example', 'domain'],
    ['jane@he_re.example', 'end of line'],
    ['jane@here.example ', 'end of line'],
    ['u@ext.test@ours.test', 'end of line'],
    ['jane@192.0.2.1', 'domain'],
    ['jane@here.123', 'domain'],
    ['jane@%68ere.example', 'domain'],
    ['jane@h%C3%A9.example', 'end of line'],
    ['u@\uff4furs.test', 'domain'], // full-width o
    ['u@ours\u3002test', 'domain'], // ideographic full stop
    ['u@é.example/x', 'end of line'],
    ['u@xn--a', 'domain'],
    ['u@e\u0301\u200b.example', 'domain'],
    ['jane@[127.1]', '[IPv4] or [IPv6:address]'],
    ['jane@[::1]', '[IPv4] or [IPv6:address]'],
    ['jane@[IPv6:fe80::1%eth0]', '[IPv4] or [IPv6:address]'],
    ['jane@[x-tag:abc]', '[IPv4] or [IPv6:address]'],
    ['""@here.example', 'localpart'],
    ['"a@here.example', '"\\""'],
    ['"a\x00b"@here.example', '"\\""'],
    ['"a\\\x00b"@here.example', 'printable ASCII after "\\"'],
    ['a\u0085b@here.example', 'UTF-8 text'],
    ['a\ud800@here.example', 'Unicode text'],
    [`${'l'.repeat(65)}@here.example`, 'at most 64 octets before the @'],
    [`jane@${label63}a.example`, 'domain'],
    [`jane@a${domain255}`, 'domain'],
  ]
  for (const [text, expected] of cases) {
    assert.throws(
      () => parseAddress(text),
      (error) => error instanceof SyntaxFault && error.expected === expected,
      JSON.stringify(text),
    )
  }
})

test('what is formatted reads back as the same address', () => {
  const localpart = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 16 })
    .filter((text) => !/[\x00-\x1f\x7f-\x9f]/.test(text) && Buffer.byteLength(text) <= 32)
  fc.assert(
    fc.property(
      localpart,
      fc.constantFrom('here.example', 'xn--bcher-kva.example'),
      (local, host) => {
        const address = { localpart: local, domain: host }
        assert.deepEqual(parseAddress(formatAddress(address)), address)
      },
    ),
  )
})

test('quotes are written only where they are needed', () => {
  const cases: [localpart: string, text: string][] = [
    ['jane', 'jane@h'],
    ['a.b', 'a.b@h'],
    ['a..b', '"a..b"@h'],
    ['a b', '"a b"@h'],
    ['a"b', '"a\\"b"@h'],
    ['用户', '用户@h'],
  ]
  for (const [localpart, text] of cases)
    assert.equal(formatAddress({ localpart, domain: 'h' }), text)
})

test('parsing anything throws SyntaxFault or gives an address that reads back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      let address: ReturnType<typeof parseAddress>
      try {
        address = parseAddress(text)
      } catch (error) {
        assert.ok(error instanceof SyntaxFault)
        return
      }
      assert.deepEqual(parseAddress(formatAddress(address)), address)
    }),
    { numRuns: 500 },
  )
})

test('a domain in A-labels stays as it is, and shows its U-labels to people', () => {
  assert.equal(domainToAscii('faß.example'), 'xn--fa-hia.example') // not "fass"
  assert.equal(domainToAscii('BÜCHER.example'), 'xn--bcher-kva.example')
  assert.equal(domainToAscii('bu\u0308cher.example'), 'xn--bcher-kva.example')
  assert.equal(domainForDisplay('xn--bcher-kva.example'), 'bücher.example')
  assert.notEqual(domainToAscii('ours.tеst'), 'ours.test') // Cyrillic е
})

test('C05: one key for spellings of the same characters, different keys for look-alikes', () => {
  const same: [string, string][] = [
    ['José', 'jose\u0301'],
    ['JANE', 'jane'],
    ['\u212a', 'k'], // KELVIN SIGN is canonically the letter K
  ]
  for (const [a, b] of same) assert.equal(canonicalLocalpart(a), canonicalLocalpart(b))
  const different: [string, string][] = [
    ['straße', 'strasse'],
    ['ı', 'i'],
    ['İ', 'i'],
    ['ｊane', 'jane'],
    ['jаne', 'jane'],
    ['ja\u200dne', 'jane'],
    ['ﬁ', 'fi'],
  ]
  for (const [a, b] of different) assert.notEqual(canonicalLocalpart(a), canonicalLocalpart(b), a)
})

test('a key is its own key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const key = canonicalLocalpart(text)
      assert.equal(canonicalLocalpart(key), key)
    }),
  )
})

test('the tag is what follows the first plus', () => {
  assert.deepEqual(splitTag('jane+shop+1'), { base: 'jane', tag: 'shop+1' })
  assert.deepEqual(splitTag('jane+'), { base: 'jane', tag: '' })
  assert.deepEqual(splitTag('jane'), { base: 'jane', tag: null })
  assert.deepEqual(splitTag('+jane'), { base: '+jane', tag: null })
})
