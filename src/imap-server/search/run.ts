/**
 * Runs a compiled search over a mailbox, a few hundred messages at a time, each read only as far
 * as the answer needs.
 */
import { latin1 } from '../../base/octets.ts'
import type { Message, MessageState, Store } from '../../store/types.ts'
import { rangesOf } from '../../syntax/imap/sequence-set.ts'
import { Header } from '../../syntax/message/header.ts'
import { decodeText } from '../../syntax/mime/decode.ts'
import type { Part, Skeleton } from '../../syntax/mime/skeleton.ts'
import { BATCH_MESSAGES } from '../batches.ts'
import { collect, headerRange } from '../fetch/content.ts'
import { asUids, type Session } from '../session.ts'
import { type Candidate, fold, foldedWords, LEVEL, type Test } from './compile.ts'

/** A text part is searched up to here: what is held in memory at once must have an end. */
const MAX_SEARCHED_OCTETS = 8 * 1024 * 1024

/** The states of the matching messages, ascending by UID; null when the time was up. */
export async function runSearch(session: Session, test: Test): Promise<MessageState[] | null> {
  const { store, clock, limits } = session.options
  const { mailbox } = session
  const deadlineMs = clock.monotonicMs() + limits.imap.searchBudgetMs
  const inTime = () => clock.monotonicMs() <= deadlineMs
  const found: MessageState[] = []
  const states = store.states(mailbox.id)
  for (let from = 0; from < states.length; from += BATCH_MESSAGES) {
    const batch = states
      .slice(from, from + BATCH_MESSAGES)
      .filter(({ uid }) => mailbox.seqOf(uid) > 0)
      .map(candidateOf)
    for (const candidate of await matching(session, batch, test, inTime)) {
      found.push(candidate.state)
    }
    if (!inTime() || session.stream.closed) return null
    await session.breathe()
  }
  return found
}

function candidateOf(state: MessageState): Candidate {
  return {
    level: LEVEL.state,
    state,
    message: undefined,
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
  if (open.length > 0) open = sift(readRows(session, open), test, found)
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
  return found.sort((a, b) => a.state.uid - b.state.uid)
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

/** Those that still exist, with their rows. */
function readRows(session: Session, batch: readonly Candidate[]): Candidate[] {
  const uids = asUids(rangesOf(batch.map(({ state }) => state.uid)))
  const messages = session.options.store.messages(session.mailbox.id, uids, batch.length)
  const rows = new Map<number, Message>(messages.map((message) => [message.uid, message]))
  return batch.filter((candidate) => {
    candidate.message = rows.get(candidate.state.uid)
    candidate.level = LEVEL.row
    return candidate.message !== undefined
  })
}

/** A message whose structure is lost matches nothing that looks into it. */
function readSkeletons(store: Store, batch: readonly Candidate[]): Candidate[] {
  const skeletons = store.skeletons(batch.flatMap(({ message }) => message?.blob ?? []))
  return batch.filter((candidate) => {
    candidate.skeleton = skeletons.get(candidate.message?.blob.id ?? -1)
    candidate.level = LEVEL.skeleton
    return candidate.skeleton !== undefined
  })
}

async function readHeader(session: Session, candidate: Candidate): Promise<void> {
  const { message, skeleton } = candidate
  if (message === undefined || skeleton === undefined) throw new Error('a header before its row')
  const { store, limits } = session.options
  const octets = await collect(store.octets(message, ...headerRange(message, skeleton)))
  candidate.header = new Header(latin1(octets), limits.message)
  candidate.level = LEVEL.header
}

async function readBody(store: Store, candidate: Candidate): Promise<void> {
  const { message, skeleton, header } = candidate
  if (message === undefined || skeleton === undefined) throw new Error('a body before its row')
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
