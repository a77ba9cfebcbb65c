import type { Cursor } from '../../base/cursor.ts'
import type { Copied, Mailbox, UidRanges } from '../../store/types.ts'
import { expectMailbox } from '../../syntax/imap/mailbox-name.ts'
import { expectSequenceSet, type SequenceSet, writeSet } from '../../syntax/imap/sequence-set.ts'
import { expectSpace } from '../../syntax/imap/string.ts'
import { type Completion, defineCommand, type Dialect, no, ok, SELECTED } from '../command.ts'
import type { Session } from '../session.ts'
import { READ_ONLY } from './expunge.ts'

interface CopyArguments {
  readonly set: SequenceSet
  readonly target: string
}

/** RFC 9051 §6.4.7. */
export const copy = defineCommand({
  name: 'COPY',
  allowedIn: SELECTED,
  news: 'all',
  parse,
  run: (session, args) => copyTo(session, args, 'seq'),
})

/** RFC 9051 §6.4.9. */
export const uidCopy = defineCommand({
  name: 'UID COPY',
  allowedIn: SELECTED,
  news: 'all',
  parse,
  run: (session, args) => copyTo(session, args, 'uid'),
})

/** RFC 9051 §6.4.8. */
export const move = defineCommand({
  name: 'MOVE',
  allowedIn: SELECTED,
  news: 'all',
  parse,
  run: (session, args) => moveTo(session, args, 'seq'),
})

/** RFC 9051 §6.4.9. */
export const uidMove = defineCommand({
  name: 'UID MOVE',
  allowedIn: SELECTED,
  news: 'all',
  parse,
  run: (session, args) => moveTo(session, args, 'uid'),
})

function parse(cursor: Cursor, { form }: Dialect): CopyArguments {
  expectSpace(cursor)
  const set = expectSequenceSet(cursor)
  expectSpace(cursor)
  const target = expectMailbox(cursor, form)
  cursor.expectEnd()
  return { set, target }
}

async function copyTo(
  session: Session,
  { set, target }: CopyArguments,
  by: 'seq' | 'uid',
): Promise<Completion> {
  const uids = session.resolve(set, by)
  const to = findTarget(session, target)
  if (to === undefined) return NO_TARGET
  if (isTooMany(session, uids)) return tooMany(session)
  const copied = await session.options.store.copy(session.mailbox.id, uids, to.id)
  return ok('Copied', copyUid(copied))
}

async function moveTo(
  session: Session,
  { set, target }: CopyArguments,
  by: 'seq' | 'uid',
): Promise<Completion> {
  const uids = session.resolve(set, by)
  if (session.mailbox.readOnly) return READ_ONLY
  const to = findTarget(session, target)
  if (to === undefined) return NO_TARGET
  if (isTooMany(session, uids)) return tooMany(session)
  const moved = await session.options.store.move(session.mailbox.id, uids, to.id)
  const code = copyUid(moved)
  // RFC 9051 §6.4.8: COPYUID comes untagged, before the EXPUNGE responses.
  if (code !== null) session.out.untagged(`OK [${code}] Moved`)
  return ok('Moved')
}

function findTarget(session: Session, name: string): Mailbox | undefined {
  return session.options.store.mailbox(session.identity.accountId, name)
}

const NO_TARGET = no('No such mailbox; create it first', 'TRYCREATE')

/** Changes are one transaction: a command may not name more messages than that should hold. */
export function isTooMany(session: Session, uids: UidRanges): boolean {
  const limit = session.options.limits.imap.maxMessagesPerCommand
  let named = 0
  for (const [first, last] of uids) {
    named += session.mailbox.countBetween(first, last)
  }
  return named > limit
}

export function tooMany(session: Session): Completion {
  const limit = session.options.limits.imap.maxMessagesPerCommand
  return no(`At most ${limit} messages in one command`, 'LIMIT')
}

function copyUid({ uidValidity, sources, copies }: Copied): string | null {
  if (sources.length === 0) return null
  return `COPYUID ${uidValidity} ${writeSet(sources)} ${writeSet(copies)}`
}
