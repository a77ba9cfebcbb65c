/**
 * The paths of MAIL and RCPT, RFC 5321 §4.1.2, with brackets, in protocol text.
 */
import type { Cursor } from '../../base/cursor.ts'
import { utf8OfLatin1 } from '../../base/octets.ts'
import { isAscii } from './domain.ts'
import { type Address, expectDomain, expectMailbox } from './mailbox.ts'

export interface Path {
  readonly address: Address
  /** The mailbox as the client wrote it, in Unicode: no brackets, no source route. */
  readonly text: string
  /** It has characters above ASCII: allowed only with SMTPUTF8 (RFC 6531 §3.4). */
  readonly international: boolean
}

/** RFC 5321 §4.5.3.1.3: 256 octets with the brackets. */
const MAX_PATH_OCTETS = 254

/** Null is the null reverse-path `<>` of bounces, RFC 5321 §4.5.5. @throws SyntaxFault */
export function expectReversePath(cursor: Cursor): Path | null {
  cursor.expect('<')
  if (cursor.char === '>') {
    cursor.at++
    return null
  }
  return expectPathRest(cursor)
}

/** `<postmaster>` without a domain is this host's own, RFC 5321 §4.5.1. @throws SyntaxFault */
export function expectForwardPath(cursor: Cursor): Path | 'postmaster' {
  cursor.expect('<')
  // Looked at by its first letter: most paths are no postmaster's.
  const mayBe = (cursor.code | 0x20) === 0x70
  return mayBe && cursor.take('postmaster>') ? 'postmaster' : expectPathRest(cursor)
}

function expectPathRest(cursor: Cursor): Path {
  takeSourceRoute(cursor)
  const start = cursor.at
  const address = expectMailbox(cursor)
  const octets = cursor.text.slice(start, cursor.at)
  if (octets.length > MAX_PATH_OCTETS) cursor.fail(`at most ${MAX_PATH_OCTETS} octets of path`)
  cursor.expect('>')
  if (isAscii(octets)) return { address, text: octets, international: false }
  return { address, text: utf8OfLatin1(octets) ?? octets, international: true }
}

/** `@a,@b:` is read and forgotten, RFC 5321 §4.1.1.3; mail is never routed by it. */
function takeSourceRoute(cursor: Cursor): void {
  if (cursor.char !== '@') return
  do {
    cursor.expect('@')
    expectDomain(cursor)
  } while (cursor.take(','))
  cursor.expect(':')
}
