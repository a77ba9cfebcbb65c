import { type Cursor, upperAscii } from '../../base/cursor.ts'
import type { FlagChange, ModSeq } from '../../store/types.ts'
import { expectFlagList, expectFlags, type FlagList, writeFlags } from '../../syntax/imap/flags.ts'
import { expectSequenceSet, type SequenceSet, writeSet } from '../../syntax/imap/sequence-set.ts'
import { expectNumber64, expectSpace } from '../../syntax/imap/string.ts'
import { type Completion, defineCommand, ok, SELECTED } from '../command.ts'
import type { Session } from '../session.ts'
import { isTooMany, tooMany } from './copy.ts'
import { READ_ONLY } from './expunge.ts'

interface StoreArguments {
  readonly set: SequenceSet
  readonly action: FlagChange['action']
  readonly silent: boolean
  readonly flags: FlagList
  readonly unchangedSince: number | undefined
}

/** RFC 9051 §6.4.6. */
export const store = defineCommand({
  name: 'STORE',
  allowedIn: SELECTED,
  news: 'allButExpunges',
  parse,
  run: (session, args) => change(session, args, 'seq'),
})

/** RFC 9051 §6.4.9. */
export const uidStore = defineCommand({
  name: 'UID STORE',
  allowedIn: SELECTED,
  news: 'all',
  parse,
  run: (session, args) => change(session, args, 'uid'),
})

const ACTIONS = new Map<string, FlagChange['action']>([
  ['FLAGS', 'replace'],
  ['+FLAGS', 'add'],
  ['-FLAGS', 'remove'],
])

function parse(cursor: Cursor): StoreArguments {
  expectSpace(cursor)
  const set = expectSequenceSet(cursor)
  expectSpace(cursor)
  let unchangedSince: number | undefined
  if (cursor.take('(UNCHANGEDSINCE ')) {
    unchangedSince = expectNumber64(cursor, 'a mod-sequence')
    cursor.expect(') ')
  }
  const { at } = cursor
  const item = upperAscii(cursor.takeWhile((code) => code !== 0x20))
  const silent = item.endsWith('.SILENT')
  const action = ACTIONS.get(silent ? item.slice(0, -'.SILENT'.length) : item)
  if (action === undefined) {
    cursor.at = at
    return cursor.fail('FLAGS, +FLAGS or -FLAGS, or one of them with .SILENT')
  }
  expectSpace(cursor)
  const flags = cursor.char === '(' ? expectFlagList(cursor) : expectFlags(cursor)
  cursor.expectEnd()
  return { set, action, silent, flags, unchangedSince }
}

async function change(
  session: Session,
  { set, action, silent, flags, unchangedSince }: StoreArguments,
  by: 'seq' | 'uid',
): Promise<Completion> {
  const { mailbox } = session
  const uids = session.resolve(set, by)
  if (mailbox.readOnly) return READ_ONLY
  if (unchangedSince !== undefined) session.enableCondstore()
  if (uids.length === 0) return ok('Nothing to change')
  if (isTooMany(session, uids)) return tooMany(session)
  const { messages, modified } = await session.options.store.changeFlags({
    mailboxId: mailbox.id,
    uids,
    action,
    flags,
    unchangedSince: unchangedSince as ModSeq | undefined,
  })
  const conflicts = new Set<number>(modified)
  for (const state of messages) {
    const seq = mailbox.seqOf(state.uid)
    if (seq === 0) continue
    // A message left alone was changed by somebody else: that is news, told after this.
    if (conflicts.has(state.uid)) continue
    mailbox.reported(state)
    const answer = fetchResponse(session, state.uid, silent, by)
    if (answer === null) continue
    const parts = answer(writeFlags(state.flags), state.modSeq)
    session.out.untagged(`${seq} FETCH (${parts})`)
  }
  if (modified.length === 0) return ok('Stored')
  const numbers = by === 'uid' ? modified : modified.map((uid) => mailbox.seqOf(uid))
  return ok('Some were changed by others meanwhile', `MODIFIED ${writeSet(numbers)}`)
}

/** What a changed message is answered with; null for nothing: RFC 7162 §3.1.3 for .SILENT. */
function fetchResponse(
  session: Session,
  uid: number,
  silent: boolean,
  by: 'seq' | 'uid',
): ((flags: string, modSeq: number) => string) | null {
  const prefix = by === 'uid' || session.rev2 ? `UID ${uid} ` : ''
  const { condstore } = session
  if (silent) return condstore ? (_, modSeq) => `${prefix}MODSEQ (${modSeq})` : null
  return (flags, modSeq) => {
    return `${prefix}FLAGS (${flags})${condstore ? ` MODSEQ (${modSeq})` : ''}`
  }
}
