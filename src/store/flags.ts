import { lowerAscii } from '../base/cursor.ts'
import type { MailboxLimits } from '../base/limits.ts'
import { change, defineWrite, type Steps } from '../db/statement.ts'
import { withKeywords } from './keywords.ts'
import { listStatesIn } from './messages.ts'
import { requireMailbox, takeModSeq } from './schema.ts'
import {
  FLAG,
  type FlagChange,
  type Flags,
  type FlagsChanged,
  type MailboxId,
  type MessageState,
  type Uid,
} from './types.ts'

/**
 * STORE, RFC 9051 §6.4.6 and RFC 7162 §3.1.3. One modseq serves all messages changed together.
 * A message whose flags already are what they should be keeps its modseq.
 */
export const changeFlags = defineWrite(
  'changeFlags',
  function* (args: FlagChange & { limits: MailboxLimits }): Steps<FlagsChanged> {
    const mailbox = yield* requireMailbox(args.mailboxId)
    const known = mailbox.keywords.join(' ')
    const keywords =
      args.action === 'remove'
        ? args.flags.keywords
        : yield* withKeywords(mailbox.id, known, args.flags.keywords, args.limits)
    const wanted = { system: args.flags.system, keywords }
    const states = yield* listStatesIn(args.mailboxId, args.uids)
    const modified = states.filter(({ modSeq }) => modSeq > (args.unchangedSince ?? modSeq))
    const left = new Set(modified)
    const changing = states.filter((state) => !left.has(state) && differs(state, args, wanted))
    if (changing.length === 0) return { messages: states, modified: modified.map(({ uid }) => uid) }

    const modSeq = yield* takeModSeq(mailbox.accountId)
    const changed = new Map<Uid, MessageState>()
    for (const state of changing) {
      const flags = applied(state.flags, args.action, wanted)
      yield* change(
        'UPDATE message SET flags = ?, keywords = ?, modseq = ? WHERE mailbox_id = ? AND uid = ?',
        flags.system,
        flags.keywords.join(' '),
        modSeq,
        args.mailboxId,
        state.uid,
      )
      changed.set(state.uid, { uid: state.uid, flags, modSeq })
    }
    yield* recount(args.mailboxId, modSeq, changing, changed)
    return {
      messages: states.map((state) => changed.get(state.uid) ?? state),
      modified: modified.map(({ uid }) => uid),
    }
  },
  // On a full disk, \Deleted must be set before anything can be expunged.
  { freesSpace: true },
)

function differs(state: MessageState, { action }: FlagChange, wanted: Flags): boolean {
  const flags = applied(state.flags, action, wanted)
  return (
    flags.system !== state.flags.system ||
    flags.keywords.length !== state.flags.keywords.length ||
    flags.keywords.some((keyword) => !state.flags.keywords.includes(keyword))
  )
}

function applied(before: Flags, action: FlagChange['action'], wanted: Flags): Flags {
  switch (action) {
    case 'add':
      return {
        system: before.system | wanted.system,
        keywords: [...new Set([...before.keywords, ...wanted.keywords])],
      }
    case 'remove': {
      const gone = new Set(wanted.keywords.map(lowerAscii))
      return {
        system: before.system & ~wanted.system,
        keywords: before.keywords.filter((keyword) => !gone.has(lowerAscii(keyword))),
      }
    }
    case 'replace':
      return wanted
    default:
      return action satisfies never
  }
}

/** Keeps the mailbox's counters (I5) and modseq in step with the changed messages. */
function* recount(
  mailbox: MailboxId,
  modSeq: number,
  before: readonly MessageState[],
  after: ReadonlyMap<Uid, MessageState>,
): Steps<void> {
  let seen = 0
  let deleted = 0
  for (const state of before) {
    const now = after.get(state.uid) ?? state
    seen += bit(now, FLAG.seen) - bit(state, FLAG.seen)
    deleted += bit(now, FLAG.deleted) - bit(state, FLAG.deleted)
  }
  yield* change(
    'UPDATE mailbox SET modseq = ?, unseen = unseen - ?, deleted = deleted + ? WHERE id = ?',
    modSeq,
    seen,
    deleted,
    mailbox,
  )
}

function bit(state: MessageState, flag: number): number {
  return state.flags.system & flag ? 1 : 0
}
