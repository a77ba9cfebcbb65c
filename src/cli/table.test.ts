import assert from 'node:assert/strict'
import { test } from 'node:test'

import { cellWidth, type Column, tableLines, type Terminal, terminalOf } from './table.ts'

function terminal(columns?: number, colours = false): Terminal {
  return { write: () => {}, columns, colours }
}

const columns: readonly Column<readonly [string, string]>[] = [
  { heading: 'Name', of: ([name]) => name },
  { heading: 'Size', of: ([, size]) => size, align: 'right' },
]

test('a terminal that does not know its size is taken for one of 80 columns', () => {
  const stream = (columns: number | undefined, isTTY: boolean) =>
    ({ isTTY, columns, hasColors: () => false, write: () => true }) as unknown as NodeJS.WriteStream
  assert.equal(terminalOf(stream(0, true)).columns, 80)
  assert.equal(terminalOf(stream(132, true)).columns, 132)
  assert.equal(terminalOf(stream(undefined, false)).columns, undefined)
})

test('columns are as wide as their widest cell; numbers align right', () => {
  assert.deepEqual(
    tableLines(
      columns,
      [
        ['a', '1'],
        ['longer', '12345'],
      ],
      terminal(),
    ),
    ['Name     Size', 'a           1', 'longer  12345'],
  )
})

for (const [text, width] of [
  ['abc', 3],
  ['é', 1],
  ['e\u0301', 1],
  ['日本', 4],
  ['한국', 4],
  ['🙂', 2],
  ['', 0],
] as const) {
  test(`${JSON.stringify(text)} takes ${width} cells`, () => assert.equal(cellWidth(text), width))
}

test('a table can be long', () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [`${index}`, '1'] as const)
  assert.equal(tableLines(columns, rows, terminal()).length, rows.length + 1)
})

test('wide characters keep the columns aligned', () => {
  assert.deepEqual(
    tableLines(
      columns,
      [
        ['日本', '1'],
        ['abcd', '2'],
      ],
      terminal(),
    ).slice(1),
    ['日本     1', 'abcd     2'],
  )
})

test('a line too long for the terminal is cut in the column that gives way', () => {
  const shrinking = [{ ...columns[0], shrinks: true }, columns[1]] as typeof columns
  const lines = tableLines(shrinking, [['a very long name', '1']], terminal(16))
  assert.deepEqual(lines, ['Name        Size', 'a very lo…     1'])
})

test('controls and bidirectional overrides never reach the terminal', () => {
  assert.deepEqual(tableLines(columns, [['\x1b[31m\u202e', '1']], terminal()).slice(1), [
    '\\033[31m\\342\\200\\256     1',
  ])
})

test('colours surround the text, not the padding, and only where there are colours', () => {
  const coloured: typeof columns = [{ heading: '', of: ([name]) => name, colour: () => 'red' }]
  assert.deepEqual(
    tableLines(
      coloured,
      [
        ['a', ''],
        ['bc', ''],
      ],
      terminal(80, true),
    ),
    ['\x1b[31ma\x1b[0m', '\x1b[31mbc\x1b[0m'],
  )
  assert.deepEqual(tableLines(coloured, [['a', '']], terminal(80, false)), ['a'])
})
