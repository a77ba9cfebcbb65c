/**
 * A selected mailbox as this session has been told of it. What others change becomes visible only
 * in {@link SelectedMailbox.sync}, so that a sequence number means the same message for both sides.
 *
 *   uids[0 … count)   the messages the client knows, ascending; message n is uids[n - 1]
 *   #expunged         removed by somebody, not yet told to the client: still in uids
 *   #modSeq           every change up to here has been told, or waits in #expunged
 */
import type { Mailbox, MailboxId, MessageState, ModSeq, Store, Uid } from '../store/types.ts'
import {
  LARGEST,
  type Ranges,
  resolveRanges,
  type SequenceSet,
} from '../syntax/imap/sequence-set.ts'
import { SyntaxFault } from '../base/faults.ts'

/** What to tell the client, in this order; RFC 9051 §7.5.1. */
export interface MailboxNews {
  /** Sequence numbers as EXPUNGE sends them: each after the ones before it are gone. */
  readonly expunged: readonly number[]
  /** The new count; null when nothing came. */
  readonly exists: number | null
  /** Set when keywords appeared. */
  readonly keywords: readonly string[] | null
  readonly changed: readonly { readonly seq: number; readonly state: MessageState }[]
}

const INITIAL_CAPACITY = 64

export class SelectedMailbox {
  readonly id: MailboxId
  readonly readOnly: boolean
  /** `$`: UIDs kept by SEARCH RETURN (SAVE); RFC 9051 §6.4.4.1. */
  saved: Ranges = []
  #uids: Uint32Array
  #count = 0
  #modSeq: ModSeq
  #keywords: number
  #expunged = new Set<number>()
  /** States of this session's own changes, already answered: not news. */
  #reported = new Map<number, ModSeq>()

  constructor(mailbox: Mailbox, uids: Uint32Array, readOnly: boolean) {
    this.id = mailbox.id
    this.readOnly = readOnly
    this.#modSeq = mailbox.highestModSeq
    this.#keywords = mailbox.keywords.length
    this.#uids = new Uint32Array(uids.length + INITIAL_CAPACITY)
    this.#uids.set(uids)
    this.#count = uids.length
  }

  get count(): number {
    return this.#count
  }

  get modSeq(): ModSeq {
    return this.#modSeq
  }

  /** 0 when the mailbox is empty. */
  get largestUid(): number {
    return this.#uids[this.#count - 1] ?? 0
  }

  /** The UID of message `seq`, 1 to count. */
  uidOf(seq: number): Uid {
    const uid = this.#uids[seq - 1]
    if (uid === undefined || seq > this.#count) throw new RangeError(`no message ${seq}`)
    return uid as Uid
  }

  /** 0 when the client does not know the UID. */
  seqOf(uid: number): number {
    const at = this.#find(uid)
    return at < this.#count && this.#uids[at] === uid ? at + 1 : 0
  }

  /** How many known messages have a UID in the range. */
  countBetween(first: number, last: number): number {
    return this.#find(last + 1) - this.#find(first)
  }

  /**
   * The UID ranges a command means. Numbers beyond the mailbox are left out of a range.
   * @throws SyntaxFault for a sequence number that is not there: RFC 9051 §9 "seq-number"
   */
  resolve(set: SequenceSet, by: 'seq' | 'uid'): Ranges {
    if (set.kind === 'saved') return this.saved
    if (by === 'uid') return clip(resolveRanges(set.ranges, this.largestUid), 1, this.largestUid)
    for (const [first, last] of set.ranges) {
      // "1:*" of an empty mailbox names nothing: many clients send it without looking.
      if (first > this.#count && first !== LARGEST && last !== LARGEST) {
        throw new SyntaxFault(`a message number up to ${this.#count}`, 0)
      }
    }
    return clip(resolveRanges(set.ranges, this.#count), 1, this.#count).map(
      ([first, last]) => [this.uidOf(first), this.uidOf(last)] as const,
    )
  }

  /** The client has been told of this state in the answer to its own command. */
  reported(state: MessageState): void {
    this.#reported.set(state.uid, state.modSeq)
  }

  /** Null when the mailbox was deleted. */
  sync(store: Store, mayExpunge: boolean): MailboxNews | null {
    const changes = store.changes(this.id, this.#modSeq)
    if (changes === undefined) return null
    for (const uid of changes.expunged) if (this.seqOf(uid) > 0) this.#expunged.add(uid)
    const expunged = mayExpunge ? this.#removeExpunged() : []
    const known = this.largestUid
    const changed: { seq: number; state: MessageState }[] = []
    for (const state of changes.changed) {
      if (state.uid > known) this.#append(state.uid)
      else if (this.#reported.get(state.uid) !== state.modSeq) {
        const seq = this.seqOf(state.uid)
        if (seq > 0) changed.push({ seq, state })
      }
      if (state.modSeq > this.#modSeq) this.#modSeq = state.modSeq
    }
    if (changes.mailbox.highestModSeq > this.#modSeq) this.#modSeq = changes.mailbox.highestModSeq
    this.#reported.clear()
    const { keywords } = changes.mailbox
    const more = keywords.length > this.#keywords
    this.#keywords = keywords.length
    const exists = this.largestUid > known ? this.#count : null
    return { expunged, exists, keywords: more ? keywords : null, changed }
  }

  #append(uid: number): void {
    if (this.#count === this.#uids.length) {
      const larger = new Uint32Array(this.#count * 2)
      larger.set(this.#uids)
      this.#uids = larger
    }
    this.#uids[this.#count++] = uid
  }

  #removeExpunged(): number[] {
    if (this.#expunged.size === 0) return []
    const sequence: number[] = []
    let kept = 0
    for (let at = 0; at < this.#count; at++) {
      const uid = this.#uids[at] ?? 0
      if (this.#expunged.has(uid)) sequence.push(kept + 1)
      else this.#uids[kept++] = uid
    }
    this.#count = kept
    this.#expunged.clear()
    return sequence
  }

  /** Where the UID is, or would be. */
  #find(uid: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#uids[middle] ?? 0) < uid) low = middle + 1
      else high = middle
    }
    return low
  }
}

function clip(ranges: Ranges, least: number, most: number): Ranges {
  const clipped: [number, number][] = []
  for (const [first, last] of ranges) {
    const from = Math.max(first, least)
    const to = Math.min(last, most)
    if (from <= to) clipped.push([from, to])
  }
  return clipped
}
