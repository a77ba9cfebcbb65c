/** What the words of an error say besides: code, status, host and step. */
import type { FailedRecipient, ReportPhase } from './report.ts'

type Known = Omit<FailedRecipient, 'code' | 'phase'>

/** Adds what the diagnostic itself says, and takes the more precise status. */
export function withFacts(known: Known): FailedRecipient {
  const text = known.diagnostic?.slice(0, MAX_CHARS) ?? ''
  const found = text === '' ? null : statusIn(text)
  return {
    ...known,
    diagnostic: text === '' ? null : text.replace(/\s+/g, ' ').trim(),
    status: precise(known.status, found),
    code: codeIn(text),
    remoteHost: known.remoteHost ?? hostIn(text),
    phase: phaseIn(text),
  }
}

interface FoundStatus {
  readonly status: string
  /** Right behind a reply code it is what the other server said. */
  readonly after: 'code' | 'words'
}

/** `5.0.0` says nothing, and `4.4.7` only that it took too long: the words may say more. */
function precise(field: string | null, found: FoundStatus | null): string | null {
  if (field === null || found === null) return field ?? found?.status ?? null
  const isVague = /\.0\.0$/.test(found.status)
  if (found.after === 'code' && !isVague) return found.status
  return /\.0\.0$/.test(field) && !isVague ? found.status : field
}

function statusIn(text: string): FoundStatus | null {
  const [, behind] =
    /(?<![\d.])[45]\d\d[ -]{1,2}["'#(<]{0,2}([45]\.[0-7]\.\d{1,3})(?![\d]|\.\d)/.exec(text) ?? []
  if (behind !== undefined) return { status: behind, after: 'code' }
  const [, status] = /(?<![\d.])([45]\.[0-7]\.\d{1,3})(?![\d]|\.\d)/.exec(text) ?? []
  return status === undefined ? null : { status, after: 'words' }
}

/** A reply code of SMTP where a reply begins. */
function codeIn(text: string): number | null {
  const found = CODE.exec(text)
  return found === null ? null : Number(found[1])
}

const CODE =
  /(?:^|[\s:;(<'"#[=])([45][0-57]\d)(?=(?:[ -]|, )?#?[("']?[45]\.\d\.\d|[ -]+["'(<A-Za-z#\d]|["')\]:;,.]?\s|[:>"')]|$)/

/** `host mx.example.net [192.0.2.1] said`. */
function hostIn(text: string): string | null {
  const [, name, address] = HOST.exec(text) ?? []
  return (name ?? address)?.toLowerCase() ?? null
}

const HOST =
  /(?:\bhost |\bconnect to |\bby |\bto )(?:([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})\.? ?)?[([]{1,2}([0-9A-Fa-f.:]{3,45})[)\]]/

function phaseIn(text: string): ReportPhase | null {
  const lower = text.toLowerCase()
  return PHASES.find(([words]) => lower.includes(words))?.[1] ?? null
}

/** How mailers name the step; the more precise words first. */
const PHASES: readonly (readonly [string, ReportPhase])[] = [
  ['after rcpt to', 'rcpt'],
  ['reply to rcpt to', 'rcpt'],
  ['pipelined rcpt', 'rcpt'],
  ['rcpt to:', 'rcpt'],
  ['after mail from', 'mail'],
  ['reply to mail from', 'mail'],
  ['mail from:', 'mail'],
  ['end of data', 'endOfData'],
  ['end-of-data', 'endOfData'],
  ['end of message', 'endOfData'],
  ['reply to data', 'data'],
  ['after data', 'data'],
  ['after ehlo', 'helo'],
  ['after helo', 'helo'],
  ['reply to helo', 'helo'],
  ['reply to ehlo', 'helo'],
  ['initial connection', 'connect'],
  ['refused to talk to me', 'connect'],
  ['connection refused', 'connect'],
  ['connection timed out', 'connect'],
  ['starttls', 'starttls'],
]
const MAX_CHARS = 4000
