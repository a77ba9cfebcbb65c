import type { MessageState, Uid, UidRanges } from '../store/types.ts'

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

function after(uids: UidRanges, uid: Uid): UidRanges {
  const next = (uid + 1) as Uid
  return uids
    .filter(([, last]) => last > uid)
    .map(([first, last]) => (first > uid ? ([first, last] as const) : ([next, last] as const)))
}
