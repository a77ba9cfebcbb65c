import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { fromLatin1 } from '../../base/octets.ts'
import { type SectionText, sectionRange } from './section.ts'
import { skeletonOf } from './scanner.ts'

const inner = 'Subject: in\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n'
const innerBody = '--c\r\n\r\n4.1\r\n--c\r\nContent-Type: text/html\r\n\r\n4.2\r\n--c--'
/** The message of the example in RFC 9051 §6.4.5.1, small. */
const nested =
  'Content-Type: multipart/mixed; boundary=b\r\n\r\n' +
  '--b\r\n\r\none\r\n' +
  '--b\r\nContent-Type: application/octet-stream\r\n\r\ntwo\r\n' +
  '--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: plain\r\n\r\nthree\r\n' +
  `--b\r\nContent-Type: message/rfc822\r\n\r\n${inner}${innerBody}\r\n--b--\r\n`
const plain = 'Subject: x\r\n\r\nbody\r\n'
const forwarded = `Content-Type: message/rfc822\r\n\r\n${plain}`

const sections: [message: string, path: string, text: SectionText, octets: string | undefined][] = [
  [plain, '', null, plain],
  [plain, '', 'HEADER', 'Subject: x\r\n\r\n'],
  [plain, '', 'TEXT', 'body\r\n'],
  [plain, '', 'MIME', undefined],
  [plain, '1', null, 'body\r\n'],
  [plain, '1', 'MIME', 'Subject: x\r\n\r\n'],
  [plain, '1', 'TEXT', undefined],
  [plain, '1', 'HEADER', undefined],
  [plain, '2', null, undefined],
  [plain, '1.1', null, undefined],
  [nested, '1', null, 'one'],
  [nested, '1', 'MIME', '\r\n'],
  [nested, '1', 'HEADER', undefined],
  [nested, '1.1', null, undefined],
  [nested, '2', null, 'two'],
  [nested, '2', 'MIME', 'Content-Type: application/octet-stream\r\n\r\n'],
  [nested, '3', null, 'Subject: plain\r\n\r\nthree'],
  [nested, '3', 'HEADER', 'Subject: plain\r\n\r\n'],
  [nested, '3', 'HEADER.FIELDS', 'Subject: plain\r\n\r\n'],
  [nested, '3', 'TEXT', 'three'],
  [nested, '3.1', null, 'three'],
  [nested, '3.1', 'MIME', 'Subject: plain\r\n\r\n'],
  [nested, '3.2', null, undefined],
  [nested, '4', null, inner + innerBody],
  [nested, '4', 'MIME', 'Content-Type: message/rfc822\r\n\r\n'],
  [nested, '4', 'HEADER', inner],
  [nested, '4', 'TEXT', innerBody],
  [nested, '4.1', null, '4.1'],
  [nested, '4.2', null, '4.2'],
  [nested, '4.2', 'MIME', 'Content-Type: text/html\r\n\r\n'],
  [nested, '4.2', 'TEXT', undefined],
  [nested, '4.2.1', null, undefined],
  [nested, '5', null, undefined],
  [nested, '0', null, undefined],
  [forwarded, '1', null, plain],
  [forwarded, '1', 'HEADER', 'Subject: x\r\n\r\n'],
  [forwarded, '1.1', null, 'body\r\n'],
]

for (const [message, path, text, octets] of sections) {
  const name = message === plain ? 'plain' : message === nested ? 'nested' : 'forwarded'
  test(`BODY[${[path, text].filter(Boolean).join('.')}] of the ${name} message`, () => {
    const skeleton = skeletonOf(fromLatin1(message), DEFAULT_LIMITS.message)
    const range = sectionRange(skeleton, path.split('.').filter(Boolean).map(Number), text)
    assert.equal(range === undefined ? undefined : message.slice(range.start, range.end), octets)
  })
}
