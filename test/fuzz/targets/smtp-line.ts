import assert from 'node:assert/strict'

import { SyntaxFault } from '../../../src/base/faults.ts'
import { latin1 } from '../../../src/base/octets.ts'
import { formatAddress, parseAddress } from '../../../src/syntax/address/address.ts'
import type { Path } from '../../../src/syntax/address/path.ts'
import { type Command, parseCommand } from '../../../src/syntax/smtp/command.ts'
import type { FuzzTarget } from '../target.ts'

export const target: FuzzTarget = {
  name: 'smtp-line',
  maxOctets: 2048,
  seeds: [
    'MAIL FROM:<jane@here.example> SIZE=1000 BODY=8BITMIME SMTPUTF8 AUTH=<>',
    'RCPT TO:<"two \\"words\\""@[IPv6:2001:db8::1]>',
    'RCPT TO:<@a.example,@b.example:postmaster@c.example> NOTIFY=NEVER',
    'mail from:<\xe7\x94\xa8\xe6\x88\xb7@\xe4\xbe\x8b\xe5\xad\x90.example> smtputf8',
    'BDAT 86 LAST',
    'AUTH PLAIN AGphbmUAcGVuY2ls',
    'EHLO [192.0.2.1]',
  ],
  dictionary: [
    'MAIL FROM:<',
    'RCPT TO:<',
    '>',
    '@',
    '"',
    '\\',
    '[IPv6:',
    ']',
    'xn--',
    '.',
    ' SIZE=',
    '\xc3\xa9',
    '\0',
  ],
  run(octets) {
    let command: Command
    try {
      command = parseCommand(latin1(octets))
    } catch (error) {
      if (error instanceof SyntaxFault) return
      throw error
    }
    if (command.verb === 'MAIL' && command.from !== null) checkPath(command.from)
    if (command.verb === 'RCPT' && command.to !== 'postmaster') checkPath(command.to)
    if (command.verb === 'BDAT') assert.ok(Number.isSafeInteger(command.octets))
  },
}

function checkPath({ address, text, international }: Path): void {
  assert.deepEqual(parseAddress(formatAddress(address)), address, 'a round trip')
  assert.deepEqual(parseAddress(text), address, 'the text means the same')
  assert.match(address.domain, /^[a-z0-9.-]+$|^\[[0-9.]+\]$|^\[IPv6:[0-9a-f:.]+\]$/)
  assert.equal(international, /[^\x00-\x7f]/.test(text))
  assert.doesNotMatch(text, /[\x00-\x1f\x7f-\x9f]/)
}
