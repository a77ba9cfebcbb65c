import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { decodeBase64, decodeQuotedPrintable } from '../../syntax/mime/decode.ts'
import { collect } from './content.ts'
import {
  countOctets,
  decodeBase64Stream,
  decodeQuotedPrintableStream,
  sliceStream,
} from './transfer-stream.ts'

async function* chunked(text: string, size: number) {
  for (let at = 0; at < text.length; at += size)
    yield Buffer.from(text.slice(at, at + size), 'latin1')
}

test('any chunks decode to what the whole decodes to', async () => {
  const unit = fc.constantFrom(...'ABCDwxyz0123+/=\r\n !')
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit, maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      async (text, size) => {
        const whole = Buffer.from(decodeBase64(Buffer.from(text, 'latin1')))
        const decoded = await collect(decodeBase64Stream(chunked(text, size)))
        assert.deepEqual(Buffer.from(decoded), whole)
        assert.equal(await countOctets(decodeBase64Stream(chunked(text, size))), whole.length)
      },
    ),
  )
})

test('quoted-printable in any chunks decodes to what the whole decodes to', async () => {
  const unit = fc.constantFrom(...'=ABxy09 \t\r\n_', '=\r\n', '=41', 'word')
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit, maxLength: 60 }),
      fc.integer({ min: 1, max: 12 }),
      async (text, size) => {
        const whole = Buffer.from(decodeQuotedPrintable(Buffer.from(text, 'latin1')))
        const decoded = await collect(decodeQuotedPrintableStream(chunked(text, size)))
        assert.equal(Buffer.from(decoded).toString('latin1'), whole.toString('latin1'))
      },
    ),
    { numRuns: 2000 },
  )
})

test('a slice of a stream is the slice of its octets', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...([fc.nat(12), fc.nat(12), fc.integer({ min: 1, max: 5 })] as const),
      async (start, length, size) => {
        const text = '0123456789'
        const sliced = await collect(sliceStream(chunked(text, size), start, start + length))
        assert.equal(Buffer.from(sliced).toString(), text.slice(start, start + length))
      },
    ),
  )
})
