import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { OctetsFile } from './octets-file.ts'
import { WholeLines } from './whole-lines.ts'

const MIB = 2 ** 20

/** A file of these octets, which notes what is read of it. */
function fileOf(octets: Buffer, isCompressed = false) {
  const reads: [at: number, octets: number][] = []
  const file: OctetsFile = {
    path: 'mainlog',
    device: 1,
    inode: 1,
    sizeOctets: octets.length,
    changedMs: 0,
    isCompressed,
    async read(at, wanted) {
      const piece = octets.subarray(at, at + wanted)
      reads.push([at, piece.length])
      return piece
    },
    async [Symbol.asyncDispose]() {},
  }
  return { file, reads }
}

async function allOf(file: OctetsFile) {
  const lines = new WholeLines(file)
  const pieces: Buffer[] = []
  for (let at = 0; ; ) {
    const piece = await lines.read(at)
    if (piece.length === 0) return { pieces, isTorn: lines.isTorn }
    pieces.push(piece)
    at += piece.length
  }
}

for (const isCompressed of [false, true])
  test(`lines of all lengths come whole, each octet is read once: ${isCompressed ? '' : 'not '}compressed`, async () => {
    const lengths = [10, 600_000, 0, 3 * MIB, 7, 7 * MIB, 500_000, 500_000, 20 * MIB, 12]
    const octets = Buffer.from(lengths.map((length) => `${'x'.repeat(length)}\n`).join(''))
    const { file, reads } = fileOf(octets, isCompressed)
    const { pieces, isTorn } = await allOf(file)
    assert.ok(Buffer.concat(pieces).equals(octets))
    assert.ok(!isTorn)
    const torn = pieces.filter((piece) => piece.at(-1) !== 0x0a)
    assert.deepEqual(
      torn.map(({ length }) => length),
      [8 * MIB, 8 * MIB],
    )
    let end = 0
    for (const [at, count] of reads) {
      assert.equal(at, end)
      end = at + count
    }
  })

test('the last line without its end waits, but in a compressed file', async () => {
  const octets = Buffer.from(`one\n${'x'.repeat(MIB)}`)
  const plain = await allOf(fileOf(octets).file)
  assert.deepEqual([plain.pieces.map(String), plain.isTorn], [['one\n'], true])
  const compressed = await allOf(fileOf(octets, true).file)
  assert.ok(Buffer.concat(compressed.pieces).equals(octets))
  assert.ok(!compressed.isTorn)
})

test('it goes on where another process stopped', async () => {
  const { file } = fileOf(Buffer.from(`one\ntwo\n${'x'.repeat(MIB)}\nthree\n`))
  const lines = new WholeLines(file)
  assert.equal(String(await lines.read(0)), 'one\ntwo\n')
  assert.equal(String(await lines.read(8 + MIB + 1)), 'three\n')
  assert.equal(String(await lines.read(4)), 'two\n')
})
