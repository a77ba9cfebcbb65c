import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { MessageId } from '../../journal/event.ts'
import type { Office } from '../../office.ts'
import { contentOf } from './content.ts'

/** An office that has one message, and gives so many octets of it at once. */
function officeWith(text: string, size: number): Office {
  const octets = Buffer.from(text)
  const run = async (_name: string, { offset }: { offset: number }) => ({
    base64: octets.subarray(offset, offset + size).toString('base64'),
    next: offset + size < octets.length ? offset + size : null,
  })
  return { run } as unknown as Office
}

const MESSAGES: readonly (readonly [headers: string, body: string])[] = [
  ['Subject: x\r\n\r\n', 'a\r\n\r\nb\r\n'],
  ['Subject: x\n\n', 'a\n\nb\n'],
  ['Subject: x\r\n', ''],
  ['\r\n', 'no header\r\n\r\nmore\r\n'],
]

for (const [headers, body] of MESSAGES)
  test(`header and body of ${JSON.stringify(headers + body)}, however it is cut`, async () => {
    const text = headers + body
    for (let size = 1; size <= text.length; size++) {
      const parts = { headers: true, body: true }
      const found = await contentOf(officeWith(text, size), '' as MessageId, parts)
      assert.deepEqual(found, { headers, body }, `pieces of ${size}`)
    }
  })
