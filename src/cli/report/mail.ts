/** A report as mail: Markdown for who reads text, the page for who sees pages. */
import { createHash } from 'node:crypto'

import { latin1OfUtf8 } from '../../base/octets.ts'
import type { Report } from '../../report/types.ts'
import { encodeWords, foldField, oneLine, quotedPrintable } from '../../syntax/dsn/safe-text.ts'
import { dateLine } from '../../syntax/message/write.ts'
import { htmlOf } from './html.ts'
import { markdownOf } from './markdown.ts'
import { STATUS_WORDS } from './words.ts'

/**
 * Without From and Message-ID: whoever takes it knows the domain. RFC 3834 §5: nobody's program is to
 * answer it.
 * @param to  an address, as RFC 5321 has it
 */
export function mailOf(report: Report, to: string, nowMs: number): Uint8Array {
  const { title, status, period } = report
  const parts = [
    partOf('text/plain', markdownOf(report)),
    // RFC 2046 §5.1.4: the last one is the best.
    partOf('text/html', htmlOf(report)),
  ]
  // Nobody can write a text that has its own hash in it.
  const digest = createHash('sha256').update(parts.join('')).digest('hex').slice(0, 32)
  const boundary = `=_${digest}`
  const subject = `${STATUS_WORDS[status]}: ${title}, ${period}`
  const header = [
    `To: <${latin1OfUtf8(oneLine(to, MAX_PATH_CHARS))}>\r\n`,
    foldField(`Subject: ${encodeWords(oneLine(subject, MAX_SUBJECT_CHARS))}`),
    dateLine(nowMs),
    'Auto-Submitted: auto-generated\r\n',
    'MIME-Version: 1.0\r\n',
    `Content-Type: multipart/alternative;\r\n boundary="${boundary}"\r\n`,
  ].join('')
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')
  return Buffer.from(`${header}\r\n${body}--${boundary}--\r\n`, 'latin1')
}

function partOf(type: string, text: string): string {
  return [
    `Content-Type: ${type}; charset=utf-8\r\n`,
    'Content-Transfer-Encoding: quoted-printable\r\n\r\n',
    quotedPrintable(Buffer.from(text.replace(/\r?\n/g, '\r\n'))),
  ].join('')
}

const MAX_SUBJECT_CHARS = 300
/** RFC 5321 §4.5.3.1.3. */
const MAX_PATH_CHARS = 254
