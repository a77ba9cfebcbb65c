import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'

import { RelaxedBodyHash, relaxedField } from './canonical.ts'

function hashed(...chunks: readonly string[]): string {
  const hash = new RelaxedBodyHash()
  for (const chunk of chunks) hash.update(Buffer.from(chunk, 'latin1'))
  return hash.digest()
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('base64')
}

test('RFC 6376 §3.4.5: the example of relaxed header fields', () => {
  assert.equal(relaxedField('A', ' X\r\n'), 'a:X')
  assert.equal(relaxedField('B ', ' Y\t\r\n\tZ  \r\n'), 'b:Y Z')
})

test('RFC 6376 §3.4.2: white space in and around a value', () => {
  assert.equal(relaxedField('Subject', ''), 'subject:')
  assert.equal(relaxedField('Subject', ' \t \r\n'), 'subject:')
  assert.equal(relaxedField('SUBJECT\t ', 'a:b  c\t\td\r\n'), 'subject:a:b c d')
  assert.equal(relaxedField('X', '\r\n a\r\n\t \r\n b\r\n'), 'x:a b')
  // Octets above 127 stay; a no-break space is no white space.
  assert.equal(relaxedField('X', ' \xc3\xa9 \xa0 \r\n'), 'x:\xc3\xa9 \xa0')
})

test('RFC 6376 §3.4.4: relaxed bodies', () => {
  const cases: readonly (readonly [body: string, canonical: string])[] = [
    ['', ''],
    ['\r\n', ''],
    ['\r\n\r\n \t\r\n', ''],
    [' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
    ['a', 'a\r\n'],
    ['a ', 'a\r\n'],
    ['a\r\n', 'a\r\n'],
    ['\r\n\r\na\r\n', '\r\n\r\na\r\n'],
    ['a\r\n \r\n\t\r\nb', 'a\r\n\r\n\r\nb\r\n'],
    ['  a\tb  c\r\n', ' a b c\r\n'],
    ['\x00\xff\x80\r\n', '\x00\xff\x80\r\n'],
    // Never sent to another server as they are.
    ['a\nb\rc\r\r\nd', 'a\r\nb\r\nc\r\n\r\nd\r\n'],
  ]
  for (const [body, canonical] of cases)
    assert.equal(hashed(body), sha256(canonical), JSON.stringify(body))
})

test('chunks may end anywhere', () => {
  const body = '  one \t two\r\n\r\n three \r\n\r\n\r\n'
  for (let at = 0; at <= body.length; at++)
    assert.equal(hashed(body.slice(0, at), body.slice(at)), hashed(body), `at ${at}`)
  assert.equal(hashed(...body), hashed(body))
})

test('bodies longer than what is hashed at once', () => {
  const line = `${'word  '.repeat(12)}\r\n`
  const canonical = `${'word '.repeat(12).trimEnd()}\r\n`
  assert.equal(hashed(line.repeat(3000)), sha256(canonical.repeat(3000)))
  assert.equal(hashed(`a${'\r\n'.repeat(50_000)}b`), sha256(`a${'\r\n'.repeat(50_000)}b\r\n`))
  assert.equal(hashed(`a${'\r\n'.repeat(50_000)}`), sha256('a\r\n'))
  for (const length of [1023, 1024, 1025, 16_384, 40_000]) {
    const word = 'w'.repeat(length)
    const lines = `x ${word} ${word}\r\n`.repeat(30)
    assert.equal(hashed(lines), sha256(lines), `words of ${length}`)
    assert.equal(hashed(lines.slice(0, 5000), lines.slice(5000)), sha256(lines))
  }
})
