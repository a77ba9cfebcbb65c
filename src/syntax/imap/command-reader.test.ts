import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import {
  CommandReader,
  type Frame,
  literalAtEnd,
  type ReaderLimits,
  tagOf,
} from './command-reader.ts'

const LIMITS: ReaderLimits = {
  maxLineOctets: 60,
  maxLiteralOctets: 10,
  maxLiteralsTotalOctets: 15,
  maxLiterals: 3,
  streamsMessages: true,
}

/** All frames of these octets in these chunks; of messages, their octets as text. */
function read(chunks: readonly string[], limits = LIMITS): (Frame | string)[] {
  const reader = new CommandReader(limits)
  const frames: (Frame | string)[] = []
  let message: string | null = null
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk, 'latin1'))
    for (;;) {
      if (message !== null) {
        const octets = reader.takeMessage()
        if (octets !== null) message += octets.toString('latin1')
        if (reader.messageOctetsToCome > 0) {
          if (octets === null) break
          continue
        }
        frames.push(message)
        message = null
      }
      const frame = reader.take()
      if (frame === null) break
      frames.push(frame)
      if (frame.kind === 'message') message = ''
      if (frame.kind === 'refused' && frame.fatal) return frames
    }
  }
  return frames
}

const command = (text: string): Frame => ({ kind: 'command', text })
const CONTINUE: Frame = { kind: 'continue' }

const conversations: [name: string, octets: string, frames: (Frame | string)[]][] = [
  ['two commands', 'a NOOP\r\nb NOOP\r\n', [command('a NOOP'), command('b NOOP')]],
  ['an empty line', '\r\n', [command('')]],
  [
    'a literal that waits',
    'a LOGIN {3}\r\nabc {2}\r\n\r\n\r\n',
    [CONTINUE, CONTINUE, command('a LOGIN {3}\r\nabc {2}\r\n\r\n')],
  ],
  ['one that does not', 'a LOGIN {3+}\r\nabc x\r\n', [command('a LOGIN {3+}\r\nabc x')]],
  [
    'a message, then nothing',
    'a APPEND INBOX (\\Seen) {5}\r\nx\r\n\0y\r\n',
    [
      {
        kind: 'message',
        text: 'a APPEND INBOX (\\Seen) {5}',
        literal: { octets: 5, synchronizing: true, binary: false },
      },
      'x\r\n\0y',
      command(''),
    ],
  ],
  [
    'a message to a mailbox named by a literal',
    'a append {5+}\r\nINBOX ~{2+}\r\nxy\r\n',
    [
      {
        kind: 'message',
        text: 'a append {5+}\r\nINBOX ~{2+}',
        literal: { octets: 2, synchronizing: false, binary: true },
      },
      'xy',
      command(''),
    ],
  ],
  [
    'LF alone',
    'a NOOP\nb NOOP\r\n',
    [{ kind: 'refused', text: 'a NOOP', why: 'notCrlf', fatal: false }, command('b NOOP')],
  ],
  [
    'a literal too big that waits is never sent',
    'a LOGIN {11}\r\nb NOOP\r\n',
    [
      { kind: 'refused', text: 'a LOGIN {11}', why: 'literalTooBig', fatal: false },
      command('b NOOP'),
    ],
  ],
  [
    'D07: one that does not wait ends the connection',
    'a LOGIN {100000000+}\r\nxxx',
    [{ kind: 'refused', text: 'a LOGIN {100000000+}', why: 'literalTooBig', fatal: true }],
  ],
  [
    'literals too big together',
    'a X {10+}\r\n0123456789 {6+}\r\n',
    [
      {
        kind: 'refused',
        text: 'a X {10+}\r\n0123456789 {6+}',
        why: 'literalTooBig',
        fatal: true,
      },
    ],
  ],
  [
    'too many literals',
    'a X {1+}\r\nx {1+}\r\nx {1+}\r\nx {1+}\r\nx\r\n',
    [
      {
        kind: 'refused',
        text: 'a X {1+}\r\nx {1+}\r\nx {1+}\r\nx {1+}',
        why: 'tooManyLiterals',
        fatal: true,
      },
    ],
  ],
  ['a line too long', `a ${'x'.repeat(60)}`, []],
  [
    'a line far too long',
    `a ${'x'.repeat(80)}`,
    [{ kind: 'refused', text: '', why: 'lineTooLong', fatal: true }],
  ],
  [
    'the line limit counts all parts of a command',
    `a ${'x'.repeat(40)} {1+}\r\nx${'y'.repeat(40)}\r\n`,
    [
      {
        kind: 'refused',
        text: `a ${'x'.repeat(40)} {1+}\r\nx`,
        why: 'lineTooLong',
        fatal: true,
      },
    ],
  ],
]

for (const [name, octets, frames] of conversations) {
  test(`${name}, however it is cut`, () => {
    assert.deepEqual(read([octets]), frames)
    assert.deepEqual(read([...octets]), frames)
    for (let at = 1; at < octets.length; at++) {
      assert.deepEqual(read([octets.slice(0, at), octets.slice(at)]), frames)
    }
  })
}

test('any octets give the same frames in any chunks', () => {
  const word = fc.constantFrom(
    'a ',
    'NOOP',
    'APPEND ',
    'x ',
    '{3}',
    '{3+}',
    '~{2}',
    '\r\n',
    '\n',
    '\r',
    '"',
    '\0',
  )
  fc.assert(
    fc.property(fc.array(fc.array(word, { maxLength: 6 })), (words) => {
      const chunks = words.map((chunk) => chunk.join(''))
      assert.deepEqual(read(chunks), read([chunks.join('')]))
    }),
    { numRuns: 500 },
  )
})

test('before login an APPEND is a command like any other', () => {
  const frames = read(['a APPEND INBOX {11}\r\n'], { ...LIMITS, streamsMessages: false })
  assert.deepEqual(frames, [
    { kind: 'refused', text: 'a APPEND INBOX {11}', why: 'literalTooBig', fatal: false },
  ])
})

test('literals at the end of a line', () => {
  assert.deepEqual(literalAtEnd('a {12}'), { octets: 12, synchronizing: true, binary: false })
  assert.deepEqual(literalAtEnd('a ~{0+}'), { octets: 0, synchronizing: false, binary: true })
  for (const text of ['', '}', 'a {}', 'a {+}', 'a {-1}', 'a {1x}', 'a 1}', '{12345678901234}']) {
    assert.equal(literalAtEnd(text), null, text)
  }
})

test('tags', () => {
  assert.equal(tagOf('a1 NOOP'), 'a1')
  assert.equal(tagOf('a1'), 'a1')
  for (const text of ['', ' NOOP', '+ x', '* x', '(x) y', 'a"b c', '\x80 x']) {
    assert.equal(tagOf(text), null, text)
  }
})
