/**
 * Mailbox names on the wire: modified UTF-7 for IMAP4rev1, UTF-8 once IMAP4rev2 is enabled
 * (RFC 9051 §5.1). Inside the server a name is Unicode in normal form C.
 */
import type { Cursor } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { latin1OfUtf8, utf8OfLatin1 } from '../../base/octets.ts'
import { isListChar } from './characters.ts'
import { decodeModifiedUtf7, encodeModifiedUtf7 } from './modified-utf7.ts'
import { expectAstring, takeString } from './string.ts'
import { writeString } from './write-string.ts'

/** How names are spelt in this session. */
export type NameForm = 'utf7' | 'utf8'

export function expectMailbox(cursor: Cursor, form: NameForm): string {
  const { at } = cursor
  return decodeName(expectAstring(cursor, 'a mailbox name'), form, at)
}

/** `list-mailbox`: a name with wildcards. */
export function expectListMailbox(cursor: Cursor, form: NameForm): string {
  const { at } = cursor
  const text = takeString(cursor) ?? cursor.expectWhile(isListChar, 'a mailbox pattern')
  return decodeName(text, form, at)
}

/** A name as an astring for a response; latin1. */
export function writeMailbox(name: string, form: NameForm): string {
  return writeString(form === 'utf8' ? latin1OfUtf8(name) : encodeModifiedUtf7(name), form)
}

function decodeName(text: string, form: NameForm, at: number): string {
  if (form === 'utf7') {
    const name = decodeModifiedUtf7(text)
    return canonicalName(name)
  }
  const name = utf8OfLatin1(text)
  if (name === null) throw new SyntaxFault('a mailbox name in UTF-8', at)
  return canonicalName(name)
}

/**
 * The one form of a name: Unicode in normal form C, so that two names that look the same are the same,
 * and `inbox` in any case is INBOX (RFC 9051 §5.1), also as the parent of others.
 */
export function canonicalName(name: string): string {
  const normal = name.normalize('NFC')
  return /^inbox(?=$|\/)/i.test(normal) ? `INBOX${normal.slice(5)}` : normal
}
