import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { fromLatin1 } from '../../base/octets.ts'
import type { Part, Skeleton } from './skeleton.ts'
import { SkeletonScanner, skeletonOf } from './scanner.ts'

const limits = DEFAULT_LIMITS.message

function scan(text: string, changed: Partial<typeof limits> = {}): Skeleton {
  return skeletonOf(fromLatin1(text), { ...limits, ...changed })
}

/** The tree with the text of each body: `multipart/mixed[text/plain "a" 0]`; numbers are lines. */
function drawing(text: string, part: Part): string {
  const type = `${part.type}/${part.subtype}`
  if (part.message !== null) {
    return `${type} ${part.lines}{${drawing(text, part.message.root)}}`
  }
  const children = part.children.map((child) => drawing(text, child))
  if (children.length > 0) return `${type}[${children.join(', ')}]`
  const body = JSON.stringify(text.slice(part.bodyStart, part.bodyEnd))
  return part.type === 'text' ? `${type} ${body} ${part.lines}` : `${type} ${body}`
}

const MIXED = 'Content-Type: multipart/mixed; boundary=b\r\n'
const HTML = 'Content-Type: text/html\r\n'

const structures: [name: string, message: string, drawing: string][] = [
  ['an empty message', '', 'text/plain "" 0'],
  ['a header only, without blank line', 'Subject: x\r\n', 'text/plain "" 0'],
  ['a header only', 'Subject: x\r\n\r\n', 'text/plain "" 0'],
  ['a body only', '\r\nhello\r\n', 'text/plain "hello\\r\\n" 1'],
  ['a plain message', 'Subject: x\r\n\r\na\r\nb', 'text/plain "a\\r\\nb" 1'],
  ['bare LF line ends', 'Subject: x\n\na\nb\n', 'text/plain "a\\nb\\n" 2'],
  ['a type that does not parse', 'Content-Type: text\r\n\r\na', 'text/plain "a" 0'],
  [
    'two parts, preamble and epilogue',
    `${MIXED}\r\nbefore\r\n--b\r\n\r\none\r\n--b\r\n${HTML}\r\ntwo\r\n\r\n--b--\r\nafter\r\n--b\r\n\r\nno`,
    'multipart/mixed[text/plain "one" 0, text/html "two\\r\\n" 1]',
  ],
  [
    'bare LF around delimiters',
    `${MIXED}\n--b\n\none\n--b\n${HTML}\ntwo\n--b--\n`,
    'multipart/mixed[text/plain "one" 0, text/html "two" 0]',
  ],
  [
    'white space after a boundary',
    `${MIXED}\r\n--b \t\r\n\r\none\r\n--b-- \r\n`,
    'multipart/mixed[text/plain "one" 0]',
  ],
  [
    'a line that only begins with the boundary',
    `${MIXED}\r\n--b\r\n\r\none\r\n--bb\r\n--b-\r\n--b--\r\n`,
    'multipart/mixed[text/plain "one\\r\\n--bb\\r\\n--b-" 2]',
  ],
  [
    'no last delimiter',
    `${MIXED}\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n`,
    'multipart/mixed[text/plain "one" 0, text/plain "two\\r\\n" 1]',
  ],
  [
    'a delimiter without line end',
    `${MIXED}\r\n--b\r\n\r\none\r\n--b`,
    'multipart/mixed[text/plain "one" 0, text/plain "" 0]',
  ],
  [
    'empty bodies, with and without a line end of their own',
    `${MIXED}\r\n--b\r\n\r\n--b\r\n\r\n\r\n--b--`,
    'multipart/mixed[text/plain "" 0, text/plain "" 0]',
  ],
  [
    'a part without blank line',
    `${MIXED}\r\n--b\r\n${HTML}--b\r\n\r\ntwo\r\n--b--`,
    'multipart/mixed[text/html "" 0, text/plain "two" 0]',
  ],
  [
    'a multipart without blank line before its first part',
    `${MIXED}--b\r\n\r\none\r\n--b--`,
    'multipart/mixed[text/plain "one" 0]',
  ],
  [
    'a multipart without boundary',
    'Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\none',
    'multipart/mixed "--b\\r\\n\\r\\none"',
  ],
  ['a multipart without any part', `${MIXED}\r\nnothing`, 'multipart/mixed "nothing"'],
  ['a multipart that is closed at once', `${MIXED}\r\n--b--\r\n`, 'multipart/mixed "--b--\\r\\n"'],
  [
    'a boundary that begins another',
    `${MIXED}\r\n--b\r\nContent-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n\r\none\r\n--bb--\r\n--b\r\n\r\ntwo\r\n--b--`,
    'multipart/mixed[multipart/alternative[text/plain "one" 0], text/plain "two" 0]',
  ],
  [
    'a boundary that looks like the end of another',
    `${MIXED}\r\n--b\r\nContent-Type: multipart/alternative; boundary="b--"\r\n\r\n--b--\r\n\r\none\r\n--b----\r\n--b\r\n\r\ntwo\r\n--b--`,
    'multipart/mixed[multipart/alternative[text/plain "one" 0], text/plain "two" 0]',
  ],
  [
    'the same boundary inside and outside',
    `${MIXED}\r\n--b\r\n${MIXED}\r\n--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--`,
    'multipart/mixed[multipart/mixed[text/plain "one" 0], text/plain "two" 0]',
  ],
  [
    'an inner multipart that is not closed',
    `${MIXED}\r\n--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--`,
    'multipart/mixed[multipart/alternative[text/plain "one" 0], text/plain "two" 0]',
  ],
  [
    'a quoted boundary with spaces at its end',
    'Content-Type: multipart/mixed; boundary="a b  "\r\n\r\n--a b\r\n\r\none\r\n--a b--',
    'multipart/mixed[text/plain "one" 0]',
  ],
  [
    'a boundary in RFC 2231 pieces',
    'Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\r\n\r\n--ab\r\n\r\none\r\n--ab--',
    'multipart/mixed[text/plain "one" 0]',
  ],
  [
    'a message in a message',
    'Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\na\r\nb\r\n',
    'message/rfc822 4{text/plain "a\\r\\nb\\r\\n" 2}',
  ],
  [
    'a multipart message in a multipart',
    `${MIXED}\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\none\r\n--c--\r\n--b\r\n\r\ntwo\r\n--b--`,
    'multipart/mixed[message/rfc822 5{multipart/mixed[text/plain "one" 0]}, text/plain "two" 0]',
  ],
  [
    'a message that ends within its header',
    `${MIXED}\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n--b\r\n\r\ntwo\r\n--b--`,
    'multipart/mixed[message/rfc822 1{text/plain "" 0}, text/plain "two" 0]',
  ],
  [
    'a message with nothing but the blank line of its header',
    `${MIXED}\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\r\n--b--`,
    'multipart/mixed[message/rfc822 1{text/plain "" 0}]',
  ],
  [
    'a message in base64 is a leaf',
    'Content-Type: message/rfc822\r\nContent-Transfer-Encoding: BASE64\r\n\r\nU3ViamVjdDogeA0KDQph',
    'message/rfc822 "U3ViamVjdDogeA0KDQph"',
  ],
  [
    'RFC 2046 §5.1.5: parts of a digest are messages unless they say otherwise',
    `Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\none\r\n--b\r\n${HTML}\r\ntwo\r\n--b--`,
    'multipart/digest[message/rfc822 2{text/plain "one" 0}, text/html "two" 0]',
  ],
  ['no header at all', 'hello\r\n\r\nworld\r\n', 'text/plain "hello\\r\\n\\r\\nworld\\r\\n" 3'],
  [
    'text right after the fields',
    'Subject: x\r\nhello\r\n world\r\n\r\nbye',
    'text/plain "hello\\r\\n world\\r\\n\\r\\nbye" 3',
  ],
  [
    'a stray line between the fields',
    'From jane Sat Nov 21\r\nSubject: x\r\nstray\r\nContent-Type: text/html\r\n\r\nhello',
    'text/html "hello" 0',
  ],
  ['NUL octets', 'Subject: \0x\r\n\r\na\0\r\n', 'text/plain "a\\u0000\\r\\n" 1'],
]

for (const [name, message, expected] of structures) {
  test(`structure: ${name}`, () => {
    assert.equal(drawing(message, scan(message).root), expected)
  })
}

test('the fields of a part and of its envelope', () => {
  const { envelope, root } = scan(
    'Date: Sat, 21 Nov 2026 00:48:19 +0000\r\nFROM: Jane <jane@example.com>\r\nTo: a@example.com,\r\n\tb@example.com\r\nTo: c@example.com\r\n' +
      'Subject: =?utf-8?q?x?=\r\n folded\r\nSubject: second\r\nMessage-ID: <1@example.com>\r\n' +
      'Content-Type: Text/HTML; Charset="utf-8" (comment)\r\nContent-Transfer-Encoding: Base64 (x)\r\n' +
      'Content-ID: <p@x>\r\nContent-Disposition: Attachment; filename*0=a; filename*1=b\r\nContent-Language: de, en\r\n\r\n',
  )
  assert.equal(envelope.subject, '=?utf-8?q?x?= folded')
  assert.equal(envelope.messageId, '<1@example.com>')
  assert.deepEqual(envelope.from, [{ name: 'Jane', mailbox: 'jane', host: 'example.com' }])
  assert.deepEqual(
    envelope.to.map((address) => address.mailbox),
    ['a', 'b', 'c'],
  )
  assert.deepEqual([root.type, root.subtype, root.encoding], ['text', 'html', 'base64'])
  assert.deepEqual(root.parameters, [['Charset', 'utf-8']])
  assert.equal(root.id, '<p@x>')
  assert.deepEqual(root.disposition, {
    type: 'attachment',
    parameters: [
      ['filename*0', 'a'],
      ['filename*1', 'b'],
    ],
  })
  assert.deepEqual(root.language, ['de', 'en'])
})

test('a part deeper than maxMimeDepth is a leaf', () => {
  const deep = `${MIXED}\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\none\r\n--c--\r\n--b--`
  assert.equal(
    drawing(deep, scan(deep, { maxMimeDepth: 2 }).root),
    'multipart/mixed[multipart/mixed "--c\\r\\n\\r\\none\\r\\n--c--"]',
  )
})

test('part maxMimeParts has the rest of the message', () => {
  const many = `${MIXED}${'\r\n--b\r\n\r\nx'.repeat(9)}\r\n--b--`
  const { root } = scan(many, { maxMimeParts: 4 })
  assert.equal(root.children.length, 3)
  assert.equal(root.children[2]?.bodyEnd, many.length)
})

test('octets of a header beyond maxHeaderOctets are not read, but are header', () => {
  const message = `X: ${'x'.repeat(100)}\r\nSubject: late\r\n\r\nbody`
  const { envelope, root } = scan(message, { maxHeaderOctets: 50 })
  assert.equal(envelope.subject, null)
  assert.equal(message.slice(root.bodyStart), 'body')
})

test('addresses beyond maxAddresses are left out', () => {
  const message = `To: ${'a@x, '.repeat(20)}\r\nCc: b@x\r\n\r\n`
  const { envelope } = scan(message, { maxAddresses: 5 })
  assert.deepEqual([envelope.to.length, envelope.cc.length], [5, 0])
})

test('10,000 levels and 100,000 parts are read in one pass', () => {
  let deep = ''
  for (let level = 0; level < 10_000; level++) {
    deep += `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`
  }
  let part: Part | undefined = scan(deep).root
  let depth = 0
  for (; part !== undefined; part = part.children[0]) depth++
  assert.equal(depth, limits.maxMimeDepth)
  const wide = scan(MIXED + '\r\n--b\r\n'.repeat(100_000)).root
  assert.equal(wide.children.length, limits.maxMimeParts - 1)
})

/** Pieces that messages are made of, so that random sequences of them come close to mail. */
const piece = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      ...['\r\n', '\n', '\r\n\r\n', '--b\r\n', '--b--\r\n', '\r\n--b\r\n', '--b', '--', '-', '\r'],
      ...[
        '--bb\r\n',
        '--c\r\n',
        '--c--',
        '--b--\n',
        ' ',
        'x',
        'text\r\n',
        'a\0b',
        'Subject: x\r\n',
        ':',
      ],
      ...[
        'Content-Type: multipart/mixed; boundary=b\r\n',
        'Content-Type: multipart/mixed; boundary=c\n',
      ],
      ...[
        'Content-Type: multipart/digest;\r\n boundary="bb"\r\n',
        'Content-Type: message/rfc822\r\n',
      ],
      ...['Content-Type: text/html\r\n\r\n', 'To: a@b, c:d;\r\n'],
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 5, unit: 'binary-ascii' }) },
  { weight: 1, arbitrary: fc.integer({ min: 990, max: 1010 }).map((length) => '-'.repeat(length)) },
)
const mailish = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

test('the result does not depend on how the octets are cut', () => {
  fc.assert(
    fc.property(
      mailish,
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (text, cuts) => {
        const octets = fromLatin1(text)
        const scanner = new SkeletonScanner(limits)
        const reused = new Uint8Array(30)
        for (let at = 0, turn = 0; at < octets.length; turn++) {
          const chunk = octets.subarray(at, at + (cuts[turn % cuts.length] ?? 1))
          reused.set(chunk)
          scanner.push(reused.subarray(0, chunk.length))
          reused.fill(0x2d)
          at += chunk.length
        }
        assert.deepEqual(scanner.finish(), skeletonOf(octets, limits))
      },
    ),
    { numRuns: 2000 },
  )
})

test('every part lies inside of the one around it, and lines are the line ends of the body', () => {
  const check = (text: string, part: Part, start: number, end: number): void => {
    assert.ok(start <= part.headerStart && part.headerStart <= part.bodyStart)
    assert.ok(part.bodyStart <= part.bodyEnd && part.bodyEnd <= end)
    if (part.type === 'text' || part.type === 'message') {
      assert.equal(part.lines, text.slice(part.bodyStart, part.bodyEnd).split('\n').length - 1)
    }
    let last = part.bodyStart
    for (const child of part.children) {
      check(text, child, last, part.bodyEnd)
      last = child.bodyEnd
    }
    if (part.message !== null) check(text, part.message.root, part.bodyStart, part.bodyEnd)
  }
  fc.assert(
    fc.property(mailish, (text) => {
      const { root } = scan(text)
      check(text, root, 0, text.length)
      assert.equal(root.headerStart, 0)
      assert.equal(root.bodyEnd, text.length)
    }),
    { numRuns: 2000 },
  )
})
