import type { Cursor } from '../../base/cursor.ts'
import { Refusal } from '../../base/faults.ts'
import {
  FLAG,
  type BlobRef,
  type Message,
  type MessageState,
  type Summary,
  type UidRanges,
} from '../../store/types.ts'
import { expectFetchItems, type FetchItem, takeFetchModifiers } from '../../syntax/imap/fetch.ts'
import { expectSequenceSet, rangesOf, type SequenceSet } from '../../syntax/imap/sequence-set.ts'
import { expectSpace } from '../../syntax/imap/string.ts'
import type { Skeleton } from '../../syntax/mime/skeleton.ts'
import { batches, readAhead } from '../batches.ts'
import { type Completion, defineCommand, no, ok, SELECTED } from '../command.ts'
import {
  isSimple,
  needsSkeleton,
  type SimpleItem,
  simpleResponse,
  type Trouble,
  writeResponse,
} from '../fetch/message-response.ts'
import { asUids, type Session } from '../session.ts'

interface FetchArguments {
  readonly set: SequenceSet
  readonly items: readonly FetchItem[]
  readonly changedSince: number | undefined
}

/** RFC 9051 §6.4.5. */
export const fetch = defineCommand({
  name: 'FETCH',
  allowedIn: SELECTED,
  news: 'allButExpunges',
  parse,
  run: (session, args) => run(session, args, 'seq'),
})

/** RFC 9051 §6.4.9: the response always has the UID. */
export const uidFetch = defineCommand({
  name: 'UID FETCH',
  allowedIn: SELECTED,
  news: 'all',
  parse,
  run: (session, args) => run(session, args, 'uid'),
})

function parse(cursor: Cursor): FetchArguments {
  expectSpace(cursor)
  const set = expectSequenceSet(cursor)
  expectSpace(cursor)
  const items = expectFetchItems(cursor)
  const modifiers = takeFetchModifiers(cursor)
  cursor.expectEnd()
  return { set, items, changedSince: modifiers?.changedSince }
}

/** What came of the messages so far. */
interface Tally {
  found: number
  damaged: number
  trouble: Trouble
}

async function run(
  session: Session,
  { set, items: asked, changedSince }: FetchArguments,
  by: 'seq' | 'uid',
): Promise<Completion> {
  const { mailbox } = session
  const uids = session.resolve(set, by)
  const items = complete(asked, by === 'uid', changedSince !== undefined)
  if (items.some(({ item }) => item === 'MODSEQ')) session.enableCondstore()
  const tally: Tally = { found: 0, damaged: 0, trouble: null }
  if (items.every(isSimple)) {
    await fetchSimple(session, uids, items, changedSince ?? -1, tally)
    return completionOf(session, uids, tally, by)
  }
  const { store } = session.options
  for (const batch of batches(uids, (rest, limit) => store.messages(mailbox.id, rest, limit))) {
    tally.found += batch.length
    const wanted =
      changedSince === undefined ? batch : batch.filter(({ modSeq }) => modSeq > changedSince)
    await fetchBatch(session, wanted, items, tally)
    if (!(await session.out.drained())) break
    await session.breathe()
  }
  return completionOf(session, uids, tally, by)
}

function complete(
  asked: readonly FetchItem[],
  withUid: boolean,
  withModSeq: boolean,
): readonly FetchItem[] {
  const items = [...asked]
  const has = (name: FetchItem['item']) => items.some(({ item }) => item === name)
  if (withUid && !has('UID')) items.unshift({ item: 'UID' })
  if (withModSeq && !has('MODSEQ')) items.push({ item: 'MODSEQ' })
  return items
}

/** Messages of which only flags, dates and sizes are asked are small. */
const BATCH_SUMMARIES = 500

/** Items that need no octets of the messages; none of them sets \\Seen. */
async function fetchSimple(
  session: Session,
  uids: UidRanges,
  items: readonly SimpleItem[],
  changedSince: number,
  tally: Tally,
): Promise<void> {
  const { mailbox, out, options } = session
  const { store } = options
  const found: Iterable<readonly (Summary & { readonly skeleton?: Skeleton })[]> = items.some(
    needsSkeleton,
  )
    ? batches(uids, (rest, limit) => store.outlines(mailbox.id, rest, limit))
    : batches(uids, (rest, limit) => store.summaries(mailbox.id, rest, limit), BATCH_SUMMARIES)
  for (const batch of found) {
    tally.found += batch.length
    for (const message of batch) {
      if (message.modSeq <= changedSince) continue
      const seq = mailbox.seqOf(message.uid)
      if (seq === 0) continue
      out.raw(simpleResponse({ seq, message, skeleton: message.skeleton }, items))
    }
    if (!(await out.drained())) return
    await session.breathe()
  }
}

async function fetchBatch(
  session: Session,
  batch: readonly Message[],
  items: readonly FetchItem[],
  tally: Tally,
): Promise<void> {
  const { mailbox, options, out } = session
  const setsSeen = !mailbox.readOnly && items.some((item) => 'peek' in item && !item.peek)
  const seen = setsSeen ? await setSeen(session, batch) : NOTHING_SEEN
  const skeletons = items.some(needsSkeleton)
    ? options.store.skeletons(batch.map(({ blob }) => blob))
    : undefined
  for (const stored of readAhead(options.store, batch)) {
    const seq = mailbox.seqOf(stored.uid)
    if (seq === 0) continue
    const now = seen.get(stored.uid)
    const message = now === undefined ? stored : { ...stored, flags: now.flags, modSeq: now.modSeq }
    const these = now === undefined ? items : withFlags(items, session.condstore)
    try {
      const fetched = { seq, message, skeleton: skeletonOf(skeletons, stored.blob) }
      tally.trouble = (await writeResponse(session, fetched, these)) ?? tally.trouble
    } catch (error) {
      // One damaged message must not keep the others from being read.
      if (!(error instanceof Refusal)) throw error
      if (isGone(session, stored)) {
        tally.found--
        continue
      }
      options.reportError(error, `IMAP FETCH of UID ${stored.uid} in mailbox ${mailbox.id}`)
      tally.damaged++
    }
    if (!(await out.drained())) return
    await session.breathe()
  }
}

/** Was it expunged by somebody else since its batch was read? Then it is not damaged. */
function isGone({ options, mailbox }: Session, { uid }: Message): boolean {
  return options.store.messages(mailbox.id, [[uid, uid]], 1).length === 0
}

const NOTHING_SEEN: ReadonlyMap<number, MessageState> = new Map()

/** Sets \Seen on those that lack it, in one write. @returns their new states */
async function setSeen(
  session: Session,
  batch: readonly Message[],
): Promise<ReadonlyMap<number, MessageState>> {
  const unseen = batch.filter(({ flags }) => (flags.system & FLAG.seen) === 0)
  if (unseen.length === 0) return NOTHING_SEEN
  const { mailbox, options } = session
  const { messages } = await options.store.changeFlags({
    mailboxId: mailbox.id,
    uids: asUids(rangesOf(unseen.map(({ uid }) => uid))),
    action: 'add',
    flags: { system: FLAG.seen, keywords: [] },
    unchangedSince: undefined,
  })
  for (const state of messages) mailbox.reported(state)
  return new Map(messages.map((state) => [state.uid, state]))
}

/** RFC 9051 §6.4.5: flags that the FETCH itself changed are part of its response. */
function withFlags(items: readonly FetchItem[], condstore: boolean): readonly FetchItem[] {
  const more: FetchItem[] = []
  if (!items.some(({ item }) => item === 'FLAGS')) more.push({ item: 'FLAGS' })
  if (condstore && !items.some(({ item }) => item === 'MODSEQ')) more.push({ item: 'MODSEQ' })
  return [...items, ...more]
}

function skeletonOf(
  skeletons: ReadonlyMap<number, Skeleton> | undefined,
  blob: BlobRef,
): Skeleton | undefined {
  if (skeletons === undefined) return undefined
  const skeleton = skeletons.get(blob.id)
  if (skeleton === undefined) throw new Refusal('storageFailed')
  return skeleton
}

function completionOf(
  session: Session,
  uids: UidRanges,
  { found, damaged, trouble }: Tally,
  by: 'seq' | 'uid',
): Completion {
  if (damaged > 0) return no(`${damaged} of the messages are damaged`, 'CORRUPTION')
  if (trouble !== null) return no('The transfer encoding is not known', 'UNKNOWN-CTE')
  if (by === 'uid') return ok('Fetched')
  let named = 0
  for (const [first, last] of uids) named += session.mailbox.countBetween(first, last)
  // RFC 5530 §3: they were expunged by others, and the client does not know yet.
  if (found < named) return no('Some of the messages were expunged', 'EXPUNGEISSUED')
  return ok('Fetched')
}
