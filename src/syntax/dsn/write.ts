/**
 * A delivery status notification, written: multipart/report (RFC 6522) of a text for people, what
 * programs read (RFC 3464), and the message or its header. RFC 6533 where addresses need it.
 */
import { createHash } from 'node:crypto'

import { fromLatin1, latin1OfUtf8 } from '../../base/octets.ts'
import { isAscii } from '../address/domain.ts'
import type { Header } from '../message/header.ts'
import { parseMessageIds } from '../message/message-id.ts'
import { dateLine, messageIdLine } from '../message/write.ts'
import { headerOf, returnedPart } from './returned.ts'
import { encodeWords, foldField, oneLine, quotedPrintable } from './safe-text.ts'
import { deliveryStatusText, type ReportedMessage, type ReportedRecipient } from './write-status.ts'

export interface NoticeContent {
  /** Without angle brackets: of the notice itself. */
  readonly messageId: string
  readonly atMs: number
  readonly to: string
  /** One line. */
  readonly subject: string
  /** For people: lines ending in `\n`. */
  readonly text: string
  readonly message: ReportedMessage
  readonly recipients: readonly ReportedRecipient[]
  /** The message from its first octet: all of it, or at least its header. */
  readonly original: Uint8Array
  /** Whether all of it is in `original`, and is to be given back. */
  readonly returnsAll: boolean
  /** The sender's program knows addresses in UTF-8: it used SMTPUTF8. */
  readonly international: boolean
}

export interface WrittenNotice {
  readonly octets: Uint8Array
  /** It has octets above 127. */
  readonly eightBit: boolean
  /** Its own header has such octets: the address it goes to. */
  readonly smtputf8: boolean
}

/** Takes time linear in the original. */
export function writeNotice(notice: NoticeContent): WrittenNotice {
  const { message, recipients, original, to } = notice
  const header = headerOf(original)
  const isGlobal = notice.international && !isAscii(recipients.map(namesOf).join(''))
  const status = deliveryStatusText(message, recipients, isGlobal)
  const returned = returnedPart(original, notice)
  // Nobody can write a message that has its own hash in it.
  const digest = createHash('sha256').update(notice.messageId).update(original).digest('hex')
  const boundary = `=_${digest.slice(0, 32)}`
  const parts = [
    textPart('text/plain; charset=utf-8', 'Notification', notice.text.replace(/\n/g, '\r\n')),
    textPart(
      isGlobal ? 'message/global-delivery-status' : 'message/delivery-status',
      'Delivery report',
      status,
    ),
  ]
  const head = noticeHeader(notice, header, boundary)
  const written = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')
  const octets = Buffer.concat([
    fromLatin1(`${head}\r\n${written}--${boundary}\r\n${returned.header}\r\n`),
    returned.body,
    fromLatin1(`\r\n--${boundary}--\r\n`),
  ])
  const smtputf8 = !isAscii(to)
  return { octets, eightBit: smtputf8 || returned.eightBit, smtputf8 }
}

function namesOf({ address, original }: ReportedRecipient): string {
  return address + (original ?? '')
}

/** As latin1 lines. RFC 3834 §5 has Auto-Submitted; what answers programs must not answer this. */
function noticeHeader(notice: NoticeContent, header: Header, boundary: string): string {
  const { messageId, atMs, to, subject, message } = notice
  const [about] = parseMessageIds(header.value('message-id') ?? '', 1)
  const isSafe = about !== undefined && about.length <= MAX_ID_CHARS && /^[!-~]+$/.test(about)
  const thread = isSafe ? [`In-Reply-To: <${about}>`, `References: <${about}>`] : []
  const host = oneLine(message.reporter, MAX_ID_CHARS).replace(/[^A-Za-z0-9.:[\]-]/g, '')
  return [
    foldField(`From: Mail Delivery System <mailer-daemon@${host}>`),
    `To: <${latin1OfUtf8(oneLine(to, MAX_PATH_CHARS))}>\r\n`,
    foldField(`Subject: ${encodeWords(oneLine(subject, MAX_SUBJECT_CHARS))}`),
    dateLine(atMs),
    messageIdLine(messageId),
    ...thread.map((line) => `${line}\r\n`),
    'Auto-Submitted: auto-replied\r\n',
    'MIME-Version: 1.0\r\n',
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"\r\n`,
  ].join('')
}

/** A part with its header, as it stands or in quoted-printable. @param text Unicode, CRLF */
function textPart(type: string, description: string, text: string): string {
  const isPlain = /^[\r\n\t\x20-\x7e]*$/.test(text) && !/[^\r\n]{999}/.test(text)
  const body = isPlain ? text : quotedPrintable(Buffer.from(text))
  const encoding = isPlain ? '7bit' : 'quoted-printable'
  return (
    `Content-Type: ${type}\r\nContent-Description: ${description}\r\n` +
    `Content-Transfer-Encoding: ${encoding}\r\n\r\n${body}`
  )
}

/** Longer ones are no use to those who sort by them. */
const MAX_ID_CHARS = 250
const MAX_PATH_CHARS = 320
const MAX_SUBJECT_CHARS = 200
