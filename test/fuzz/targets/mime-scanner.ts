import assert from 'node:assert/strict'

import { DEFAULT_LIMITS } from '../../../src/base/limits.ts'
import { decodeSkeleton, encodeSkeleton } from '../../../src/syntax/mime/codec.ts'
import { countLines } from '../../../src/syntax/mime/lines.ts'
import { decodeText } from '../../../src/syntax/mime/decode.ts'
import type { Part } from '../../../src/syntax/mime/skeleton.ts'
import { SkeletonScanner, skeletonOf } from '../../../src/syntax/mime/scanner.ts'
import { type FuzzTarget, cuts } from '../target.ts'

const MIXED = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n'
/** Small, so that inputs reach them. */
const limits = {
  ...DEFAULT_LIMITS.message,
  maxMimeDepth: 6,
  maxMimeParts: 20,
  maxHeaderOctets: 500,
  maxHeaderFields: 20,
  maxAddresses: 10,
  maxMimeParameters: 5,
}

export const target: FuzzTarget = {
  name: 'mime-scanner',
  seeds: [
    'Subject: x\r\n\r\nbody\r\n',
    `${MIXED}pre\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: text/html\r\n\r\ntwo\r\n--b--\r\npost`,
    `${MIXED}--b\r\nContent-Type: multipart/digest; boundary="bb"\r\n\r\n--bb\r\n\r\nTo: a\r\n\r\nx\r\n--bb--\r\n--b--`,
    `${MIXED}--b\r\nContent-Type: message/rfc822\r\n\r\n${MIXED}--b\r\n\r\nx\n--b--\n--b--`,
    'hello\n--b\nContent-Type: multipart/x; boundary*0=b; boundary*1=c\n--bc\n\nx',
  ],
  dictionary: [
    ...['\r\n', '\n', '\r\n\r\n', '\r\n--b', '\r\n--b--', '--b\r\n', '--', '-', ' ', '\r', '\0'],
    ...[
      'Content-Type: ',
      'multipart/mixed; boundary=',
      'message/rfc822',
      'text/plain',
      '; boundary=bb',
    ],
    ...[
      'Content-Transfer-Encoding: base64\r\n',
      'Content-Disposition: attachment; filename="',
      'To: ',
    ],
    '-'.repeat(1000),
  ],
  run(octets) {
    const scanner = new SkeletonScanner(limits)
    for (const piece of cuts(octets)) scanner.push(piece)
    const skeleton = scanner.finish()
    assert.deepEqual(skeleton, skeletonOf(octets, limits), 'independent of segments')
    assert.deepEqual(decodeSkeleton(encodeSkeleton(skeleton)), skeleton, 'round trip')
    assert.equal(skeleton.root.headerStart, 0)
    assert.equal(skeleton.root.bodyEnd, octets.length)
    check(octets, skeleton.root, 0, octets.length, 1)
  },
}

function check(octets: Uint8Array, part: Part, start: number, end: number, depth: number): void {
  assert.ok(depth <= limits.maxMimeDepth, 'depth')
  assert.ok(start <= part.headerStart && part.headerStart <= part.bodyStart, 'header inside')
  assert.ok(part.bodyStart <= part.bodyEnd && part.bodyEnd <= end, 'body inside')
  if (part.type === 'text' || part.type === 'message') {
    assert.equal(part.lines, countLines(octets, part.bodyStart, part.bodyEnd), 'lines')
  }
  let last = part.bodyStart
  for (const child of part.children) {
    check(octets, child, last, part.bodyEnd, depth + 1)
    last = child.bodyEnd
  }
  if (part.message !== null) {
    check(octets, part.message.root, part.bodyStart, part.bodyEnd, depth + 1)
  }
  if (part.type === 'text') decodeText(octets.subarray(part.bodyStart, part.bodyEnd), part)
}
