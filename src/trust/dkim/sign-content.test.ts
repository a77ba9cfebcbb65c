import assert from 'node:assert/strict'
import { test } from 'node:test'

import { latin1 } from '../../base/octets.ts'
import { signContent } from './sign-content.ts'
import type { Signer } from './signer.ts'

/** What is signed of a message that comes in pieces of so many octets. */
async function signedOf(text: string, cuts: number) {
  const octets = Buffer.from(text, 'latin1')
  const pieces: Buffer[] = []
  for (let at = 0; at < octets.length; at += cuts) pieces.push(octets.subarray(at, at + cuts))
  const seen = { header: '', body: '', domains: [] as string[] }
  const signer: Signer = {
    domain: 'here.example',
    async sign({ header, body }) {
      seen.header = latin1(header)
      for await (const piece of body) seen.body += latin1(piece)
      return Buffer.from('DKIM-Signature: x\r\n')
    },
  }
  const signature = await signContent(pieces, (domain) => {
    seen.domains.push(domain)
    return signer
  })
  return { ...seen, signature: latin1(signature) }
}

const FROM = 'From: jane@here.example\r\n'
const CASES: readonly (readonly [text: string, header: string, body: string])[] = [
  [`${FROM}\r\nText\r\n\r\nmore\r\n`, `${FROM}\r\n`, 'Text\r\n\r\nmore\r\n'],
  [`${FROM}\r\n`, `${FROM}\r\n`, ''],
  [FROM, FROM, ''],
  [`${FROM}\n\nText`, `${FROM}\r\n`, '\r\nText\r\n'],
]

for (const [text, header, body] of CASES)
  test(`RFC 6376 §3.4: header and body of ${JSON.stringify(text)}, however it is cut`, async () => {
    for (let cuts = 1; cuts <= text.length; cuts++) {
      const signed = await signedOf(text, cuts)
      const expected = { header, body, domains: ['here.example'] }
      assert.deepEqual(signed, { ...expected, signature: 'DKIM-Signature: x\r\n' }, `cut ${cuts}`)
    }
  })

test('a message that begins with a blank line has no author, and is not signed', async () => {
  for (let cuts = 1; cuts < 10; cuts++) {
    const { domains, signature } = await signedOf(`\r\n${FROM}\r\nText\r\n`, cuts)
    assert.deepEqual([domains, signature], [[], ''])
  }
})
