/** What Postfix calls a message in its queue, and where one message's id stands in another's line. */
import type { MessageId } from '../event.ts'

/**
 * Where the queue id at `at` ends, or -1 when none stands there. Two forms (`enable_long_queue_ids`):
 *
 *   short  microseconds and inode in base 16, capitals: `3F2A1B0C4D`. Used again later.
 *   long   seconds (6) and microseconds (4) in base 52, which has no vowels, `z`, and the inode.
 *
 * What follows must not be part of a longer word.
 */
export function queueIdEnd(text: string, at: number, limit: number): number {
  const most = Math.min(limit, at + MAX_CHARS)
  let end = at
  let kind = HEX | BASE52
  for (; end < most; end++) {
    const next = KIND[text.charCodeAt(end)] ?? 0
    if (next === 0) break
    kind &= next
    if (kind === 0) return -1
  }
  if (end < limit && isWordChar(text.charCodeAt(end))) return -1
  const length = end - at
  if ((kind & HEX) !== 0) return length >= SHORTEST ? end : -1
  return length > TIME_CHARS && text.charCodeAt(at + TIME_CHARS) === LETTER_Z ? end : -1
}

/**
 * The id under which the next server, or the next instance behind a filter, took the message:
 * `250 2.0.0 Ok: queued as 4PbC4z6W5Qz3tG3`, and local's `forwarded as 3F2A1B0C4D`. Null when what
 * it said has none of Postfix' form.
 *
 * @param said  the confirmation of a delivery
 */
export function nextQueueId(said: string): MessageId | null {
  for (const words of ['queued as ', 'forwarded as ']) {
    const found = said.lastIndexOf(words)
    if (found < 0) continue
    const at = found + words.length
    const end = queueIdEnd(said, at, said.length)
    if (end > 0) return said.slice(at, end) as MessageId
  }
  return null
}

function isWordChar(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x5f
  )
}

const HEX = 1
const BASE52 = 2
const KIND = new Uint8Array(128)
for (const char of '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz')
  KIND[char.charCodeAt(0)] = BASE52
for (const char of '0123456789BCDF') KIND[char.charCodeAt(0)] = HEX | BASE52
for (const char of 'AE') KIND[char.charCodeAt(0)] = HEX
/** Five digits of microseconds, and an inode. */
const SHORTEST = 6
const TIME_CHARS = 10
/** An inode has 16 digits at most; more is no id. */
const MAX_CHARS = 40
const LETTER_Z = 0x7a
