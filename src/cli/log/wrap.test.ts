import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Terminal } from '../table.ts'
import { wrap, writeHanging, writeWrapped } from './wrap.ts'

function terminal(columns: number | undefined): { out: Terminal; text: () => string } {
  const texts: string[] = []
  const out = { write: (text: string) => void texts.push(text), columns, colours: false }
  return { out, text: () => texts.join('') }
}

test('a text is cut at its spaces, and every word is kept', () => {
  assert.deepEqual(wrap('one two  three', 7), ['one two', ' three'])
  assert.deepEqual(wrap('', 7), [''])
})

test('a word that is longer than a line stands alone, or is cut where that is asked for', () => {
  assert.deepEqual(wrap('a https://example.com b', 6), ['a', 'https://example.com', 'b'])
  assert.deepEqual(wrap('a 123456789 b', 6, true), ['a', '123456', '789 b'])
  assert.deepEqual(wrap('日本語', 4, true), ['日本', '語'])
})

test('what goes on stands below the text, and nothing from a stranger is raw', () => {
  const { out, text } = terminal(32)
  writeHanging(out, '09:00  ', 'deferred: \x1b[31m the mailbox is full, come again')
  assert.equal(
    text(),
    '09:00  deferred: \\033[31m the\n       mailbox is full, come\n       again\n',
  )
})

test('a pipe gets each text in one line', () => {
  const { out, text } = terminal(undefined)
  writeHanging(out, '09:00  ', 'word '.repeat(100).trim())
  assert.equal(text().split('\n').length, 2)
})

test('the columns of a table go on below themselves, within the width', () => {
  const { out, text } = terminal(46)
  writeWrapped(
    [
      { heading: 'Field', of: ({ name }) => name },
      { heading: 'Value', of: ({ value }) => value },
      { heading: 'Meaning', of: ({ meaning }) => meaning },
    ],
    [
      { name: 'H', value: 'mx', meaning: 'host' },
      { name: 'text', value: 'no such mailbox here any more', meaning: 'the rest, in words' },
    ],
    out,
  )
  assert.equal(
    text(),
    `Field  Value                Meaning
H      mx                   host
text   no such mailbox      the rest, in words
       here any more
`,
  )
})
