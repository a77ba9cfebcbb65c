import assert from 'node:assert/strict'
import { test } from 'node:test'

import { addressesIn } from './addresses.ts'

const texts: readonly (readonly [text: string, ...addresses: readonly string[]])[] = [
  ['to <bob@example.net>, and carol@example.org.', 'bob@example.net', 'carol@example.org'],
  ['\'bob@example.net\': "carol@example.org"', 'bob@example.net', 'carol@example.org'],
  ['bob@example.net... User unknown', 'bob@example.net'],
  ['rfc822;bob+tag@example.net mailto:x@y.example', 'bob+tag@example.net', 'x@y.example'],
  ['<"joe smith"@example.net> failed', '"joe smith"@example.net'],
  ['RCPT TO:<SRS0=a=b=c=d@example.net>', 'SRS0=a=b=c=d@example.net'],
  ['收件人邮件地址（bob@example.net）不存在', 'bob@example.net'],
  ['宛先「bob@example.net」は', 'bob@example.net'],
  ['<jörg@example.net>', 'jörg@example.net'],
  ['jane...@example.net and jane@example... were made unreadable'],
  ['@ a@ @b a @ b'],
]

for (const [text, ...addresses] of texts)
  test(`addresses in ${JSON.stringify(text)}`, () => {
    const found = addressesIn(text, 10)
    assert.deepEqual(
      found.map(({ address }) => address),
      addresses,
    )
    for (const { address, start, end } of found) assert.equal(text.slice(start, end), address)
  })

test('no more are found than are wanted', () => {
  assert.equal(addressesIn('a@b.c '.repeat(100), 7).length, 7)
})
