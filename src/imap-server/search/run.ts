/**
 * Runs a compiled search over a mailbox, a few hundred messages at a time, each read only as far
 * as the answer needs.
 */
import { latin1 } from '../../base/octets.ts'
import type { Message, MessageState, Store, UidRanges } from '../../store/types.ts'
import { Header } from '../../syntax/message/header.ts'
import { decodeText } from '../../syntax/mime/decode.ts'
import type { Part, Skeleton } from '../../syntax/mime/skeleton.ts'
import { batches } from '../batches.ts'
import { collect, headerRange } from '../fetch/content.ts'
import type { Session } from '../session.ts'
import { type Candidate, fold, foldedWords, LEVEL, type Test } from './compile.ts'

/** A text part is searched up to here: what is held in memory at once must have an end. */
const MAX_SEARCHED_OCTETS = 8 * 1024 * 1024

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
  for (const batch of batches(store, mailbox.id, uids)) {
    const known = batch.filter(({ uid }) => mailbox.seqOf(uid) > 0)
    for (const { message } of await matching(session, known.map(candidateOf), test, inTime)) {
      found.push({ uid: message.uid, modSeq: message.modSeq })
    }
    if (!inTime() || session.stream.closed) return null
    await session.breathe()
  }
  return found
}

function candidateOf(message: Message): Candidate {
  return {
    level: LEVEL.row,
    message,
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
): Promise<Candidate[]> {
  const { store } = session.options
  const found: Candidate[] = []
  let open = sift(batch, test, found)
  if (open.length > 0) open = sift(readSkeletons(store, open), test, found)
  for (const candidate of open) {
    if (!inTime()) break
    await readHeader(session, candidate)
    let matches = test.matches(candidate)
    if (matches === undefined) {
      await readBody(store, candidate)
      matches = test.matches(candidate)
    }
    if (matches === true) found.push(candidate)
    // What was read of it is not needed any more.
    candidate.header = undefined
    candidate.headerText = candidate.bodyText = ''
    await session.breathe()
  }
  return found.sort((a, b) => a.message.uid - b.message.uid)
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
function readSkeletons(store: Store, batch: readonly Candidate[]): Candidate[] {
  const skeletons = store.skeletons(batch.map(({ message }) => message.blob))
  return batch.filter((candidate) => {
    candidate.skeleton = skeletons.get(candidate.message.blob.id)
    candidate.level = LEVEL.skeleton
    return candidate.skeleton !== undefined
  })
}

async function readHeader(session: Session, candidate: Candidate): Promise<void> {
  const { message, skeleton } = candidate
  if (skeleton === undefined) throw new Error('a header before its structure')
  const { store, limits } = session.options
  const octets = await collect(store.octets(message, ...headerRange(message, skeleton)))
  candidate.header = new Header(latin1(octets), limits.message)
  candidate.level = LEVEL.header
}

async function readBody(store: Store, candidate: Candidate): Promise<void> {
  const { message, skeleton, header } = candidate
  if (skeleton === undefined) throw new Error('a body before its structure')
  const lines = header?.fields.map((field) => `${field.name}: ${header.valueOf(field)}`) ?? []
  candidate.headerText = foldedWords(lines.join('\n'))
  const texts: string[] = []
  for (const { part, isHeader } of textsOf(skeleton)) {
    const start = (isHeader ? part.headerStart : part.bodyStart) + message.trace.length
    const end = (isHeader ? part.bodyStart : part.bodyEnd) + message.trace.length
    const most = Math.min(end, start + MAX_SEARCHED_OCTETS)
    const octets = await collect(store.octets(message, start, most))
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
