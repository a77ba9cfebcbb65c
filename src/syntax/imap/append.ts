/**
 * APPEND up to its message: RFC 9051 §6.3.12.
 */
import { Cursor } from '../../base/cursor.ts'
import { expectDateTime } from './date.ts'
import { expectFlagList, type FlagList } from './flags.ts'
import { expectMailbox, type NameForm } from './mailbox-name.ts'
import { expectSpace, expectTag, isLiteralHere } from './string.ts'

export interface AppendHead {
  readonly mailbox: string
  readonly flags: FlagList
  /** INTERNALDATE; undefined when not given. */
  readonly receivedMs: number | undefined
}

/** The text ends with the announcement of the message's literal. @throws SyntaxFault */
export function parseAppendHead(text: string, form: NameForm): AppendHead {
  const cursor = new Cursor(text)
  expectTag(cursor)
  cursor.expect(' APPEND ')
  const mailbox = expectMailbox(cursor, form)
  expectSpace(cursor)
  let flags: FlagList = { system: 0, keywords: [] }
  if (cursor.char === '(') {
    flags = expectFlagList(cursor)
    expectSpace(cursor)
  }
  let receivedMs: number | undefined
  if (cursor.char === '"') {
    receivedMs = expectDateTime(cursor)
    expectSpace(cursor)
  }
  if (!isLiteralHere(cursor)) cursor.fail('a literal')
  return { mailbox, flags, receivedMs }
}
