/** Counts the lines of a log, in their order; and joins what several threads counted. */
import { isOfDoctor } from '../../journal/doctor-session.ts'
import type { Event, LogLine, MessageId } from '../../journal/event.ts'
import { withoutSecrets } from '../secrets.ts'
import { Mail } from './mail.ts'
import type { OpenConnectionsByHost } from './open-connections.ts'
import type { OpenMessage } from './open-messages.ts'
import { Sessions } from './sessions.ts'
import { Slots } from './slots.ts'
import {
  addExample,
  MAX_EXAMPLES,
  mergeStatistics,
  newStatistics,
  type Statistics,
} from './statistics.ts'
import { countIn } from './table.ts'
import { ownText } from '../../base/own-text.ts'

export interface CollectorOptions {
  /** Lines before it do not count; null: from the first. */
  readonly sinceMs: number | null
  /** Lines at it and later do not count. */
  readonly untilMs: number | null
  /** Nothing of the log was read before: what is not known here is not known at all. */
  readonly isFirst: boolean
}

/** What was counted in a part of a log, and what is needed to join it to the parts beside it. */
export interface Collected {
  readonly statistics: Statistics
  readonly open: ReadonlyMap<MessageId, OpenMessage>
  readonly connections: OpenConnectionsByHost
  readonly early: readonly Event[]
}

export class Collector {
  readonly statistics: Statistics = newStatistics()
  readonly #sinceMs: number
  readonly #untilMs: number
  readonly #mail: Mail
  readonly #sessions: Sessions
  /** Whether the last line with a time counts: those without one go with it. */
  #counts: boolean

  constructor({ sinceMs, untilMs, isFirst }: CollectorOptions) {
    this.#sinceMs = sinceMs ?? Number.NEGATIVE_INFINITY
    this.#untilMs = untilMs ?? Number.POSITIVE_INFINITY
    this.#counts = sinceMs === null
    const slots = new Slots(this.statistics)
    this.#mail = new Mail(this.statistics, slots, isFirst)
    this.#sessions = new Sessions(this.statistics, slots, isFirst)
  }

  /** Messages that are still in the queue where the log ends. */
  get waiting(): number {
    return this.#mail.open.waiting
  }

  take(line: LogLine): void {
    const { statistics } = this
    const atMs = line.type === 'continuation' ? null : line.atMs
    if (atMs !== null) this.#counts = atMs >= this.#sinceMs && atMs < this.#untilMs
    if (!this.#counts) return
    statistics.totals.lines++
    if (atMs !== null) {
      if (atMs < statistics.firstMs) statistics.firstMs = atMs
      if (atMs > statistics.lastMs) statistics.lastMs = atMs
    }
    if (line.type === 'continuation') return
    if (line.type !== 'unknown') {
      if (isOfDoctor(line)) statistics.totals.doctorLines++
      else this.#event(line)
      return
    }
    if (line.program !== null) {
      statistics.totals.otherLines++
      countIn(statistics.otherPrograms, line.program)
      return
    }
    statistics.totals.unknownLines++
    if (statistics.unknownExamples.length >= MAX_EXAMPLES) return
    addExample(statistics, ownText(withoutSecrets(line.line).slice(0, MAX_EXAMPLE_CHARS)))
  }

  /** Adds what was counted in the part of the log that follows. */
  join({ statistics, early, open, connections }: Collected): void {
    mergeStatistics(this.statistics, statistics)
    for (const event of early) this.#event(event)
    for (const [id, message] of open) this.#mail.open.add(id, message)
    this.#sessions.open.join(connections)
  }

  collected(): Collected {
    return {
      statistics: this.statistics,
      open: this.#mail.open.all(),
      connections: this.#sessions.open.all(),
      early: [...this.#mail.early, ...this.#sessions.early],
    }
  }

  #event(event: Event): void {
    switch (event.type) {
      case 'arrival':
      case 'arrivalPart':
      case 'delivered':
      case 'failed':
      case 'deferred':
      case 'completed':
        this.#mail.take(event)
        return
      case 'related':
        return
      case 'rejected':
        // Refused at its end: Postfix had given it an id.
        if (event.id !== null && event.phase === 'after DATA') this.#mail.forget(event.id)
        this.#sessions.take(event)
        return
      default:
        this.#sessions.take(event)
        return
    }
  }
}

const MAX_EXAMPLE_CHARS = 500
