import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { latin1OfUtf8 } from '../../base/octets.ts'
import { formatAddress } from '../address/address.ts'
import { type Command, parseCommand } from './command.ts'

/** A command in one short line, to compare with. */
function show(line: string): string {
  const command = parseCommand(latin1OfUtf8(line))
  switch (command.verb) {
    case 'MAIL': {
      const { from, sizeOctets, body, smtputf8, ret, envelopeId, requireTls, unknown } = command
      const path = from === null ? '<>' : formatAddress(from.address)
      const asked = [ret, envelopeId, requireTls && 'tls']
      return [path, sizeOctets, body, smtputf8 && 'utf8', ...asked, ...unknown]
        .filter(Boolean)
        .join(' ')
    }
    case 'RCPT': {
      const path = command.to === 'postmaster' ? command.to : formatAddress(command.to.address)
      return [path, command.notify, command.original, ...command.unknown].filter(Boolean).join(' ')
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
    ['MAIL FROM:<> RET=HDRS ENVID=x', '<> 7BIT HDRS x'],
    ['MAIL FROM:<> ret=full envid=a+2Bb+20c', '<> 7BIT FULL a+2Bb+20c'],
    ['MAIL FROM:<> REQUIRETLS', '<> 7BIT tls'],
    ['MAIL FROM:<> REQUIRETLS=yes', '<> 7BIT REQUIRETLS=yes'],
    ['MAIL FROM:<> BODY=BINARYMIME FUTURE', '<> 7BIT BODY=BINARYMIME FUTURE'],
    ['MAIL FROM:<> SIZE=18446744073709551616', '<> 18446744073709552000 7BIT'],
    ['RCPT TO:<bob@there.example>', 'bob@there.example'],
    ['RCPT TO:<@a.example:bob@there.example>', 'bob@there.example'],
    ['RCPT TO:<postmaster>', 'postmaster'],
    ['RCPT TO:<bob@x.example> ORCPT=rfc822;u@o.example', 'bob@x.example rfc822;u@o.example'],
    ['RCPT TO:<bob@x.example> NOTIFY=never', 'bob@x.example NEVER'],
    ['RCPT TO:<bob@x.example> NOTIFY=delay,Success', 'bob@x.example DELAY,SUCCESS'],
    ['RCPT TO:<bob@x.example> NOTIFY=SUCCESS,FAILURE,DELAY', 'bob@x.example SUCCESS,FAILURE,DELAY'],
    ['RCPT TO:<b@x.example> ORCPT=rfc822;a+2Bb@o.example', 'b@x.example rfc822;a+2Bb@o.example'],
    ['RCPT TO:<b@x.example> ORCPT=utf-8;\\x{F6}@o.example', 'b@x.example utf-8;\\x{F6}@o.example'],
    ['RCPT TO:<b@x.example> ORCPT=utf-8;é@o.example', 'b@x.example utf-8;é@o.example'],
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

const ENVID = 'ENVID= and 1 to 100 octets of xtext'
const NOTIFY = 'NOTIFY=NEVER or NOTIFY=SUCCESS,FAILURE,DELAY'
const ORCPT = 'ORCPT=type;address, at most 500 octets of xtext'

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
    ['MAIL FROM:<> RET=ALL', 'RET=FULL or RET=HDRS', 20],
    ['MAIL FROM:<> RET', 'RET=FULL or RET=HDRS', 16],
    ['MAIL FROM:<> ENVID', ENVID, 18],
    ['MAIL FROM:<> ENVID=a+0D+0Ab', ENVID, 27],
    ['MAIL FROM:<> ENVID=a+2', ENVID, 22],
    ['MAIL FROM:<> ENVID=a+2b', ENVID, 23],
    ['MAIL FROM:<> ENVID=+20', ENVID, 22],
    ['MAIL FROM:<> ENVID=\xe9', ENVID, 20],
    [`MAIL FROM:<> ENVID=${'x'.repeat(101)}`, ENVID, 120],
    ['RCPT TO:<b@x.example> NOTIFY', NOTIFY, 28],
    ['RCPT TO:<b@x.example> NOTIFY=NEVER,DELAY', NOTIFY, 40],
    ['RCPT TO:<b@x.example> NOTIFY=DELAY,DELAY', NOTIFY, 40],
    ['RCPT TO:<b@x.example> NOTIFY=DELAY,', NOTIFY, 35],
    ['RCPT TO:<b@x.example> NOTIFY=SOMETIMES', NOTIFY, 38],
    ['RCPT TO:<b@x.example> ORCPT', ORCPT, 27],
    ['RCPT TO:<b@x.example> ORCPT=u@o.example', ORCPT, 39],
    ['RCPT TO:<b@x.example> ORCPT=;u@o.example', ORCPT, 40],
    ['RCPT TO:<b@x.example> ORCPT=rfc822;', ORCPT, 35],
    ['RCPT TO:<b@x.example> ORCPT=rfc822;\xc3\xa9@o', ORCPT, 39],
    ['RCPT TO:<b@x.example> ORCPT=rfc822;a+0D+0AX:y', ORCPT, 45],
    ['RCPT TO:<b@x.example> ORCPT=rfc822;a+1B[2J', ORCPT, 42],
    ['RCPT TO:<b@x.example> ORCPT=utf-8;a\\x{0A}b', ORCPT, 42],
    ['RCPT TO:<b@x.example> ORCPT=utf-8;a\\x{D800}b', ORCPT, 44],
    ['RCPT TO:<b@x.example> ORCPT=utf-8;a\\x{85}b', ORCPT, 42],
    ['RCPT TO:<b@x.example> ORCPT=utf-8;\xff', ORCPT, 35],
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

test('A11: endless NOTIFY and ORCPT are refused', () => {
  const notify = `RCPT TO:<b@x.example> NOTIFY=${'SUCCESS,'.repeat(200)}DELAY`
  assert.throws(() => parseCommand(notify), /NOTIFY=NEVER/)
  assert.throws(
    () => parseCommand(`RCPT TO:<b@x.example> ORCPT=rfc822;${'a'.repeat(494)}`),
    /at most 500 octets/,
  )
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
