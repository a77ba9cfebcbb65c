import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compose } from './compose.ts'

const NOW_MS = Date.UTC(2026, 10, 20, 9)
const DATE = 'Date: Fri, 20 Nov 2026 09:00:00 +0000\r\n'
const OPTIONS = {
  endsAtDot: true,
  fromHeader: false,
  nowMs: NOW_MS,
}

function composed(text: string, options: Partial<typeof OPTIONS> = {}): string {
  return Buffer.from(compose(text, { ...OPTIONS, ...options }).octets).toString('latin1')
}

test('what is missing in the header is added, and what is there stays', () => {
  const added = `${DATE}To: undisclosed-recipients:;\r\n`
  assert.equal(composed('Subject: hi\n\ntext\n'), `${added}Subject: hi\r\n\r\ntext\r\n`)
  const whole = 'FROM: a@b\r\nDate : x\r\nCc: c@d,\r\n\te@f\r\nMessage-Id: <x@y>\r\n\r\n text\r\n'
  assert.equal(composed(whole), whole)
  assert.equal(compose(whole, OPTIONS).hasMessageId, true)
  assert.equal(compose(whole, OPTIONS).hasFrom, true)
  const bare = compose('Subject: hi\n\ntext\n', OPTIONS)
  assert.deepEqual([bare.hasMessageId, bare.hasFrom], [false, false])
})

test('a text without a header, and nothing at all, are messages', () => {
  const added = `${DATE}To: undisclosed-recipients:;\r\n\r\n`
  for (const [text, body] of [
    ['just text\nmore\n', 'just text\r\nmore\r\n'],
    [' begins with a blank\n', ' begins with a blank\r\n'],
    ['\ntext\n', 'text\r\n'],
    ['text: with colon?\n: no\n', undefined],
    ['', ''],
  ] as const)
    if (body !== undefined) assert.equal(composed(text), added + body, text)
  assert.match(composed('Subject: hi\nno field\n'), /Subject: hi\r\n\r\nno field\r\n$/)
})

test('every kind of line end becomes CRLF, and no octet is lost but NUL, which no server takes', () => {
  assert.match(
    composed('A: b\r\n\r\none\ntwo\rthree\r\nfour'),
    /\r\n\r\none\r\ntwo\r\nthree\r\nfour\r\n$/,
  )
  assert.match(composed('A: b\n\n\xe4\x01\x80\n'), /\r\n\r\n\xe4\x01\x80\r\n$/)
  assert.match(composed('A\0: b\n\n\0a\0\n'), /\r\nA: b\r\n\r\na\r\n$/)
})

test('a dot ends the message, unless it does not', () => {
  assert.match(composed('A: b\n\none\n.\ntwo\n'), /\r\n\r\none\r\n$/)
  assert.match(composed('A: b\n\none\n.\ntwo\n', { endsAtDot: false }), /one\r\n\.\r\ntwo\r\n$/)
  assert.match(composed('A: b\n\n..\n. \n'), /\r\n\r\n\.\.\r\n\. \r\n$/)
})

test('the line of a mailbox before the header is left out', () => {
  assert.ok(!composed('From jane Fri Nov 20\nA: b\n\ntext\n').includes('Nov 20\r\nA'))
  assert.match(composed('From jane Fri Nov 20\nA: b\n\ntext\n'), /A: b\r\n\r\ntext\r\n$/)
})

test('RFC 5322 §3.6.3: Bcc is taken out without -t too', () => {
  const message = composed('To: a@b\nBCC: hidden@x.example,\n more@x.example\nSubject: s\n\ntext\n')
  assert.ok(!/hidden|more@|bcc/i.test(message))
  assert.match(message, /\r\nTo: a@b\r\nSubject: s\r\n/)
})

test('-t takes the recipients of the header, and Bcc out of it', () => {
  const text =
    'To: Bob <bob@x.example>,\n ann@y.example\nCc: team: c@z.example, "d, e"@z.example;, root\n' +
    'bcc: hidden@x.example\nBcc : more@x.example\nSubject: s\n\ntext\n'
  const message = compose(text, { ...OPTIONS, fromHeader: true })
  assert.deepEqual(message.recipients, [
    ...['bob@x.example', 'ann@y.example', 'c@z.example', 'd, e@z.example', 'root'],
    ...['hidden@x.example', 'more@x.example'],
  ])
  const kept = Buffer.from(message.octets).toString('latin1')
  assert.ok(!/hidden|more@|bcc/i.test(kept))
  assert.match(kept, /\r\nTo: Bob <bob@x\.example>,\r\n ann@y\.example\r\nCc: /)
  const resent = compose(`Resent-To: new@x.example\nResent-Bcc: b@x.example\n${text}`, {
    ...OPTIONS,
    fromHeader: true,
  })
  assert.deepEqual(resent.recipients, ['new@x.example', 'b@x.example'])
})
