/**
 * Runs a compiled search over a mailbox, a few hundred messages at a time, each read only as far
 * as the answer needs.
 */
import { latin1 } from '../../base/octets.ts'
import type { MailboxId, MessageState, Store, Summary, UidRanges } from '../../store/types.ts'
import { rangesOf } from '../../syntax/imap/sequence-set.ts'
import { Header } from '../../syntax/message/header.ts'
import { decodeText } from '../../syntax/mime/decode.ts'
import type { Part, Skeleton } from '../../syntax/mime/skeleton.ts'
import { batches, readAhead } from '../batches.ts'
import { collect, headerRange } from '../fetch/content.ts'
import { asUids, type Session } from '../session.ts'
import { type Candidate, fold, foldedWords, LEVEL, type Test } from './compile.ts'

/** A text part is searched up to here: what is held in memory at once must have an end. */
const MAX_SEARCHED_OCTETS = 8 * 1024 * 1024

/** How many are taken at once when nothing of them is looked into. */
const BATCH_SUMMARIES = 500

/** What is kept of a message that matches. */
export type Found = Pick<MessageState, 'uid' | 'modSeq'>

/** The matching messages, ascending by UID; null when the time was up. */
export async function runSearch(
  session: Session,
  test: Test,
  uids: UidRanges,
): Promise<Found[] | null> {
  const { store, clock, limits } = session.options
  const { mailbox } = session
  const deadlineMs = clock.monotonicMs() + limits.imap.searchBudgetMs
  const inTime = () => clock.monotonicMs() <= deadlineMs
  const found: Found[] = []
  const isShallow = test.level === LEVEL.row
  const read = (rest: UidRanges, limit: number) => store.summaries(mailbox.id, rest, limit)
  for (const batch of batches(uids, read, isShallow ? BATCH_SUMMARIES : undefined)) {
    const known = batch.filter(({ uid }) => mailbox.seqOf(uid) > 0)
    const matched = isShallow
      ? matchingRows(known, test)
      : await matching(session, known.map(candidateOf), test, inTime)
    for (const { uid, modSeq } of matched) found.push({ uid, modSeq })
    if (!inTime() || session.stream.closed) return null
    await session.breathe()
  }
  return found
}

/** One candidate stands for all in turn. */
function matchingRows(batch: readonly Summary[], test: Test): Summary[] {
  const [first] = batch
  if (first === undefined) return []
  const candidate = candidateOf(first)
  return batch.filter((message) => {
    candidate.message = message
    return test.matches(candidate) === true
  })
}

function candidateOf(message: Summary): Candidate {
  return {
    level: LEVEL.row,
    message,
    stored: undefined,
    skeleton: undefined,
    header: undefined,
    headerText: '',
    bodyText: '',
  }
}

async function matching(
  session: Session,
  batch: readonly Candidate[],
  test: Test,
  inTime: () => boolean,
): Promise<Summary[]> {
  const { mailbox, options } = session
  const { store } = options
  const found: Candidate[] = []
  let open = sift(batch, test, found)
  if (open.length > 0) open = sift(readSkeletons(store, mailbox.id, open), test, found)
  for (const candidate of readStored(store, mailbox.id, open)) {
    if (!inTime()) break
    await readHeader(session, candidate)
    let matches = test.matches(candidate)
    if (matches === undefined) {
      await readBody(store, candidate)
      matches = test.matches(candidate)
    }
    if (matches === true) found.push(candidate)
    // What was read of it is not needed any more.
    candidate.stored = candidate.header = undefined
    candidate.headerText = candidate.bodyText = ''
    await session.breathe()
  }
  return found.map(({ message }) => message).sort((a, b) => a.uid - b.uid)
}

/** Moves what matches to `found`; returns what cannot be told yet. */
function sift(batch: readonly Candidate[], test: Test, found: Candidate[]): Candidate[] {
  const open: Candidate[] = []
  for (const candidate of batch) {
    const matches = test.matches(candidate)
    if (matches === true) found.push(candidate)
    else if (matches === undefined) open.push(candidate)
  }
  return open
}

/** A message whose structure is lost matches nothing that looks into it. */
function readSkeletons(store: Store, mailbox: MailboxId, batch: readonly Candidate[]): Candidate[] {
  const outlines = store.outlines(mailbox, uidsOf(batch), batch.length)
  const byUid = new Map(outlines.map(({ uid, skeleton }) => [uid, skeleton]))
  return batch.filter((candidate) => {
    candidate.skeleton = byUid.get(candidate.message.uid)
    candidate.level = LEVEL.skeleton
    return candidate.skeleton !== undefined
  })
}

/** Those that are still there, in order, a few of them read at once. */
function* readStored(
  store: Store,
  mailbox: MailboxId,
  batch: readonly Candidate[],
): Generator<Candidate> {
  if (batch.length === 0) return
  const byUid = new Map(batch.map((candidate) => [candidate.message.uid, candidate]))
  for (const stored of readAhead(store, store.messages(mailbox, uidsOf(batch), batch.length))) {
    const candidate = byUid.get(stored.uid)
    if (candidate === undefined) continue
    candidate.stored = stored
    yield candidate
  }
}

function uidsOf(batch: readonly Candidate[]): UidRanges {
  return asUids(rangesOf(batch.map(({ message }) => message.uid)))
}

async function readHeader(session: Session, candidate: Candidate): Promise<void> {
  const { stored, skeleton } = candidate
  if (stored === undefined || skeleton === undefined)
    throw new Error('a header before its structure')
  const { store, limits } = session.options
  const octets = await collect(store.octets(stored, ...headerRange(stored, skeleton)))
  candidate.header = new Header(latin1(octets), limits.message)
  candidate.level = LEVEL.header
}

async function readBody(store: Store, candidate: Candidate): Promise<void> {
  const { stored, skeleton, header } = candidate
  if (stored === undefined || skeleton === undefined) throw new Error('a body before its structure')
  const lines = header?.fields.map((field) => `${field.name}: ${header.valueOf(field)}`) ?? []
  candidate.headerText = foldedWords(lines.join('\n'))
  const texts: string[] = []
  for (const { part, isHeader } of textsOf(skeleton)) {
    const start = (isHeader ? part.headerStart : part.bodyStart) + stored.trace.length
    const end = (isHeader ? part.bodyStart : part.bodyEnd) + stored.trace.length
    const most = Math.min(end, start + MAX_SEARCHED_OCTETS)
    const octets = await collect(store.octets(stored, start, most))
    texts.push(isHeader ? foldedWords(latin1(octets)) : fold(decodeText(octets, part)))
  }
  candidate.bodyText = texts.join('\n')
  candidate.level = LEVEL.body
}

/** The text parts, and the headers of messages inside of the message. */
function* textsOf(skeleton: Skeleton): Generator<{ part: Part; isHeader: boolean }> {
  const open: Part[] = [skeleton.root]
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (part.type === 'text') yield { part, isHeader: false }
    for (const child of part.children) open.push(child)
    if (part.message === null) continue
    yield { part: part.message.root, isHeader: true }
    open.push(part.message.root)
  }
}
