import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { extensionsOf } from './extensions.ts'
import { ReplyReader, type ServerReply } from './server-reply.ts'

function readAll(text: string, cuts = text.length) {
  const reader = new ReplyReader()
  const read: (Omit<ServerReply, 'kind'> | string)[] = []
  for (let at = 0; at < text.length; at += cuts) {
    reader.push(Buffer.from(text.slice(at, at + cuts), 'latin1'))
    for (let next = reader.take(); next !== null; next = reader.take()) {
      if (next.kind === 'malformed') return [...read, next.text]
      const { kind: _, ...rest } = next
      read.push(rest)
    }
  }
  return read
}

test('RFC 5321 §4.2.1: replies of one line and of several, one after the other', () => {
  const text = '250-5.1.1 a\r\n250 b\r\n550 5.1.1 no\r\n354\r\n451 5.1.1 odd\n'
  const expected = [
    { code: 250, lines: ['5.1.1 a', 'b'], text: '250-5.1.1 a\n250 b', status: null },
    { code: 550, lines: ['5.1.1 no'], text: '550 5.1.1 no', status: '5.1.1' },
    { code: 354, lines: [''], text: '354', status: null },
    { code: 451, lines: ['5.1.1 odd'], text: '451 5.1.1 odd', status: null },
  ]
  assert.deepEqual(readAll(text), expected)
  assert.deepEqual(readAll(text, 1), expected)
})

test('what is no reply is quoted, and nothing is read after it', () => {
  for (const text of [
    'hello\r\n',
    '99 x\r\n',
    '650 x\r\n',
    '250x\r\n',
    '250-a\r\n251 b\r\n',
    '\r\n',
  ])
    assert.equal(typeof readAll(`${text}250 ok\r\n`)[0], 'string', text)
  assert.deepEqual(readAll('250-a\r\nwhat\r\n'), ['what'])
  assert.deepEqual(readAll(`250 ${'x'.repeat(20_000)}\r\n`)[0], `250 ${'x'.repeat(196)}`)
  assert.deepEqual(readAll('250-more\r\n'.repeat(101)), ['250-more'])
})

test('UTF-8 in a reply is text', () => {
  const [reply] = readAll(Buffer.from('550 5.1.1 désolé\r\n').toString('latin1'))
  assert.ok(typeof reply === 'object')
  assert.equal(reply.lines[0], '5.1.1 désolé')
})

test('no octets make it throw, or keep more than it may', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
      const reader = new ReplyReader()
      for (const chunk of chunks) {
        reader.push(chunk)
        reader.take()
      }
      assert.ok(reader.waitingOctets <= 4000)
    }),
  )
})

test('RFC 5321 §4.1.1.1: the keywords of EHLO, in any case, the old AUTH= too', () => {
  const reader = new ReplyReader()
  const words = [
    'PiPelining',
    'size 1000',
    'AUTH PLAIN LOGIN',
    'AUTH=LOGIN CRAM-MD5',
    'LIMITS X=1 RCPTMAX=50',
  ]
  const lines = ['mx.example', ...words].map((word) => `250-${word}\r\n`).join('')
  reader.push(Buffer.from(`${lines}250 DSN\r\n`))
  const reply = reader.take()
  assert.ok(reply?.kind === 'reply')
  const found = extensionsOf(reply)
  assert.deepEqual(found.auth, ['PLAIN', 'LOGIN', 'CRAM-MD5'])
  assert.deepEqual(
    [found.pipelining, found.dsn, found.chunking, found.maxSizeOctets, found.maxRecipients],
    [true, true, false, 1000, 50],
  )
})
