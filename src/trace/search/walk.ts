/** One reading of logs, line by line: puts the lines of messages together, and says which are done. */
import { ownText } from '../../base/own-text.ts'
import { lineEnd } from '../../journal/line-end.ts'
import { type Group, looseGroup, OpenGroups } from './groups.ts'
import { IdFilter } from './id-filter.ts'
import {
  CONTINUATION,
  isArrival,
  isPostfixArrival,
  isLastLine,
  type LineHeads,
  LOOSE,
  likelyIdAt,
} from '../source/line-heads.ts'
import type { Finder } from './patterns.ts'

export interface WalkOptions {
  /** Lines at other times are passed over. */
  readonly isInTime: (atMs: number) => boolean
  readonly finders: readonly Finder[]
  /** Only these messages; null: all. */
  readonly wanted: ReadonlySet<string> | null
  readonly withLoose: boolean
  /** Message-IDs: lines about no message that name one are wanted, too, as those of Dovecot. */
  readonly headers?: ReadonlySet<string> | undefined
}

export class Walk {
  readonly #options: WalkOptions
  readonly #open = new OpenGroups()
  readonly #filter: IdFilter | null
  /** All bits: every finder has found a line. */
  readonly #all: number
  /** For each finder, the next place where it finds something in the text. */
  readonly #next: number[]
  #heads: LineHeads | null = null
  #log = 0
  /** The record that the next line may go on with; null when nobody wants it. */
  #record: Group | null = null
  /** The open messages of which Postfix said the Message-ID, by it. */
  readonly #byHeader = new Map<string, Group>()
  /** The next place in the text where Dovecot names a Message-ID. */
  #filedAt = -1
  /** The record was the last of its message, or is about none. */
  #isLast = false

  constructor(options: WalkOptions) {
    this.#options = options
    this.#filter = options.wanted === null ? null : new IdFilter(options.wanted)
    this.#all = 2 ** options.finders.length - 1
    this.#next = options.finders.map(() => -1)
  }

  /** Lines of another log follow, the one with this number. */
  begin(log: number, heads: LineHeads): void {
    this.#log = log
    this.#heads = heads
  }

  /** Whole lines; gives what is done. */
  read(text: string): readonly Group[] {
    const done: Group[] = []
    this.#next.fill(-1)
    this.#filedAt = -1
    for (let from = 0; from < text.length; ) {
      const end = lineEnd(text, from)
      this.#line(text, from, end, done)
      from = end + 1
    }
    for (const group of this.#open.settle()) this.#give(group, done)
    return done
  }

  /** The rest: messages without a last line. */
  finish(): readonly Group[] {
    const done: Group[] = []
    this.#endRecord(done)
    for (const group of this.#open.takeAll()) this.#give(group, done)
    return done
  }

  #line(text: string, from: number, end: number, done: Group[]): void {
    const heads = this.#heads
    if (heads === null) throw new Error('no log was begun')
    if (this.#filter !== null) {
      // Nearly every line of a big log is about a message that nobody wants.
      const idAt = likelyIdAt(text, from)
      if (idAt >= 0 && !this.#filter.mayHave(text, idAt)) {
        this.#endRecord(done)
        return
      }
    }
    const kind = heads.read(text, from, end)
    if (kind === CONTINUATION) {
      if (this.#record !== null) this.#add(this.#record, text, from, end)
      return
    }
    this.#endRecord(done)
    if (!this.#options.isInTime(heads.atMs)) return
    if (kind === LOOSE) this.#loose(text, from, end)
    else this.#ofMessage(heads, text, from, end, done)
  }

  #loose(text: string, from: number, end: number): void {
    const { headers, withLoose } = this.#options
    if (headers !== undefined || this.#byHeader.size > 0) {
      const header = this.#headerOf(text, from, end)
      const message = this.#byHeader.get(header)
      if (message !== undefined) {
        this.#add(message, text, from, end)
        return
      }
      if (headers?.has(header)) {
        this.#record = looseGroup(text.slice(from, end), this.#log, this.#all)
        this.#isLast = true
        return
      }
    }
    if (!withLoose) return
    const found = this.#found(text, from, end)
    // Lines that go on with it are rare where lines are about no message: the first line decides.
    if (found !== this.#all) return
    this.#record = looseGroup(text.slice(from, end), this.#log, found)
    this.#isLast = true
  }

  #ofMessage(heads: LineHeads, text: string, from: number, end: number, done: Group[]): void {
    const { idAt, idEnd, bodyAt } = heads
    if (this.#filter !== null && !this.#filter.has(text, idAt, idEnd)) return
    let group = this.#open.of(text, idAt, idEnd)
    const begins = isPostfixArrival(text, bodyAt)
    if (begins && group.hasArrived) {
      // A short queue id of Postfix, given again: the first message had no last line.
      this.#open.close(group)
      this.#give(group, done)
      group = this.#open.of(text, idAt, idEnd)
    }
    group.hasArrived ||= begins || isArrival(text, bodyAt)
    this.#add(group, text, from, end)
    this.#record = group
    if (text.startsWith(HEADER, bodyAt)) {
      group.header = ownText(text.slice(bodyAt + HEADER.length, end - 1))
      this.#byHeader.set(group.header, group)
    }
    this.#isLast = isLastLine(text, bodyAt, end, group.hasArrived)
  }

  /** The Message-ID that Dovecot names in the line; '' when it names none. */
  #headerOf(text: string, from: number, end: number): string {
    if (this.#filedAt < from) {
      const at = text.indexOf(FILED, from)
      this.#filedAt = at < 0 ? Number.POSITIVE_INFINITY : at
    }
    if (this.#filedAt >= end) return ''
    const start = this.#filedAt + FILED.length
    const rest = text.slice(start, end)
    const close = rest.indexOf('>')
    return close < 0 ? '' : rest.slice(0, close)
  }

  #add(group: Group, text: string, from: number, end: number): void {
    group.lines.push(text.slice(from, end))
    group.logs.push(this.#log)
    if (group.found !== this.#all) group.found |= this.#found(text, from, end)
  }

  /** The bits of those that find something in the line. */
  #found(text: string, from: number, end: number): number {
    let bits = 0
    const next = this.#next
    for (const [index, finder] of this.#options.finders.entries()) {
      if ((next[index] ?? 0) < from) next[index] = finder.next(text, from)
      if ((next[index] ?? 0) <= end) bits |= 1 << index
    }
    return bits
  }

  /** A line that starts something else has come: what ended with the record is done. */
  #endRecord(done: Group[]): void {
    const record = this.#record
    this.#record = null
    if (record === null || !this.#isLast) return
    if (record.id !== null) this.#open.close(record)
    this.#give(record, done)
  }

  #give(group: Group, done: Group[]): void {
    const { header } = group
    if (header !== null && this.#byHeader.get(header) === group) this.#byHeader.delete(header)
    if (group.found === this.#all) done.push(group)
  }
}

/** Where Postfix says a message's Message-ID, and where Dovecot does. */
const HEADER = 'message-id=<'
const FILED = 'msgid=<'
