import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Refusal } from '../base/faults.ts'
import { latin1OfUtf8 } from '../base/octets.ts'
import { formatAddress } from '../syntax/address/address.ts'
import { parseCommand } from '../syntax/smtp/command.ts'
import { contentEnded, type Policy, type State, step, transactionOf } from './session.ts'

const policy: Policy = {
  maxRecipients: 2,
  hello: () => 'mx.here.example',
  extensions: () => ['PIPELINING'],
  barrier: () => null,
  checkSender({ sizeOctets = 0 }) {
    if (sizeOctets > 1000) throw new Refusal('messageTooBig')
  },
  acceptRecipient(to) {
    const address = to === 'postmaster' ? to : formatAddress(to.address)
    if (address === 'nobody@here.example') throw new Refusal('noSuchUser')
    if (address === 'broken@here.example') throw new Error('SQLITE_IOERR: disk I/O error')
    return { address, destinations: [] }
  },
}

const mail = 'MAIL FROM:<c@there.example>'
const jane = 'RCPT TO:<jane@here.example>'

/** Each case is a whole session. `.` ends the content, a BDAT's octets are read at once. */
const sessions: [name: string, lines: readonly string[], codes: readonly number[]][] = [
  ['a delivery', ['EHLO c', mail, jane, 'DATA', '.', 'QUIT'], [250, 250, 250, 354, 0, 221]],
  ['MAIL before EHLO', [mail, 'EHLO c', mail], [503, 250, 250]],
  [
    'two deliveries',
    ['HELO c', mail, jane, 'DATA', '.', mail, jane],
    [250, 250, 250, 354, 0, 250, 250],
  ],
  ['DATA without a recipient', ['EHLO c', mail, 'DATA', jane, 'DATA'], [250, 250, 503, 250, 354]],
  [
    'DATA after every recipient was refused',
    ['EHLO c', mail, 'RCPT TO:<nobody@here.example>', 'DATA'],
    [250, 250, 550, 503],
  ],
  ['RCPT and DATA before MAIL', ['EHLO c', jane, 'DATA'], [250, 503, 503]],
  ['a second MAIL', ['EHLO c', mail, mail, jane], [250, 250, 503, 250]],
  [
    'RFC 5321 §4.5.3.1.10: 452 past the recipient limit',
    ['EHLO c', mail, jane, jane, jane, 'DATA'],
    [250, 250, 250, 250, 452, 354],
  ],
  [
    'EHLO in a transaction drops it',
    ['EHLO c', mail, jane, 'EHLO c', jane, 'DATA'],
    [250, 250, 250, 250, 503, 503],
  ],
  [
    'RSET drops the transaction',
    ['EHLO c', mail, jane, 'RSET', jane, mail],
    [250, 250, 250, 250, 503, 250],
  ],
  [
    'A08: after a message everything starts anew',
    ['EHLO c', mail, jane, 'DATA', '.', jane, 'DATA', 'BDAT 5'],
    [250, 250, 250, 354, 0, 503, 503, 503],
  ],
  [
    'RFC 5321 §4.1.1.11: an unknown parameter is 555',
    ['EHLO c', `${mail} FUTURE`, `${mail} BODY=BINARYMIME`, mail, `${jane} FUTURE=1`],
    [250, 555, 555, 250, 555],
  ],
  [
    'RFC 3461 §4: what is asked of notices',
    ['EHLO c', `${mail} RET=HDRS ENVID=QQ314159`, `${jane} NOTIFY=SUCCESS,DELAY ORCPT=rfc822;j@x`],
    [250, 250, 250],
  ],
  [
    'RFC 8689 §2: REQUIRETLS only where it is offered',
    ['EHLO c', `${mail} REQUIRETLS`, mail],
    [250, 530, 250],
  ],
  [
    'a size beyond the limit',
    ['EHLO c', `${mail} SIZE=1001`, jane, `${mail} SIZE=1000`],
    [250, 552, 503, 250],
  ],
  [
    'RFC 6531 §3.5: UTF-8 needs SMTPUTF8',
    ['EHLO c', 'MAIL FROM:<é@there.example>', mail, 'RCPT TO:<é@here.example>', jane],
    [250, 553, 250, 553, 250],
  ],
  [
    'RFC 6531: UTF-8 with SMTPUTF8',
    ['EHLO c', 'MAIL FROM:<é@there.example> SMTPUTF8', 'RCPT TO:<é@here.example>'],
    [250, 250, 250],
  ],
  [
    'RFC 3030: chunks',
    ['EHLO c', mail, jane, 'BDAT 5', 'BDAT 5 LAST', '.', mail],
    [250, 250, 250, 0, 0, 0, 250],
  ],
  [
    'RFC 3030: no DATA, MAIL or RCPT among chunks',
    ['EHLO c', mail, jane, 'BDAT 5', 'DATA', mail, jane],
    [250, 250, 250, 0, 503, 503, 503],
  ],
  [
    'RSET among chunks',
    ['EHLO c', mail, jane, 'BDAT 5', 'RSET', 'BDAT 5 LAST'],
    [250, 250, 250, 0, 250, 503],
  ],
  [
    'A08: a BDAT that fails ends the transaction',
    ['EHLO c', mail, 'BDAT 5', jane],
    [250, 250, 503, 503],
  ],
  [
    'RFC 5321 §4.5.1: postmaster without a domain',
    ['EHLO c', mail, 'RCPT TO:<Postmaster>'],
    [250, 250, 250],
  ],
  [
    'VRFY tells nothing, EXPN less',
    ['VRFY jane', 'EHLO c', 'VRFY jane', 'EXPN list'],
    [252, 250, 252, 502],
  ],
  ['commands of no consequence', ['NOOP', 'RSET', 'HELP', 'XYZZY'], [250, 250, 214, 500]],
  ['nothing after QUIT', ['QUIT', 'EHLO c', 'NOOP'], [221, 503, 503]],
  ['STARTTLS forgets the greeting', ['EHLO c', 'STARTTLS', mail], [250, 220, 503]],
  ['no STARTTLS in a transaction', ['EHLO c', mail, 'STARTTLS'], [250, 250, 503]],
  [
    'an internal error in RCPT',
    ['EHLO c', mail, 'RCPT TO:<broken@here.example>', jane],
    [250, 250, 451, 250],
  ],
]

for (const [name, lines, codes] of sessions) {
  test(name, () => {
    let state: State = { name: 'fresh' }
    const got: number[] = []
    for (const line of lines) {
      if (line === '.') {
        state = contentEnded(state)
        got.push(0)
        continue
      }
      const next = step(state, parseCommand(latin1OfUtf8(line)), policy)
      state = next.state
      got.push(next.reply?.code ?? 0)
    }
    assert.deepEqual(got, codes)
  })
}

test('what the client asks of notices stays with the message and its recipients', () => {
  const lines = [
    'EHLO c',
    `${mail} RET=FULL ENVID=a+20b REQUIRETLS`,
    `${jane} NOTIFY=never ORCPT=rfc822;Bob+2Bx@there.example`,
    'RCPT TO:<bob@here.example>',
  ]
  const secret = { ...policy, extensions: () => ['DSN', 'REQUIRETLS'] }
  let state: State = { name: 'fresh' }
  for (const line of lines) state = step(state, parseCommand(line), secret).state
  const { wishes, recipients } = transactionOf(state) ?? assert.fail('no transaction')
  const envelopeId = 'a+20b'
  assert.deepEqual(wishes, { ret: 'FULL', envelopeId, smtputf8: false, requireTls: true })
  assert.deepEqual(
    recipients.map(({ notify, original }) => [notify, original]),
    [
      ['NEVER', 'rfc822;Bob+2Bx@there.example'],
      [null, null],
    ],
  )
})

test('an internal error tells the peer nothing, and the log everything', () => {
  let state: State = { name: 'fresh' }
  for (const line of ['EHLO c', mail]) state = step(state, parseCommand(line), policy).state
  const { reply, error } = step(state, parseCommand('RCPT TO:<broken@here.example>'), policy)
  assert.deepEqual(reply, { code: 451, status: '4.3.0', text: 'Internal error; try again later' })
  assert.match(String(error), /SQLITE_IOERR/)
})
