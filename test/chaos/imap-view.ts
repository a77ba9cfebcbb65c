/** What one IMAP session has been told of its mailbox, and whether the server keeps to it. */
import type { ImapResponse } from '../support/imap-client.ts'

export interface Known {
  /** Null until a FETCH has said it. */
  uid: number | null
  /** Sorted; null when the session cannot know them. */
  flags: string | null
  modSeq: number
}

/** The client's side of RFC 9051 §7.5.1: sequence numbers, and what each stands for. */
export class MailboxView {
  readonly messages: Known[] = []
  /** UIDs that this session saw go. */
  readonly gone: number[] = []
  readonly problems: string[] = []
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  /** @param mayExpunge false in the answer to FETCH, STORE and SEARCH (RFC 9051 §7.5.1) */
  take(responses: readonly ImapResponse[], mayExpunge: boolean): void {
    for (const { text } of responses) this.#one(text, mayExpunge)
  }

  /** The session changed these itself and asked not to be told. */
  forgetFlags(seqs: readonly number[]): void {
    for (const seq of seqs) {
      const known = this.messages[seq - 1]
      if (known !== undefined) known.flags = null
    }
  }

  /** Message `seq` as the server lists it now, after everybody was told everything. */
  confirm(seq: number, listed: Known): void {
    const known = this.messages[seq - 1]
    if (known === undefined) {
      this.#wrong(`${seq} was never announced`)
      return
    }
    if (known.uid !== null && known.uid !== listed.uid)
      this.#wrong(`${seq} is UID ${listed.uid}, and was ${known.uid}`)
    if (known.flags !== null && known.flags !== listed.flags)
      this.#wrong(`UID ${listed.uid} has (${listed.flags}), and the last word was (${known.flags})`)
    if (known.modSeq > listed.modSeq)
      this.#wrong(`the modseq of UID ${listed.uid} fell from ${known.modSeq} to ${listed.modSeq}`)
  }

  #one(text: string, mayExpunge: boolean): void {
    const [, number = '', word = ''] = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)/.exec(text) ?? []
    const seq = Number(number)
    if (word === 'EXISTS') {
      if (seq < this.messages.length) this.#wrong(`EXISTS ${seq} after ${this.messages.length}`)
      while (this.messages.length < seq) this.messages.push({ uid: null, flags: null, modSeq: 0 })
    } else if (word === 'EXPUNGE') {
      if (!mayExpunge) this.#wrong('EXPUNGE where sequence numbers must stay')
      const [known] = this.messages.splice(seq - 1, 1)
      if (known === undefined) this.#wrong(`EXPUNGE ${seq} of ${this.messages.length}`)
      else if (known.uid !== null) this.gone.push(known.uid)
    } else if (word === 'FETCH') this.#fetched(seq, fetchedOf(text))
  }

  #fetched(seq: number, told: Partial<Known>): void {
    const known = this.messages[seq - 1]
    if (known === undefined) {
      this.#wrong(`FETCH ${seq} of ${this.messages.length}`)
      return
    }
    if (told.uid !== undefined) {
      if (known.uid !== null && known.uid !== told.uid)
        this.#wrong(`FETCH ${seq} is UID ${told.uid}, and was ${known.uid}`)
      known.uid = told.uid
    }
    if (told.modSeq !== undefined && told.modSeq < known.modSeq) return // an older answer, sent later
    if (told.modSeq !== undefined) known.modSeq = told.modSeq
    if (told.flags !== undefined) known.flags = told.flags
  }

  #wrong(text: string): void {
    this.problems.push(`${this.#name}: ${text}`)
  }
}

/** UID, FLAGS and MODSEQ of a FETCH response, as far as they are there. */
export function fetchedOf(text: string): Partial<Known> {
  const uid = /\bUID (\d+)/.exec(text)?.[1]
  const flags = /\bFLAGS \(([^)]*)\)/.exec(text)?.[1]
  const modSeq = /\bMODSEQ \((\d+)\)/.exec(text)?.[1]
  return {
    ...(uid === undefined ? {} : { uid: Number(uid) }),
    ...(flags === undefined ? {} : { flags: flags.split(' ').sort().join(' ') }),
    ...(modSeq === undefined ? {} : { modSeq: Number(modSeq) }),
  }
}
