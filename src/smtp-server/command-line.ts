/** What a line of a client is, before the session is asked: a command, or no SMTP at all. */
import { SyntaxFault } from '../base/faults.ts'
import { type Command, parseCommand, type Verb } from '../syntax/smtp/command.ts'
import type { Reply } from '../syntax/smtp/reply.ts'
import { REPLY, replyFor } from './reply.ts'

export type CommandLine =
  | { readonly kind: 'command'; readonly command: Command }
  /** It has no grammar; the session goes on. */
  | { readonly kind: 'broken'; readonly reply: Reply }
  /** The client is none, or cannot be understood from here on. */
  | { readonly kind: 'drop'; readonly reply: Reply; readonly cause: string }
  /** The client sent on where it has to wait. */
  | { readonly kind: 'outOfStep' }

export interface LineScene {
  /** Of a command with its CRLF; AUTH may be longer. */
  readonly maxOctets: number
  /** Has the client said EHLO? */
  readonly isExtended: boolean
  /** What it has sent behind this line. */
  readonly waitingOctets: number
}

export function readCommandLine(text: string, scene: LineScene): CommandLine {
  if (text.length + 2 > scene.maxOctets && !AUTH.test(text))
    return { kind: 'drop', reply: REPLY.lineTooLong, cause: 'line too long' }
  let command: Command
  try {
    command = parseCommand(text)
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error
    const reply = replyFor(error)
    // After a BDAT that cannot be read nobody can say how many octets are no commands.
    return BDAT.test(text)
      ? { kind: 'drop', reply, cause: 'BDAT without a count' }
      : { kind: 'broken', reply }
  }
  if (command.verb === 'unknown' && NOT_SMTP.test(command.word)) return NO_CLIENT
  return isOutOfStep(command.verb, scene) ? { kind: 'outOfStep' } : { kind: 'command', command }
}

/** What is dropped for its first octet, or for its first word. */
export const NO_CLIENT = { kind: 'drop', reply: REPLY.notSmtp, cause: 'no SMTP client' } as const

/** RFC 2920 §3.1, RFC 3207 §6, RFC 4954 §4. */
function isOutOfStep(verb: Verb, { isExtended, waitingOctets }: LineScene): boolean {
  if (waitingOctets === 0 || verb === 'QUIT') return false
  return !isExtended || LAST_IN_GROUP.has(verb)
}

/** No command of SMTP begins with such an octet: TLS does. */
export function isBinary(octet: string): boolean {
  const code = octet.charCodeAt(0)
  return code >= 0x7f || (code < 0x20 && code !== 0x0d && code !== 0x0a)
}

/** EHLO changes what is allowed, DATA and AUTH ask back, and behind STARTTLS hides CVE-2011-0411. */
const LAST_IN_GROUP: ReadonlySet<Verb> = new Set<Verb>(['EHLO', 'HELO', 'DATA', 'STARTTLS', 'AUTH'])
/** Browsers sent here by a page, proxies, other protocols. */
const NOT_SMTP = /^(?:GET|POST|PUT|HEAD|OPTIONS|CONNECT|DELETE|TRACE|PATCH|PRI|PROXY|SSH-.*)$/i
const AUTH = /^auth /i
const BDAT = /^bdat\b/i
