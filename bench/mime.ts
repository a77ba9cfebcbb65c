/**
 * How fast a message's structure is found: MB/s and messages/s, beside postal-mime, which decodes
 * everything (that is what its users want, and what a mail server must not pay for).
 *
 *   node bench/mime.ts
 */
import PostalMime from 'postal-mime'

import { DEFAULT_LIMITS } from '../src/base/limits.ts'
import { encodeSkeleton } from '../src/syntax/mime/codec.ts'
import { SkeletonScanner } from '../src/syntax/mime/scanner.ts'

/** What a socket gives at most. */
const CHUNK_OCTETS = 64 * 1024
const SECONDS = 1

const header = [
  'Received: from mx.example.org (mx.example.org [192.0.2.1])\r\n\tby mail.example.com with ESMTPS id 1vnYk2-00000000BQ5-1EaB\r\n\tfor <bob@example.com>; Sat, 21 Nov 2026 00:48:19 +0000',
  'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=a;\r\n\th=from:to:subject:date; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n\tb=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR',
  'Date: Sat, 21 Nov 2026 00:48:19 +0000',
  'From: Jane Doe <jane@example.org>',
  'To: Bob <bob@example.com>, "Doe, John" <john@example.com>',
  'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= from the lake',
  'Message-ID: <1vnYk2-00000000BQ5@example.org>',
  'MIME-Version: 1.0',
].join('\r\n')
const sentence = 'The quick brown fox jumps over the lazy dog, and the dog -- does not mind.\r\n'
const html = `<p style="margin:0">${sentence.trim()}</p>\r\n`
const base64 = `${Buffer.from(sentence.slice(0, 57)).toString('base64')}\r\n`

const part = (type: string, body: string, encoding = '7bit') =>
  `--=_b1\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`
const multipart = (subtype: string, ...parts: string[]) =>
  `${header}\r\nContent-Type: multipart/${subtype}; boundary="=_b1"\r\n\r\n${parts.join('')}--=_b1--\r\n`

const messages: [name: string, message: string][] = [
  [
    'text, 4 KiB',
    `${header}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${sentence.repeat(42)}`,
  ],
  [
    'alternative, 16 KiB',
    multipart(
      'alternative',
      part('text/plain; charset=utf-8', sentence.repeat(70)),
      part('text/html; charset=utf-8', html.repeat(100)),
    ),
  ],
  [
    'attachment, 1.4 MB',
    multipart(
      'mixed',
      part('text/plain; charset=utf-8', sentence.repeat(20)),
      part('application/pdf; name="report.pdf"', base64.repeat(18_000), 'base64'),
    ),
  ],
]

function scan(octets: Buffer): string {
  const scanner = new SkeletonScanner(DEFAULT_LIMITS.message)
  for (let at = 0; at < octets.length; at += CHUNK_OCTETS) {
    scanner.push(octets.subarray(at, at + CHUNK_OCTETS))
  }
  return encodeSkeleton(scanner.finish())
}

/** Messages a second. */
async function rate(run: () => unknown): Promise<number> {
  let count = 0
  const measure = async (seconds: number) => {
    const start = performance.now()
    for (count = 0; performance.now() - start < seconds * 1000; count++) await run()
    return (count * 1000) / (performance.now() - start)
  }
  await measure(SECONDS / 4)
  return measure(SECONDS)
}

for (const [name, message] of messages) {
  const octets = Buffer.from(message, 'latin1')
  // Scans are so short that awaiting each would be measured instead.
  const ours =
    (await rate(() => {
      for (let turn = 0; turn < 20; turn++) scan(octets)
    })) * 20
  const theirs = await rate(() => PostalMime.parse(octets))
  const mb = octets.length / 1e6
  console.log(
    `${name.padEnd(20)} ${String(octets.length).padStart(8)} octets` +
      `   waybill ${ours.toFixed(0).padStart(7)} msg/s ${(ours * mb).toFixed(0).padStart(6)} MB/s` +
      `   postal-mime ${theirs.toFixed(0).padStart(6)} msg/s ${(theirs * mb).toFixed(0).padStart(4)} MB/s` +
      `   ratio ${(ours / theirs).toFixed(0)}`,
  )
}
