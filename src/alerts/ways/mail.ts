/** Alerts as mail, by our own queue. */
import { latin1OfUtf8 } from '../../base/octets.ts'
import { wordsOf } from '../../base/faults.ts'
import { encodeWords, foldField, oneLine, quotedPrintable } from '../../syntax/dsn/safe-text.ts'
import { dateLine } from '../../syntax/message/write.ts'
import { subjectOf, textOf, type Notice } from '../message.ts'
import { PartlyTold, type Way } from './way.ts'

export interface MailWayOptions {
  /** Whom; empty: nobody is there yet. */
  readonly to: () => readonly string[]
  readonly sender: () => string
  /** Takes a message for delivery. @throws Error why it goes nowhere */
  readonly submit: (to: string, sender: string, octets: Uint8Array) => Promise<void>
}

export function mailWay({ to, sender, submit }: MailWayOptions): Way {
  return {
    name: 'mail',
    isOwnQueue: true,
    async send(notice) {
      const from = sender()
      const recipients = to()
      if (recipients.length === 0) throw new Error('there is no address to send it to')
      // Each by itself: one that goes nowhere does not keep it from the others.
      const failed: string[] = []
      for (const recipient of recipients)
        try {
          await submit(recipient, from, mailOf(notice, from, recipient))
        } catch (error) {
          failed.push(wordsOf(error))
        }
      if (failed.length === 0) return
      const why = failed.join('; ')
      throw failed.length < recipients.length ? new PartlyTold(why) : new Error(why)
    },
  }
}

/** RFC 3834 §5: nobody's program is to answer it. What it lacks, Message-ID, is added on the way. */
export function mailOf(notice: Notice, from: string, to: string): Uint8Array {
  const header = [
    `From: Waybill <${latin1OfUtf8(from)}>\r\n`,
    `To: <${latin1OfUtf8(to)}>\r\n`,
    foldField(`Subject: ${encodeWords(oneLine(subjectOf(notice), MAX_SUBJECT_CHARS))}`),
    dateLine(notice.nowMs),
    'Auto-Submitted: auto-generated\r\n',
    'MIME-Version: 1.0\r\n',
    'Content-Type: text/plain; charset=utf-8\r\n',
    'Content-Transfer-Encoding: quoted-printable\r\n',
  ].join('')
  const text = `${textOf(notice)}\n`.replace(/\r?\n/g, '\r\n')
  return Buffer.from(`${header}\r\n${quotedPrintable(Buffer.from(text))}`, 'latin1')
}

const MAX_SUBJECT_CHARS = 300
