import assert from 'node:assert/strict'

import { decodeBase64, decodeQuotedPrintable } from '../../../src/syntax/mime/decode.ts'
import type { FuzzTarget } from '../target.ts'

export const target: FuzzTarget = {
  name: 'transfer-decoding',
  maxOctets: 65_536,
  seeds: ['aGVsbG8=\r\naA==aQ==', 'J=C3=BC=\r\n  \r\n= \t\r\n=', '=4 =xy  '],
  dictionary: ['=', '==', '=\r\n', '= \r\n', ' ', '\t', '\r\n', '=3D', 'AAAA', '-_'],
  run(octets) {
    assert.ok(decodeBase64(octets).length <= octets.length, 'base64 is longer')
    const decoded = decodeQuotedPrintable(octets)
    assert.ok(decoded.length <= octets.length, 'quoted-printable is longer')
    const encoded = Array.from(decoded, (octet) => `=${octet.toString(16).padStart(2, '0')}`)
    const again = decodeQuotedPrintable(Buffer.from(encoded.join(''), 'latin1'))
    assert.ok(Buffer.from(decoded).equals(again), 'round trip')
  },
}
