import type { Message, MessageState, Store, Uid, UidRanges } from '../store/types.ts'

/** How many messages are held in memory at once. */
const BATCH_MESSAGES = 200

/** The messages in the ranges, ascending, a few at a time. */
export function* batches<State extends MessageState>(
  uids: UidRanges,
  read: (uids: UidRanges, limit: number) => readonly State[],
  size = BATCH_MESSAGES,
): Generator<readonly State[]> {
  let rest = uids
  while (rest.length > 0) {
    const batch = read(rest, size)
    const last = batch.at(-1)
    if (last === undefined) return
    yield batch
    if (batch.length < size) return
    rest = after(rest, last.uid)
  }
}

/** How many messages are read at once: their octets wait in memory while the peer reads slowly. */
const READ_AHEAD_MESSAGES = 16

/** The messages one by one, a few of them read at once. */
export function* readAhead(store: Store, messages: readonly Message[]): Generator<Message> {
  for (let at = 0; at < messages.length; at += READ_AHEAD_MESSAGES) {
    yield* store.readAhead(messages.slice(at, at + READ_AHEAD_MESSAGES))
  }
}

function after(uids: UidRanges, uid: Uid): UidRanges {
  const next = (uid + 1) as Uid
  return uids
    .filter(([, last]) => last > uid)
    .map(([first, last]) => (first > uid ? ([first, last] as const) : ([next, last] as const)))
}
