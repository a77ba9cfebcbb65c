import assert from 'node:assert/strict'

import { SyntaxFault } from '../../../src/base/faults.ts'
import { latin1 } from '../../../src/base/octets.ts'
import { decodeModifiedUtf7, encodeModifiedUtf7 } from '../../../src/syntax/imap/modified-utf7.ts'
import type { FuzzTarget } from '../target.ts'

export const target: FuzzTarget = {
  name: 'modified-utf7',
  seeds: ['INBOX', 'Entw&APw-rfe', '~peter/mail/&U,BTFw-/&ZeVnLIqe-', 'a&-b', '&2D3eAA-', '&AGE-'],
  dictionary: ['&', '-', '&-', '&AOk-', '&2D0', '3gA-', ',', '/', '='],
  run(octets) {
    const spelling = latin1(octets)
    let name: string
    try {
      name = decodeModifiedUtf7(spelling)
    } catch (error) {
      if (error instanceof SyntaxFault) return
      throw error
    }
    assert.ok(name.isWellFormed())
    assert.equal(encodeModifiedUtf7(name), spelling, 'a name has one spelling')
  },
}
