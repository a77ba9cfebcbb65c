import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { SkeletonScanner } from '../mime/scanner.ts'
import { writeBodyStructure } from './body-structure.ts'
import { writeEnvelope } from './envelope.ts'

function scan(text: string) {
  const scanner = new SkeletonScanner(DEFAULT_LIMITS.message)
  scanner.push(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'))
  return scanner.finish()
}

const structures: [name: string, text: string, body: string][] = [
  ['no header', '\nhi\n', '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 1)'],
  [
    'two parts',
    'Content-Type: multipart/mixed; boundary=b\n\n--b\n\na\n\n--b\nContent-Type: image/png; name="x y"\nContent-ID: <1@x>\nContent-Transfer-Encoding: BASE64\n\nAAAA\n--b--\n',
    '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1)("image" "png" ("name" "x y") "<1@x>" NIL "base64" 4) "mixed")',
  ],
  [
    'a multipart without parts has one all the same, as the grammar wants',
    'Content-Type: multipart/mixed; boundary=b\n\nnothing\n',
    '(("text" "plain" NIL NIL NIL "7bit" 0 0) "mixed")',
  ],
  [
    'a message inside',
    'Content-Type: message/rfc822\n\nSubject: in\n\nx\n',
    '("message" "rfc822" NIL NIL NIL "7bit" 18 (NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1) 3)',
  ],
]

for (const [name, text, body] of structures) {
  test(`BODY: ${name}`, () => assert.equal(writeBodyStructure(scan(text).root, false), body))
}

test('BODYSTRUCTURE has disposition, language and location', () => {
  const { root } = scan(
    'Content-Type: text/html\nContent-Disposition: inline; filename=a\nContent-Language: en, de\nContent-Location: http://x/\nContent-MD5: Q2hlY2s=\n\n',
  )
  assert.equal(
    writeBodyStructure(root, true),
    '("text" "html" NIL NIL NIL "7bit" 0 0 "Q2hlY2s=" ("inline" ("filename" "a")) ("en" "de") "http://x/")',
  )
})

test('RFC 9051 §7.5.2: From stands in for Sender and Reply-To; a group has its name and an end', () => {
  const { envelope } = scan(
    'From: "A, B" <a@x>\nTo: team: c@y, d@z;\nSubject: say "hi"\nMessage-ID: <1@x>\n\n',
  )
  assert.equal(
    writeEnvelope(envelope),
    '(NIL "say \\"hi\\"" (("A, B" NIL "a" "x")) (("A, B" NIL "a" "x")) (("A, B" NIL "a" "x")) ' +
      '((NIL NIL "team" NIL)(NIL NIL "c" "y")(NIL NIL "d" "z")(NIL NIL NIL NIL)) NIL NIL NIL "<1@x>")',
  )
})

test('E03: line ends in a field cannot end the response', () => {
  const { envelope } = scan('Subject: a\r b\nX: y\n\n')
  assert.doesNotMatch(writeEnvelope(envelope).replace(/\{\d+\}\r\n/g, ''), /\n/)
})
