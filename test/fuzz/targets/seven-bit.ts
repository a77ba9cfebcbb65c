import assert from 'node:assert/strict'

import { DEFAULT_LIMITS } from '../../../src/base/limits.ts'
import { decodeTransfer } from '../../../src/syntax/mime/decode.ts'
import { skeletonOf } from '../../../src/syntax/mime/scanner.ts'
import { inSevenBit } from '../../../src/syntax/mime/seven-bit.ts'
import { planSevenBit } from '../../../src/syntax/mime/seven-bit-plan.ts'
import type { Part } from '../../../src/syntax/mime/skeleton.ts'
import { type FuzzTarget, cuts } from '../target.ts'

const MIXED = 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'
/** Small, so that inputs reach them: whoever reads the message has others. */
const SMALL = { ...DEFAULT_LIMITS.message, maxMimeDepth: 4, maxMimeParts: 6, maxHeaderFields: 5 }

export const target: FuzzTarget = {
  name: 'seven-bit',
  seeds: [
    'Subject: x\r\n\r\nGr\xfc\xdfe\r\n',
    `${MIXED}pre\r\n--b\r\n\r\n\xe9\r\n--b\r\nContent-Type: image/png\r\n\r\n\x89P\n\r--b\r\n--b--\r\n\xe9`,
    `${MIXED}--b\r\nContent-Type: multipart/digest; boundary=bb\r\n\r\n--bb\r\n\r\nTo: a\r\n\r\n\xe9\r\n--bb--\r\n--b--`,
    `Content-Transfer-Encoding: 8bit\r\n${MIXED}--b\r\nContent-Type: message/rfc822\r\n\r\n${MIXED}--b\r\n\r\n\xe9\r\n--b--\r\n--b--`,
    `${MIXED}${'--b\r\n\r\n=41\r\n'.repeat(7)}--b\r\nContent-Type: text/html\r\n\r\n\xe9=41\r\n--b--`,
    `${'X: y\r\n'.repeat(6)}Content-Transfer-Encoding: base64\r\n\r\n\xe9QUJD`,
  ],
  dictionary: [
    ...[
      '\r\n',
      '\r\n\r\n',
      '\r\n--b',
      '\r\n--b--',
      '--b\r\n',
      '--',
      '-',
      ' ',
      '\t',
      '\r',
      '=',
      '\xe9',
    ],
    ...['Content-Type: ', 'multipart/mixed; boundary=', 'multipart/signed; boundary=b'],
    ...['message/rfc822', 'message/global', 'text/plain', 'image/png', '; boundary=bb'],
    ...['base64', 'quoted-printable', '8bit', '7bit', 'binary'].map(
      (one) => `Content-Transfer-Encoding: ${one}\r\n`,
    ),
    ' '.repeat(80),
    '\xe9'.repeat(80),
  ],
  async run(given) {
    const octets = withCrlf(given)
    const out = await converted([octets])
    assert.deepEqual(await converted(cuts(octets)), out, 'independent of segments')
    if (typeof out === 'string') return
    assert.ok(
      out.every((octet) => octet < 0x80),
      'of seven bits',
    )
    assert.deepEqual(contents(out), contents(octets), 'the same content')
  },
}

/** Nothing else is accepted. */
function withCrlf(octets: Uint8Array): Buffer {
  const text = Buffer.from(octets).toString('latin1')
  return Buffer.from(text.replace(/\r\n|[\r\n]/g, '\r\n'), 'latin1')
}

async function converted(pieces: readonly Uint8Array[]): Promise<Buffer | string> {
  const source = () => pieces.map((piece) => piece.slice())
  const plan = await planSevenBit(source, SMALL)
  if (typeof plan === 'string') return plan
  const out: Uint8Array[] = []
  for await (const piece of inSevenBit(source, plan)) out.push(piece)
  return Buffer.concat(out)
}

/** Of each leaf, as whoever has no small limits finds it. */
function contents(message: Uint8Array): readonly string[] {
  const all: string[] = []
  const walk = (part: Part): void => {
    for (const child of part.children) walk(child)
    if (part.message !== null) walk(part.message.root)
    if (part.children.length > 0 || part.message !== null) return
    const stored = message.subarray(part.bodyStart, part.bodyEnd)
    const text = Buffer.from(decodeTransfer(stored, part.encoding)).toString('latin1')
    all.push(`${part.type}/${part.subtype} ${text}`)
  }
  walk(skeletonOf(message, DEFAULT_LIMITS.message).root)
  return all
}
