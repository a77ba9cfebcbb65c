/**
 * The lines of a log put together by message, while they are read. A message is given away when its
 * last line has come; only those that are open are held.
 */
import { ownText } from '../../base/own-text.ts'

/** Lines that belong together: those of one message, or one line about none. */
export interface Group {
  /** Null for a line about no message. */
  readonly id: string | null
  /** Without their newlines, as they were read. */
  readonly lines: string[]
  /** For each line, the number of its log. */
  readonly logs: number[]
  /** Which of the conditions one of its lines fulfils, a bit for each. */
  found: number
  hasArrived: boolean
  /** Its Message-ID, when Postfix said it. */
  header: string | null
  /** Its last line was there. */
  isComplete: boolean
}

export class OpenGroups {
  readonly #open = new Map<string, Held>()
  /** Those whose lines are still parts of the text that is being read. */
  readonly #fresh: Held[] = []
  #heldChars = 0
  /** That was asked for last; null when it is not open any more. */
  #last: Held | null = null

  /** The open one whose id stands in the text from `from` to `end`, or a new one. */
  of(text: string, from: number, end: number): Group {
    // Lines of one message often stand together.
    const last = this.#last
    if (last?.isFresh && last.id.length === end - from && text.startsWith(last.id, from))
      return last
    const id = text.slice(from, end)
    const known = this.#open.get(id)
    const group = known ?? new Held(ownText(id))
    if (known === undefined) this.#open.set(group.id, group)
    this.#touch(group)
    this.#last = group
    return group
  }

  /** Takes it out: its last line is there. */
  close(group: Group): void {
    if (!(group instanceof Held)) return
    group.isComplete = true
    if (this.#last === group) this.#last = null
    this.#heldChars -= group.heldChars
    this.#open.delete(group.id)
  }

  /**
   * To be called between texts: what stays open keeps copies of its lines, and no text. Gives back
   * what must go for want of room, oldest first.
   */
  settle(): readonly Group[] {
    for (const group of this.#fresh) {
      group.isFresh = false
      if (!group.isComplete) this.#heldChars += group.own()
    }
    this.#fresh.length = 0
    this.#last = null
    const evicted: Group[] = []
    for (const group of this.#open.values()) {
      if (this.#heldChars <= MAX_HELD_CHARS) break
      this.#heldChars -= group.heldChars
      this.#open.delete(group.id)
      evicted.push(group)
    }
    return evicted
  }

  /** Those that are still open, in the order of their first lines; none is afterwards. */
  takeAll(): readonly Group[] {
    const rest = [...this.#open.values()]
    this.#open.clear()
    this.#fresh.length = 0
    this.#last = null
    this.#heldChars = 0
    return rest
  }

  #touch(group: Held): void {
    if (group.isFresh) return
    group.isFresh = true
    this.#fresh.push(group)
  }
}

/** A line about no message. */
export function looseGroup(line: string, log: number, found: number): Group {
  return {
    id: null,
    lines: [line],
    logs: [log],
    found,
    hasArrived: false,
    header: null,
    isComplete: true,
  }
}

class Held implements Group {
  readonly id: string
  readonly lines: string[] = []
  readonly logs: number[] = []
  found = 0
  hasArrived = false
  header: string | null = null
  isComplete = false
  isFresh = false
  heldChars = 0
  #owned = 0

  constructor(id: string) {
    this.id = id
  }

  /** Copies the lines that are parts of a text; gives how many characters more it holds. */
  own(): number {
    let more = this.heldChars === 0 ? GROUP_COST : 0
    for (; this.#owned < this.lines.length; this.#owned++) {
      const line = this.lines[this.#owned] ?? ''
      this.lines[this.#owned] = ownText(line)
      more += line.length + LINE_COST
    }
    this.heldChars += more
    return more
  }
}

/** What a line costs besides its characters, and a message besides its lines, in octets. */
const LINE_COST = 80
const GROUP_COST = 700
/**
 * Of messages that wait for their last line. A day's log of a big server holds less; past it, the
 * oldest is given up, so that memory stays the same however big the log.
 */
const MAX_HELD_CHARS = 32 * 1024 * 1024
