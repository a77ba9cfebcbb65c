import assert from 'node:assert/strict'

import { SyntaxFault } from '../../../src/base/faults.ts'
import { formatAddress, parseAddress } from '../../../src/syntax/address/address.ts'
import { domainToAscii } from '../../../src/syntax/address/domain.ts'
import { canonicalLocalpart } from '../../../src/syntax/address/localpart.ts'
import type { FuzzTarget } from '../target.ts'

export const target: FuzzTarget = {
  name: 'address',
  maxOctets: 512,
  seeds: [
    'jane+tag@here.example',
    '"a b"@xn--bcher-kva.example',
    'jos\xc3\xa9@b\xc3\xbccher.example',
    'a@[192.0.2.1]',
  ],
  dictionary: [
    '@',
    '"',
    '\\',
    '.',
    'xn--',
    '%41',
    '[',
    ']',
    '\xef\xbc\xae',
    '\xe3\x80\x82',
    '\xe2\x80\x8d',
    '\xcc\x81',
  ],
  run(octets) {
    const text = Buffer.from(octets).toString()
    try {
      const address = parseAddress(text)
      assert.deepEqual(parseAddress(formatAddress(address)), address)
      const key = canonicalLocalpart(address.localpart)
      assert.equal(canonicalLocalpart(key), key, 'a key is its own key')
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error
    }
    const domain = domainToAscii(text)
    if (domain === null) return
    assert.match(domain, /^[a-z0-9.-]{1,255}$/)
    assert.equal(domainToAscii(domain), domain)
  },
}
