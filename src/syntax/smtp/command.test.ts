import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { SyntaxFault } from '../../base/faults.ts'
import { latin1OfUtf8 } from '../../base/octets.ts'
import { formatAddress } from '../address/address.ts'
import { type Command, parseCommand } from './command.ts'

/** A command in one short line, to compare with. */
function show(line: string): string {
  const command = parseCommand(latin1OfUtf8(line))
  switch (command.verb) {
    case 'MAIL': {
      const { from, sizeOctets, body, smtputf8, unknown } = command
      const path = from === null ? '<>' : formatAddress(from.address)
      return [path, sizeOctets, body, smtputf8 && 'utf8', ...unknown].filter(Boolean).join(' ')
    }
    case 'RCPT': {
      const path = command.to === 'postmaster' ? command.to : formatAddress(command.to.address)
      return [path, ...command.unknown].join(' ')
    }
    default:
      return Object.values(command satisfies Command).join(' ')
  }
}

test('commands, accepted', () => {
  const cases: [line: string, shown: string][] = [
    ['EHLO client.example', 'EHLO client.example'],
    ['helo [192.0.2.3]', 'HELO [192.0.2.3]'],
    ['EHLO My PC_1 ', 'EHLO My PC_1'],
    ['MAIL FROM:<jane@here.example>', 'jane@here.example 7BIT'],
    ['mail from:<jane@here.example> size=1000 body=8bitmime', 'jane@here.example 1000 8BITMIME'],
    ['MAIL FROM: <jane@here.example>', 'jane@here.example 7BIT'],
    ['MAIL FROM:<jane@here.example>  ', 'jane@here.example 7BIT'],
    ['MAIL FROM:<>', '<> 7BIT'],
    ['MAIL FROM:<用户@例子.example> SMTPUTF8', '用户@xn--fsqu00a.example 7BIT utf8'],
    ['MAIL FROM:<> AUTH=<>', '<> 7BIT'],
    ['MAIL FROM:<> RET=HDRS ENVID=x', '<> 7BIT RET=HDRS ENVID=x'],
    ['MAIL FROM:<> BODY=BINARYMIME FUTURE', '<> 7BIT BODY=BINARYMIME FUTURE'],
    ['MAIL FROM:<> SIZE=18446744073709551616', '<> 18446744073709552000 7BIT'],
    ['RCPT TO:<bob@there.example>', 'bob@there.example'],
    ['RCPT TO:<@a.example:bob@there.example>', 'bob@there.example'],
    ['RCPT TO:<postmaster>', 'postmaster'],
    ['RCPT TO:<bob@x.example> ORCPT=rfc822;u@o.example', 'bob@x.example ORCPT=rfc822;u@o.example'],
    ['DATA', 'DATA'],
    ['data ', 'DATA'],
    ['BDAT 0', 'BDAT 0 false'],
    ['BDAT 1234 last', 'BDAT 1234 true'],
    ['RSET', 'RSET'],
    ['NOOP whatever', 'NOOP'],
    ['QUIT', 'QUIT'],
    ['HELP MAIL', 'HELP'],
    ['STARTTLS', 'STARTTLS'],
    ['VRFY jane', 'VRFY jane'],
    ['EXPN list', 'EXPN list'],
    ['AUTH PLAIN', 'AUTH PLAIN '],
    ['AUTH plain AGEAYg==', 'AUTH plain AGEAYg=='],
    ['AUTH PLAIN =', 'AUTH PLAIN ='],
    ['', 'unknown '],
    ['GET / HTTP/1.1', 'unknown GET'],
    [' NOOP', 'unknown '],
    ['NOOPX', 'unknown NOOPX'],
  ]
  for (const [line, shown] of cases) assert.equal(show(line), shown, line)
})

test('commands, rejected', () => {
  const cases: [line: string, expected: string, at: number][] = [
    ['EHLO', 'your host name', 4],
    ['EHLO  ', 'your host name', 4],
    [`EHLO ${'x'.repeat(256)}`, 'at most 255 octets of host name', 4],
    ['EHLO a\x1b[2J', 'printable text', 6],
    ['MAIL', '"FROM:"', 5],
    ['MAIL  FROM:<a@b.example>', '"FROM:"', 5],
    ['MAIL\tFROM:<a@b.example>', 'printable text', 4],
    ['MAIL FROM:a@b.example', '"<"', 10],
    ['MAIL FROM:<a@b.example', '">"', 22],
    ['MAIL FROM:<a@b.example>SIZE=1', '" "', 23],
    ['MAIL FROM:<a\0@b.example>', 'printable text', 12],
    ['MAIL FROM:<a@b.example> SIZE=1e3', 'SIZE=octets', 32],
    ['MAIL FROM:<a@b.example> SIZE=-1', 'SIZE=octets', 31],
    ['MAIL FROM:<a@b.example> SIZE=', 'parameter value', 29],
    ['MAIL FROM:<a@b.example> SIZE', 'SIZE=octets', 28],
    ['MAIL FROM:<a@b.example> SIZE=1 SIZE=2', 'SIZE only once', 37],
    ['MAIL FROM:<> BODY=7BIT body=8BITMIME', 'BODY only once', 36],
    ['MAIL FROM:<> AUTH=a AUTH=b', 'AUTH only once', 26],
    ['MAIL FROM:<> =1', 'parameter', 13],
    ['RCPT TO:', '"<"', 8],
    ['RCPT TO:<>', 'localpart', 9],
    ['RCPT TO:u@ext.example', '"<"', 8],
    ['RCPT TO:<u@ext.example> trailing junk =', 'parameter', 38],
    ['DATA now', 'end of line', 4],
    ['QUIT\rx', 'printable text', 4],
    ['RSET\x7f', 'printable text', 4],
    ['BDAT', '" "', 4],
    ['BDAT -1', 'octets of the chunk', 5],
    ['BDAT 1e3', 'end of line', 6],
    ['BDAT 5 LAST x', 'end of line', 12],
    ['BDAT 99999999999999999999', 'at most 15 digits', 25],
    ['VRFY', 'a name', 4],
    ['AUTH', 'AUTH mechanism [response]', 4],
    ['AUTH PLAIN a b', 'AUTH mechanism [response]', 4],
  ]
  for (const [line, expected, at] of cases) {
    assert.throws(() => parseCommand(line), new SyntaxFault(expected, at), JSON.stringify(line))
  }
})

test('A11: a thousand parameters are refused, not read', () => {
  let line = 'MAIL FROM:<a@b.example>'
  for (let i = 0; i < 1000; i++) line += ` X${i}=1`
  assert.throws(() => parseCommand(line), /at most 16 parameters/)
})

test('any line is a command or a SyntaxFault', () => {
  const verb = fc.constantFrom('MAIL FROM:', 'RCPT TO:', 'BDAT ', 'AUTH ', 'EHLO ', '')
  const tail = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((n) => String.fromCharCode(n)),
  })
  fc.assert(
    fc.property(verb, tail, (start, rest) => {
      try {
        parseCommand(start + rest)
      } catch (error) {
        assert.ok(error instanceof SyntaxFault, String(error))
      }
    }),
    { numRuns: 500 },
  )
})
