import assert from 'node:assert/strict'

import { view } from '../../../src/base/octets.ts'
import { DataReader } from '../../../src/syntax/smtp/data-reader.ts'
import { cuts, type FuzzTarget } from '../target.ts'

export const target: FuzzTarget = {
  name: 'smtp-data',
  seeds: [
    'Subject: x\r\n\r\n..dot\r\n.\r\nMAIL FROM:<>\r\n',
    '\n.\n\r.\r\r\n.\n\n.\r\n\r\n\0.\r\n',
    '.\r\n',
    '.\r.\r\n\r\r\n.\r\r\n',
  ],
  dictionary: ['\r\n.\r\n', '\r\n', '\r', '\n', '.', '\0', '\r\n..', '.\r'],
  run(octets) {
    const whole = read([octets])
    assert.deepEqual(read(cuts(octets)), whole, 'segments make no difference')
    const text = view(octets).toString('latin1')
    const at = `\r\n${text}`.indexOf('\r\n.\r\n')
    assert.equal(whole.done, at >= 0, 'only CRLF.CRLF ends it')
    if (at < 0) return
    const content = text.slice(0, at)
    assert.equal(whole.rest, text.slice(at + 3), 'and ends it there')
    if (!whole.bareLineEnds) {
      assert.equal(whole.content, content.replace(/^\./gm, ''), 'one dot is taken off')
    }
    assert.equal(whole.bareLineEnds, /\r(?!\n)|(?<!\r)\n/.test(content))
    assert.equal(whole.hasNul, content.includes('\0'))
  },
}

function read(pieces: readonly Uint8Array[]) {
  let content = ''
  let rest = ''
  const reader = new DataReader((octets) => {
    content += octets.toString('latin1')
  })
  for (const piece of pieces) {
    const used = reader.done ? 0 : reader.read(view(piece))
    rest += view(piece).toString('latin1', used)
  }
  const { done, bareLineEnds, hasNul, longestLineOctets } = reader
  return { content, rest, done, bareLineEnds, hasNul, longestLineOctets }
}
