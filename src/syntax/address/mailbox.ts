/**
 * `Mailbox` of RFC 5321 §4.1.2 in protocol text, with the UTF-8 of RFC 6531 §3.3.
 */
import type { Cursor } from '../../base/cursor.ts'
import { utf8OfLatin1 } from '../../base/octets.ts'
import { domainToAscii, isAscii, isDomainOctet, MAX_DOMAIN_OCTETS } from './domain.ts'
import { parseAddressLiteral } from './literal.ts'
import { isAtext, isQtext, MAX_LOCALPART_OCTETS, maxLocalpartOctets } from './localpart.ts'

/** One address, taken apart. */
export interface Address {
  /** Unicode, without quotes. */
  readonly localpart: string
  /** A-labels in lower case, or an address literal with its brackets. */
  readonly domain: string
}

/** Reads a mailbox and leaves the cursor behind it. @throws SyntaxFault */
export function expectMailbox(cursor: Cursor): Address {
  const localpart = expectLocalpart(cursor)
  cursor.expect('@')
  return { localpart, domain: expectDomain(cursor) }
}

/** Dot-string or quoted-string. @throws SyntaxFault */
function expectLocalpart(cursor: Cursor): string {
  const start = cursor.at
  const text = cursor.code === QUOTE ? expectQuotedString(cursor) : expectDotString(cursor)
  const octets = cursor.at - start
  if (octets > MAX_LOCALPART_OCTETS && octets > maxLocalpartOctets(text)) {
    cursor.fail(`at most ${MAX_LOCALPART_OCTETS} octets before the @`)
  }
  if (isAscii(text)) return text
  const unicode = utf8OfLatin1(text)
  // C1 controls would reach terminals and logs; nobody's name has them.
  if (unicode === null || /[\x80-\x9f]/.test(unicode)) cursor.fail('UTF-8 text')
  return unicode
}

function expectDotString(cursor: Cursor): string {
  const start = cursor.at
  cursor.expectWhile(isAtext, 'localpart')
  while (cursor.code === DOT) {
    cursor.at++
    cursor.expectWhile(isAtext, 'atom after "."')
  }
  return cursor.text.slice(start, cursor.at)
}

/** The text between the quotes, backslashes resolved. `""` is refused: nobody is called that. */
function expectQuotedString(cursor: Cursor): string {
  cursor.expect('"')
  let text = ''
  for (;;) {
    text += cursor.takeWhile(isQtext)
    if (cursor.code !== BACKSLASH) break
    cursor.at++
    const code = cursor.code
    if (!(code >= 0x20 && code < 0x7f)) cursor.fail('printable ASCII after "\\"')
    text += cursor.char
    cursor.at++
  }
  if (text === '') cursor.fail('localpart')
  cursor.expect('"')
  return text
}

/** Domain or address literal, in the form they are compared in. @throws SyntaxFault */
export function expectDomain(cursor: Cursor): string {
  const start = cursor.at
  if (cursor.code === OPEN) {
    cursor.takeWhile((code) => code !== CLOSE && code > 0x20 && code < 0x7f, MAX_LITERAL_OCTETS)
    cursor.expect(']')
    const literal = parseAddressLiteral(cursor.text.slice(start, cursor.at))
    if (literal !== null) return literal
    cursor.at = start
    return cursor.fail('[IPv4] or [IPv6:address]')
  }
  const octets = cursor.takeWhile(isDomainOrUtf8Octet, MAX_DOMAIN_OCTETS + 1)
  const text = utf8OfLatin1(octets)
  const domain = text === null ? null : domainToAscii(text)
  if (domain !== null) return domain
  cursor.at = start
  return cursor.fail('domain')
}

const isDomainOrUtf8Octet = (code: number) => code > 0x7f || isDomainOctet(code)
const DOT = 0x2e
const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN = 0x5b
const CLOSE = 0x5d
/** `[IPv6:` and 45 characters of IPv6 with an IPv4 tail; anything longer is none. */
const MAX_LITERAL_OCTETS = 64
