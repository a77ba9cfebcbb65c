import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { DataReader } from './data-reader.ts'

/** Feeds chunks until the end has come; `rest` is what came after it. */
function read(chunks: readonly string[]) {
  let content = ''
  const reader = new DataReader((octets) => {
    content += octets.toString('latin1')
  })
  let rest = ''
  for (const chunk of chunks) {
    const octets = Buffer.from(chunk, 'latin1')
    const used = reader.done ? 0 : reader.read(octets)
    rest += octets.toString('latin1', used)
  }
  const { done, bareLineEnds, hasNul, longestLineOctets } = reader
  return { content, rest, done, bareLineEnds, hasNul, longestLineOctets }
}

test('content, as it comes and as it is kept', () => {
  const cases: [sent: string, content: string, rest?: string][] = [
    ['.\r\n', ''],
    ['a\r\n.\r\n', 'a\r\n'],
    ['..\r\n.\r\n', '.\r\n'],
    ['...\r\n.\r\n', '..\r\n'],
    ['.a\r\n.\r\n', 'a\r\n'],
    ['a.\r\n.b.\r\n.\r\n', 'a.\r\nb.\r\n'],
    ['\r\n\r\n.\r\n', '\r\n\r\n'],
    ['a\r\n.\r\nMAIL FROM:<>\r\n', 'a\r\n', 'MAIL FROM:<>\r\n'],
    ['a\r\n.\r\n.\r\n', 'a\r\n', '.\r\n'],
  ]
  for (const [sent, content, rest = ''] of cases) {
    const got = read([sent])
    assert.equal(got.content, content, JSON.stringify(sent))
    assert.equal(got.rest, rest, JSON.stringify(sent))
    assert.ok(got.done && !got.bareLineEnds, JSON.stringify(sent))
  }
})

test('a bare CR or LF is noticed wherever it stands, and ends nothing', () => {
  for (const sent of [
    'a\nb',
    'a\rb',
    '\n',
    '\r\r\n',
    '\n.\n',
    '\n.\r\n',
    '\r.\r\n',
    '\r\n.\n',
    '\r\n.\r',
    '\r\n.\r\r\n',
    '\r\n.\rx\r\n',
  ]) {
    const open = read([`a${sent}`])
    assert.ok(!open.done, JSON.stringify(sent))
    const got = read([`a${sent}b\r\n.\r\n`])
    assert.ok(got.done && got.bareLineEnds, JSON.stringify(sent))
  }
})

test('NUL is noticed, in text and right after a line', () => {
  assert.ok(read(['a\0b\r\n.\r\n']).hasNul)
  assert.ok(read(['a\r\n\0.\r\n']).hasNul)
  assert.ok(!read(['a\r\n.\r\n']).hasNul)
})

test('the longest line is measured without its line end, over any chunks', () => {
  assert.equal(read(['ab\r\nabcd\r\nabc\r\n.\r\n']).longestLineOctets, 4)
  assert.equal(read(['a', 'bc', 'd\r', '\nx\r\n.\r\n']).longestLineOctets, 4)
})

test('A02: the segments a message comes in make no difference', () => {
  const piece = fc.constantFrom('\r', '\n', '.', '\r\n', '\r\n.\r\n', '\0', 'a', 'xyz')
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.infiniteStream(fc.nat(4)),
      (parts, sizes) => {
        const whole = parts.join('')
        const chunks: string[] = []
        for (let at = 0; at < whole.length; ) {
          const size = 1 + (sizes.next().value as number)
          chunks.push(whole.slice(at, at + size))
          at += size
        }
        assert.deepEqual(read(chunks), read([whole]))
      },
    ),
    { numRuns: 1000 },
  )
})

test('stuffing and reading give the text back', () => {
  const line = fc.string({ unit: fc.constantFrom('.', 'a', ' ', '\u00e9'), maxLength: 6 })
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.map((each) => `${each}\r\n`).join('')
      const sent = `${text.replace(/^\./gm, '..')}.\r\n`
      assert.equal(read([sent]).content, text)
    }),
  )
})

test('A09: in a counted chunk a dot is only a dot', () => {
  let content = ''
  const reader = new DataReader((octets) => {
    content += octets.toString('latin1')
  })
  reader.readCounted(Buffer.from('..a\r\n.\r'))
  reader.readCounted(Buffer.from('\nMAIL FROM:<x@y.example>\r\n'))
  reader.finishCounted()
  assert.equal(content, '..a\r\n.\r\nMAIL FROM:<x@y.example>\r\n')
  assert.ok(!reader.bareLineEnds && !reader.done)
})

test('counted chunks that end in CR have a bare CR', () => {
  const reader = new DataReader(() => {})
  reader.readCounted(Buffer.from('a\r'))
  reader.finishCounted()
  assert.ok(reader.bareLineEnds)
})
