import assert from 'node:assert/strict'

import { latin1 } from '../../../src/base/octets.ts'
import { parseAddressList } from '../../../src/syntax/message/address-list.ts'
import type { FuzzTarget } from '../target.ts'

const MAX = 50

export const target: FuzzTarget = {
  name: 'address-list',
  maxOctets: 65_536,
  seeds: [
    'Jane Doe <jane@example.com>, "Doe, J." <j@x> (c), a@[IPv6:::1]',
    'Group: a@x, b . c @ d . e;, undisclosed:;, <@a,@b:c@d>',
    'a@@b <c <d "e <f>, (((g, <"h"@i',
  ],
  dictionary: [
    '<',
    '>',
    '"',
    '\\',
    '(',
    ')',
    ',',
    ';',
    ':',
    '@',
    '<@',
    '[',
    ']',
    '.',
    ' ',
    '=?',
    '\r\n ',
  ],
  run(octets) {
    const entries = parseAddressList(latin1(octets), MAX)
    assert.ok(entries.length <= MAX)
    let inGroup = false
    for (const { name, mailbox, host } of entries) {
      assert.notEqual(name, '', 'an empty name is null')
      if (host !== null) assert.notEqual(mailbox, null, 'an address has a mailbox')
      else {
        assert.equal(inGroup, mailbox === null, 'groups open and close in turn')
        inGroup = mailbox !== null
      }
    }
    assert.ok(!inGroup || entries.length === MAX, 'every group is closed')
  },
}
