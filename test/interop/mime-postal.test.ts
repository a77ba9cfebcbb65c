/**
 * Our structure of real and broken messages, beside what postal-mime makes of them: the attachments
 * it finds must be leaves of ours with the same type and content, and the one plain text must be the
 * same text. Only what both see the same way is compared; where they differ on purpose, EXCEPTIONS
 * says why.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import PostalMime, { type Email } from 'postal-mime'

import { DEFAULT_LIMITS } from '../../src/base/limits.ts'
import { decodeText, decodeTransfer } from '../../src/syntax/mime/decode.ts'
import type { Part } from '../../src/syntax/mime/skeleton.ts'
import { SkeletonScanner, skeletonOf } from '../../src/syntax/mime/scanner.ts'
import { makeTempFolder } from '../support/temp-folder.ts'

const VECTORS = join(import.meta.dirname, '../vector/mime')
const SHARED = join(import.meta.dirname, '../../../shared/testdata/spam-spamassassin')
const limits = DEFAULT_LIMITS.message

/** The tree of types; `{}` is a message inside. */
function tree(part: Part): string {
  const type = `${part.type}/${part.subtype}`
  if (part.message !== null) return `${type}{${tree(part.message.root)}}`
  return part.children.length === 0 ? type : `${type}[${part.children.map(tree).join(' ')}]`
}

const TREES: [file: string, tree: string][] = [
  ['enmime-attachment-only.eml', 'image/jpeg'],
  [
    'enmime-bad-final-boundary.eml',
    'multipart/mixed[text/plain application/x-zip-compressed text/plain]',
  ],
  ['enmime-bad-header-wrap.eml', 'multipart/mixed[text/plain application/x-zip-compressed]'],
  ['enmime-epilogue-sample.eml', 'multipart/mixed[text/plain text/html]'],
  [
    'enmime-html-mime-inline.eml',
    'multipart/alternative[text/plain multipart/related[text/html image/png]]',
  ],
  ['enmime-malformed-base64-attach.eml', 'multipart/mixed[text/plain application/msword]'],
  ['enmime-mime-mixed.eml', 'multipart/mixed[text/plain text/plain]'],
  ['enmime-missing-content-type2.eml', 'multipart/alternative[text/plain text/plain]'],
  [
    'enmime-other-multi-related.eml',
    'multipart/related[multipart/alternative[text/plain text/html] image/png image/png]',
  ],
  ['enmime-qp-utf8-header-recursed.eml', 'multipart/alternative[text/plain text/html]'],
  [
    'mail-parser-malformed-013.eml',
    'multipart/mixed[text/plain multipart/mixed[text/plain multipart/mixed[text/plain multipart/mixed[text/plain text/plain]]]]',
  ],
  [
    'mail-parser-malformed-016.eml',
    'multipart/mixed[multipart/mixed[multipart/mixed[text/plain]] text/plain]',
  ],
  [
    'mail-parser-malformed-020.eml',
    'multipart/related[multipart/alternative[text/html text/plain] image/png]',
  ],
  [
    'mail-parser-rfc-000.eml',
    'multipart/mixed[text/plain text/plain multipart/parallel[audio/basic image/jpeg] text/enriched message/rfc822{text/plain}]',
  ],
  [
    'mail-parser-rfc-002.eml',
    'multipart/mixed[text/plain message/rfc822{multipart/mixed[text/plain image/gif]}]',
  ],
  [
    'mail-parser-rfc-004.eml',
    'multipart/mixed[text/plain multipart/digest[message/rfc822{text/plain} message/rfc822{text/plain}]]',
  ],
  [
    'mail-parser-thirdparty-003.eml',
    'multipart/mixed[text/plain text/plain text/plain text/plain text/plain]',
  ],
  ['mail-parser-thirdparty-014.eml', 'multipart/alternative[text/plain text/html]'],
  [
    'mail-parser-thirdparty-019.eml',
    'multipart/mixed[multipart/alternative[text/plain multipart/related[text/html image/png]] image/png]',
  ],
]

for (const [file, expected] of TREES) {
  test(`structure of ${file}`, () => {
    assert.equal(tree(skeletonOf(readFileSync(join(VECTORS, file)), limits).root), expected)
  })
}

test('every vector has its expected structure', () => {
  const files = globSync(join(VECTORS, '*.eml')).map((path) => basename(path))
  assert.deepEqual(files.sort(), TREES.map(([file]) => file).sort())
})

/** Why postal-mime sees something else. */
const EXCEPTIONS = new Map([
  [
    'enmime-epilogue-sample.eml',
    'text after the last delimiter of a base64 part is read differently',
  ],
  ['mail-parser-rfc-000.eml', 'its base64 is prose: what is passed over is read differently'],
])

for (const [file] of TREES) {
  const why = EXCEPTIONS.get(file)
  test(`postal-mime agrees on ${file}`, { skip: why ?? false }, async () => {
    assert.deepEqual(await differences(readFileSync(join(VECTORS, file))), [])
  })
}

async function differences(octets: Buffer): Promise<string[]> {
  const email: Email = await PostalMime.parse(octets, { attachmentEncoding: 'arraybuffer' })
  const leaves = leavesOf(skeletonOf(octets, limits).root)
  const found: string[] = []
  for (const attachment of email.attachments) {
    const content = lineEndsAlike(Buffer.from(attachment.content as ArrayBuffer).toString('latin1'))
    const isThere = leaves.some(
      (part) =>
        `${part.type}/${part.subtype}` === attachment.mimeType &&
        lineEndsAlike(Buffer.from(decodedBody(octets, part)).toString('latin1')) === content,
    )
    if (!isThere) found.push(`attachment ${attachment.mimeType} ${attachment.filename}`)
  }
  const texts = leaves.filter(
    (part) =>
      part.type === 'text' && part.subtype === 'plain' && part.disposition?.type !== 'attachment',
  )
  const [only] = texts
  if (texts.length === 1 && only !== undefined && isComparable(only)) {
    const ours = decodeText(octets.subarray(only.bodyStart, only.bodyEnd), only)
    if (squeezed(ours) !== squeezed(email.text ?? '')) found.push('text')
  }
  return found
}

/** postal-mime joins the lines of format=flowed, and guesses no charset as we do. */
function isComparable(part: Part): boolean {
  const names = part.parameters.map(([name]) => name.toLowerCase())
  return !names.includes('format')
}

function leavesOf(part: Part): Part[] {
  if (part.message !== null) return leavesOf(part.message.root)
  return part.children.length === 0 ? [part] : part.children.flatMap(leavesOf)
}

function decodedBody(octets: Buffer, part: Part): Uint8Array {
  return decodeTransfer(octets.subarray(part.bodyStart, part.bodyEnd), part.encoding)
}

function lineEndsAlike(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/\n+$/, '')
}

/** Space at line ends, and octets that are not valid in the charset, are treated differently. */
function squeezed(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, '')
}

test('3,000 real messages of 2002', { skip: skipReason() }, async () => {
  using folder = makeTempFolder()
  execFileSync('tar', ['-xf', globSync(join(SHARED, '*.tar.xz'))[0] ?? '', '-C', folder.path])
  const files = globSync(join(folder.path, '**/*.eml')).sort()
  assert.ok(files.length > 1000)
  let agreed = 0
  let compared = 0
  for (const [index, file] of files.entries()) {
    const octets = readFileSync(file)
    const scanner = new SkeletonScanner(limits)
    for (let at = 0; at < octets.length; at += 61) scanner.push(octets.subarray(at, at + 61))
    assert.deepEqual(scanner.finish(), skeletonOf(octets, limits), file)
    if (index % 10 !== 0) continue
    compared++
    if ((await differences(octets)).length === 0) agreed++
  }
  assert.ok(agreed / compared > 0.98, `postal-mime agrees on ${agreed} of ${compared}`)
})

function skipReason(): string | false {
  return existsSync(SHARED) ? false : `${SHARED} is not there`
}
