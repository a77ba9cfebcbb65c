import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Input } from './input.ts'

function lines(chunks: readonly string[], maxOctets = 64): string[] {
  const input = new Input()
  const got: string[] = []
  for (const chunk of chunks) {
    input.push(Buffer.from(chunk, 'latin1'))
    for (;;) {
      const line = input.takeLine(maxOctets)
      if (line.kind === 'incomplete') break
      got.push(line.kind === 'line' ? line.text : `(${line.kind})`)
      if (line.kind === 'tooLong') return got
    }
  }
  return got
}

test('lines, whatever the segments', () => {
  const whole = 'NOOP\r\n\r\nRSET \xe9\r\nQUIT\r\nleft'
  const expected = ['NOOP', '', 'RSET \xe9', 'QUIT']
  assert.deepEqual(lines([whole]), expected)
  assert.deepEqual(lines([...whole]), expected)
  assert.deepEqual(lines(['NOOP\r', '\n\r\nRS', 'ET \xe9\r\nQUIT\r\n', 'left']), expected)
})

test('a line without CR is told apart, and so is one that is too long', () => {
  assert.deepEqual(lines(['NOOP\nQUIT\r\n']), ['(bareLf)', 'QUIT'])
  assert.deepEqual(lines(['\n']), ['(bareLf)'])
  assert.deepEqual(lines(['NOOP', '\n']), ['(bareLf)'])
  assert.deepEqual(lines(['12345678\r\n'], 10), ['12345678'])
  assert.deepEqual(lines(['123456789\r\n'], 10), ['(tooLong)'])
  assert.deepEqual(lines(['12345', '67890', 'a'], 10), ['(tooLong)'])
})

test('octets and lines come from the same input in turn', () => {
  const input = new Input()
  input.push(Buffer.from('BDAT 5\r\nhel'))
  assert.deepEqual(input.takeLine(64), { kind: 'line', text: 'BDAT 5' })
  assert.equal(input.takeOctets(5)?.toString(), 'hel')
  assert.equal(input.takeOctets(2), null)
  input.push(Buffer.from('loNOOP\r\n'))
  assert.equal(input.takeOctets(2)?.toString(), 'lo')
  assert.equal(input.waitingOctets, 6)
  const block = input.takeOctets(100)
  assert.equal(block?.toString(), 'NOOP\r\n')
  input.putBack(Buffer.from('OP\r\n'))
  input.push(Buffer.from('QUIT\r\n'))
  assert.equal(input.peek(3), 'OP\r')
  assert.deepEqual(input.takeLine(64), { kind: 'line', text: 'OP' })
  assert.deepEqual(input.takeLine(64), { kind: 'line', text: 'QUIT' })
  assert.equal(input.waitingOctets, 0)
})
