/** What the words of an error say besides: code, status, host and step. */
import { type ErrorReply, hostIn, phaseIn, replyIn, type SmtpPhase } from '../smtp/error-text.ts'
import type { FailedRecipient } from './report.ts'

/** What is known of a recipient from elsewhere; a phase or a host that is given wins. */
export type Known = Omit<FailedRecipient, 'code' | 'phase'> & {
  readonly phase?: SmtpPhase | null
}

/** Adds what the diagnostic itself says, and takes the more precise status. */
export function withFacts(known: Known): FailedRecipient {
  const text = known.diagnostic?.replace(/\s+/g, ' ').trim().slice(0, MAX_CHARS) ?? ''
  const reply = replyIn(text)
  return {
    ...known,
    diagnostic: text === '' ? null : text,
    status: precise(known.status, reply),
    code: reply.code,
    remoteHost: known.remoteHost ?? hostIn(text),
    phase: known.phase ?? phaseIn(text),
  }
}

/** `5.0.0` says nothing, and `4.4.7` only that it took too long: the words may say more. */
function precise(field: string | null, { status: words, isSaid }: ErrorReply): string | null {
  if (field === null || words === null) return field ?? words
  const isVague = /\.0\.0$/.test(words)
  if (isSaid && !isVague) return words
  return /\.0\.0$/.test(field) && !isVague ? words : field
}

/** The step that a verb of SMTP begins. */
export const PHASE_OF_VERB: Readonly<Record<string, SmtpPhase>> = {
  HELO: 'helo',
  EHLO: 'helo',
  LHLO: 'helo',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  BDAT: 'data',
  STARTTLS: 'starttls',
  AUTH: 'auth',
}

const MAX_CHARS = 4000
