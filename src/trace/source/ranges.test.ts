import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { chunksOfRange, rangesOf, textsOfRange } from './ranges.ts'

function withFile(content: string | Buffer, use: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-ranges-'))
  try {
    const path = join(folder, 'mainlog')
    writeFileSync(path, content)
    use(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const LINES = Array.from({ length: 2000 }, (_, at) => `${at} ${'x'.repeat(at % 97)} ü\n`)

test('every line is in exactly one range, whatever their number and the size of the texts', () => {
  const whole = LINES.join('')
  withFile(whole, (path) => {
    const size = Buffer.byteLength(whole)
    for (const [count, textOctets] of [
      [1, 100],
      [2, 1000],
      [3, 128],
      [7, 65_536],
      [50, 333],
    ] as const) {
      const step = Math.ceil(size / count)
      const texts: string[] = []
      for (let start = 0; start < size; start += step)
        texts.push(...textsOfRange({ path, start, end: start + step }, 'utf8', textOctets))
      assert.equal(texts.join(''), whole, `${count} ranges, texts of ${textOctets}`)
      assert.ok(texts.every((text) => text.endsWith('\n')))
    }
  })
})

test('a range between two newlines has no line; a line of many ranges is in the first', () => {
  withFile(`a\n${'b'.repeat(5000)}\nc\n`, (path) => {
    const texts = (start: number, end: number) => [
      ...textsOfRange({ path, start, end }, 'utf8', 64),
    ]
    assert.deepEqual(texts(100, 200), [])
    assert.deepEqual(texts(2, 3).join(''), `${'b'.repeat(5000)}\n`)
    assert.deepEqual(texts(5003, 5005), ['c\n'])
  })
})

test('a last line without a newline is given; a file that shrank ends early', () => {
  withFile('a\ntorn', (path) => {
    assert.deepEqual([...textsOfRange({ path, start: 0, end: 6 }, 'utf8')], ['a\ntorn'])
    assert.deepEqual([...textsOfRange({ path, start: 3, end: 600 }, 'utf8')], [])
  })
})

test('chunks say where they start', () => {
  const whole = LINES.join('')
  withFile(whole, (path) => {
    const octets = Buffer.from(whole)
    const range = { path, start: 10, end: octets.length }
    for (const { text, at } of chunksOfRange(range, 'utf8', 4096))
      assert.equal(octets.toString('utf8', at, at + Buffer.byteLength(text)), text)
  })
})

test('a small file is one range, and an empty one none', () => {
  assert.deepEqual(rangesOf('x', 100, 4), [{ path: 'x', start: 0, end: 100 }])
  assert.deepEqual(rangesOf('x', 0, 4), [])
  const many = rangesOf('x', 10_000_001, 4)
  assert.equal(many.length, 4)
  assert.equal(many.at(-1)?.end, 10_000_001)
})
