import assert from 'node:assert/strict'
import { test } from 'node:test'

import { connectWith } from './connection.ts'
import type { SignAgain } from './seven-bit.ts'
import { messageTo, OPTIONS, targetOf } from './testing/attempts.ts'
import { startFakeMx } from './testing/fake-mx.ts'
import type { OutgoingMessage } from './types.ts'

const RECEIVED = 'Received: from a by b; Fri, 20 Nov 2026 09:00:00 +0000\r\n'
const FOREIGN = 'DKIM-Signature: v=1; d=other.example; b=AAAA\r\n'
const OWN = 'DKIM-Signature: v=1; d=example.com;\r\n\tb=OLD\r\n'
const TEXT = `${RECEIVED}${FOREIGN}Subject: hello\r\n\r\nGrüße\r\n`
const CONVERTED = `${RECEIVED}${FOREIGN}Subject: hello\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
Gr=C3=BC=C3=9Fe\r
`

function eightBit(text: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  const octets = Buffer.from(text)
  const content = () => [octets.subarray(0, 40), octets.subarray(40)]
  return messageTo(['bob@b.example'], {
    ...{ eightBit: true, sizeOctets: octets.length, content },
    ...more,
  })
}

/** @returns what came of it: the status, and what arrived */
async function sent(message: OutgoingMessage, offers: readonly string[], signAgain?: SignAgain) {
  await using mx = await startFakeMx({ offers })
  const connection = await connectWith(signAgain ? { signAgain } : {})(targetOf(mx), OPTIONS)
  assert.ok('send' in connection)
  const [result] = await connection.send(message)
  assert.ok(connection.usable)
  await connection.close()
  assert.ok(result !== undefined)
  const mail = mx.sessions[0]?.lines.find((line) => line.startsWith('MAIL'))
  return { result, mail, content: mx.messages[0]?.content }
}

test('RFC 6152 §3: for a server without 8BITMIME a message is converted, and its size said', async () => {
  for (const offers of [
    ['PIPELINING', 'SIZE'],
    ['SIZE', 'CHUNKING'],
  ]) {
    const { result, mail, content } = await sent(eightBit(TEXT), offers)
    assert.equal(result.kind, 'delivered')
    assert.equal(content, CONVERTED)
    assert.equal(mail, `MAIL FROM:<jane@example.com> SIZE=${CONVERTED.length}`)
  }
  const as = await sent(eightBit(TEXT), ['8BITMIME'])
  assert.equal(as.content, Buffer.from(TEXT).toString('latin1'))
  assert.match(as.mail ?? '', / BODY=8BITMIME$/)
})

test('RFC 1870 §6.2: it is the converted message that may be too large', async () => {
  const { result, mail } = await sent(eightBit(TEXT), [`SIZE ${CONVERTED.length - 1}`])
  assert.equal(result.kind === 'failed' && result.status, '5.3.4')
  assert.equal(mail, undefined)
})

test('RFC 6376 §5.3: what we signed is signed again, as it is sent; others’ signatures stay', async () => {
  let signed = ''
  const again: SignAgain = async (content) => {
    for await (const piece of content) signed += Buffer.from(piece).toString('latin1')
    return Buffer.from('DKIM-Signature: v=1; b=NEW\r\n')
  }
  const { content } = await sent(eightBit(OWN + OWN + TEXT), [], again)
  assert.equal(content, `DKIM-Signature: v=1; b=NEW\r\n${CONVERTED}`)
  assert.equal(signed, CONVERTED)
  const forwarded = await sent(eightBit(TEXT), [], again)
  assert.equal(forwarded.content, CONVERTED)
})

test('what cannot be converted goes back, with a sentence; without a sender it loses its accents', async () => {
  const signed = `${RECEIVED}MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\né\r\n--b--\r\n`
  const cases = [
    [signed, '5.6.3', /that its author signed, so it cannot be converted, and the server did not/],
    ['Subject: é\r\n\r\nx\r\n', '5.6.3', /in a header field/],
  ] as const
  for (const [text, status, words] of cases) {
    const { result, content, mail } = await sent(eightBit(text), [])
    assert.ok(result.kind === 'failed')
    assert.equal(result.status, status)
    assert.match(result.text, words)
    assert.deepEqual([content, mail], [undefined, undefined])
  }
  const needs = await sent(eightBit('Subject: é\r\n\r\né\r\n', { smtputf8: true }), [])
  assert.equal(needs.result.kind === 'failed' && needs.result.status, '5.6.7')
  const notice = await sent(eightBit('Subject: é\r\n\r\né\r\n', { from: null }), [])
  assert.equal(notice.content, 'Subject: ??\r\n\r\n??\r\n')
})

test('a message that cannot be read waits', async () => {
  const content = function* (): Generator<Uint8Array> {
    yield Buffer.from('Subject: half\r\n')
    throw new Error('the disk says no')
  }
  const { result, mail } = await sent(eightBit(TEXT, { content }), [])
  assert.equal(result.kind === 'deferred' && result.status, '4.3.0')
  assert.equal(mail, undefined)
})
