/** What strangers say comes back in notices: in their words and addresses, and in the message itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../test/support/properties.ts'
import { DEFAULT_LIMITS } from '../base/limits.ts'
import { skeletonOf } from '../syntax/mime/scanner.ts'
import { readReport } from '../syntax/dsn/report.ts'
import { composeNotice } from './notices.ts'
import { CONTEXT, MESSAGE, ORIGINAL, told, UNKNOWN_USER } from './testing/notice-samples.ts'

const HEADER_NAMES = [
  ...['From', 'To', 'Subject', 'Date', 'Message-ID', 'In-Reply-To', 'References'],
  ...['Auto-Submitted', 'MIME-Version', 'Content-Type'],
]

/** Whatever the words, the notice has its own fields, three parts and its one recipient. */
function check(octets: Uint8Array): void {
  const { root } = skeletonOf(octets, DEFAULT_LIMITS.message)
  const text = Buffer.from(octets).toString('latin1')
  const header = text.slice(0, root.bodyStart).replace(/\r\n[ \t]/g, ' ')
  const names = header
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(':')[0])
  assert.deepEqual(
    names.filter((name) => name !== 'In-Reply-To' && name !== 'References'),
    [...HEADER_NAMES.filter((name) => name !== 'In-Reply-To' && name !== 'References')],
  )
  assert.equal(root.children.length, 3)
  assert.equal(readReport(octets).recipients.length, 1)
  const [prose, status] = root.children
  for (const part of [prose, status]) {
    const body = text.slice(part?.bodyStart, part?.bodyEnd)
    assert.ok(!/[^\r\n\x20-\x7e]/.test(body), 'ASCII')
    assert.ok(!/\r(?!\n)|(?<!\r)\n/.test(body), 'whole line ends')
    assert.ok(!/[^\r\n]{999}/.test(body), 'short lines')
  }
}

const EVIL = [
  'x\r\nBcc: eve@evil.example\r\n\r\nbody',
  'x\nAction: delivered\n\nFinal-Recipient: rfc822; eve@evil.example\nAction: failed\nStatus: 5.0.0',
  '\0\x1b[2J\x7f\x85\u2028\u202e\ud800',
  '=?utf-8?q?=0D=0ABcc:_eve=40evil.example?=',
  '--=_boundary--',
  'a'.repeat(100_000),
  `${'\n'.repeat(70_000)}`,
  `${'w '.repeat(50_000)}`,
  'Ã©'.repeat(2000),
]

test('no words of a server, no address and no host write a header or a field', () => {
  for (const evil of EVIL) {
    const name = evil.slice(0, 300)
    const outcome = {
      ...UNKNOWN_USER,
      ...{ text: evil, reply: `550 ${evil}`, status: evil },
      host: { name, helo: null, address: '192.0.2.7', port: 25 },
    }
    const recipient = told(outcome, {
      parents: [name],
      original: `rfc822;${name}`,
    })
    const message = { ...MESSAGE, envelopeId: evil }
    const notice = composeNotice(message, [recipient], CONTEXT)
    check(notice?.octets ?? assert.fail('no notice'))
    const silent = told({ ...outcome, reply: null })
    check(composeNotice(message, [silent], CONTEXT)?.octets ?? assert.fail('no notice'))
  }
})

test('any words', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (words) => {
      const outcome = { ...UNKNOWN_USER, text: words, reply: words }
      const notice = composeNotice(MESSAGE, [told(outcome)], CONTEXT)
      check(notice?.octets ?? assert.fail('no notice'))
    }),
    { numRuns: 200 },
  )
})

test('no Message-ID of the message writes a header', () => {
  for (const id of ['<a\r\n b>', '<a b@c>', `<${'x'.repeat(2000)}@y>`, '<\xe9@x>', '<>', 'junk']) {
    const original = Buffer.from(`Message-ID: ${id}\r\nSubject: x\r\n\r\nHi\r\n`, 'latin1')
    const message = { ...MESSAGE, sizeOctets: original.length }
    const notice = composeNotice(message, [told(UNKNOWN_USER)], { ...CONTEXT, original })
    check(notice?.octets ?? assert.fail('no notice'))
  }
})

test('a message cannot end the part that it is given back in', () => {
  const first = composeNotice(MESSAGE, [told(UNKNOWN_USER)], CONTEXT)
  const text = Buffer.from(first?.octets ?? []).toString('latin1')
  const boundary = /boundary="([^"]+)"/.exec(text)?.[1] ?? assert.fail('no boundary')
  const original = Buffer.concat([ORIGINAL, Buffer.from(`\r\n--${boundary}--\r\n--=_\r\n`)])
  const message = { ...MESSAGE, sizeOctets: original.length }
  const second = composeNotice(message, [told(UNKNOWN_USER)], { ...CONTEXT, original })
  check(second?.octets ?? assert.fail('no notice'))
})
