/**
 * SMTP command lines, RFC 5321 §4.1.1, and those of RFC 3030, 3207 and 4954.
 */
import { isDigit } from '../../base/digits.ts'
import { Cursor, upperAscii } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { type MailCommand, parseMail, parseRcpt, type RcptCommand } from './mail-command.ts'

export type Command =
  /** `name` as it came: printable, not checked further, at most 255 octets. */
  | { readonly verb: 'EHLO' | 'HELO'; readonly name: string }
  | MailCommand
  | RcptCommand
  | { readonly verb: 'BDAT'; readonly octets: number; readonly last: boolean }
  | { readonly verb: 'DATA' | 'RSET' | 'NOOP' | 'QUIT' | 'HELP' | 'STARTTLS' }
  | { readonly verb: 'VRFY' | 'EXPN'; readonly text: string }
  /** `initial`: base64 as it came; `=` is an empty response (RFC 4954 §4); null when there is none. */
  | { readonly verb: 'AUTH'; readonly mechanism: string; readonly initial: string | null }
  | { readonly verb: 'unknown'; readonly word: string }

export type Verb = Command['verb']

const MAX_NAME_OCTETS = 255
/** 15 digits stay below Number.MAX_SAFE_INTEGER, and a chunk of a petabyte is refused anyway. */
const MAX_CHUNK_DIGITS = 15

/** @param line  latin1, without line end @throws SyntaxFault */
export function parseCommand(line: string): Command {
  const space = line.indexOf(' ')
  const wordEnd = space < 0 ? line.length : space
  const verb = verbOf(line, wordEnd)
  refuseControls(line)
  switch (verb) {
    case 'MAIL':
      return parseMail(line, wordEnd + 1)
    case 'RCPT':
      return parseRcpt(line, wordEnd + 1)
    case 'EHLO':
    case 'HELO':
      return { verb, name: expectName(line, wordEnd) }
    case 'BDAT':
      return parseBdat(line, wordEnd)
    case 'VRFY':
    case 'EXPN':
      return { verb, text: expectText(line, wordEnd) }
    case 'AUTH':
      return parseAuth(line, wordEnd)
    case 'NOOP': // RFC 5321 §4.1.1.9: an argument is ignored
    case 'HELP':
      return { verb }
    case 'DATA':
    case 'RSET':
    case 'QUIT':
    case 'STARTTLS':
      if (line.slice(wordEnd).trim() !== '') throw new SyntaxFault('end of line', wordEnd)
      return { verb }
    case 'unknown':
      return { verb, word: line.slice(0, wordEnd) }
    default:
      return verb satisfies never
  }
}

const VERBS: ReadonlySet<string> = new Set<Verb>([
  'EHLO',
  'HELO',
  'MAIL',
  'RCPT',
  'BDAT',
  'DATA',
  'RSET',
  'NOOP',
  'QUIT',
  'HELP',
  'STARTTLS',
  'VRFY',
  'EXPN',
  'AUTH',
])

function verbOf(line: string, end: number): Verb {
  if (end < 4 || end > 8) return 'unknown'
  const word = line.slice(0, end)
  if (VERBS.has(word)) return word as Verb
  const upper = upperAscii(word)
  return VERBS.has(upper) ? (upper as Verb) : 'unknown'
}

/** NUL, bare CR, TAB, escape sequences: nowhere in a command. */
function refuseControls(line: string): void {
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) throw new SyntaxFault('printable text', i)
  }
}

/**
 * Domain or address literal by RFC 5321 §4.1.1.1. In life it is whatever a device calls itself
 * ("Büro PC", "foo_bar", "127.0.0.1"), and refusing it stops no spam: any printable text is taken.
 */
function expectName(line: string, at: number): string {
  const name = line.slice(at).trim()
  if (name === '') throw new SyntaxFault('your host name', at)
  if (name.length > MAX_NAME_OCTETS) {
    throw new SyntaxFault(`at most ${MAX_NAME_OCTETS} octets of host name`, at)
  }
  return name
}

function expectText(line: string, at: number): string {
  const text = line.slice(at).trim()
  if (text === '') throw new SyntaxFault('a name', at)
  return text
}

/** `BDAT 1234 LAST`, RFC 3030 §2; spaces may follow. */
function parseBdat(line: string, at: number): Command {
  const cursor = new Cursor(line, at)
  cursor.expect(' ')
  const digits = cursor.expectWhile(isDigit, 'octets of the chunk')
  if (digits.length > MAX_CHUNK_DIGITS) cursor.fail(`at most ${MAX_CHUNK_DIGITS} digits`)
  const last = cursor.take(' LAST')
  cursor.takeWhile(isSpace)
  cursor.expectEnd()
  return { verb: 'BDAT', octets: Number(digits), last }
}

function parseAuth(line: string, at: number): Command {
  const [mechanism = '', initial, ...more] = line.slice(at).trim().split(' ')
  if (mechanism === '' || more.length > 0) throw new SyntaxFault('AUTH mechanism [response]', at)
  return { verb: 'AUTH', mechanism, initial: initial ?? null }
}

const isSpace = (code: number) => code === 0x20
