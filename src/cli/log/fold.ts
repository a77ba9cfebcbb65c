/** A message that waits for days says the same at every try: what only repeats is put together. */
import type { Event, Unknown } from '../../journal/event.ts'
import { describeEvent } from '../../trace/words.ts'

/** What happened, or what happened again and again. */
export interface Step {
  readonly event: Event | Unknown
  /** In a line or two. */
  readonly texts: readonly string[]
  /** How many like it came later and are left out. */
  readonly more: number
  /** When the last of these came; null when there are none, or it has no time. */
  readonly lastMs: number | null
}

/**
 * The events in their order; of those that say the same, numbers and names of files apart, only the
 * first, when there are three or more.
 */
export function foldRepeats(events: readonly (Event | Unknown)[]): readonly Step[] {
  const told = events.map((event) => ({ event, texts: describeEvent(event) }))
  const runs = new Map<string, Run>()
  const runOf = told.map(({ event, texts }) => {
    if (isTurn(event)) runs.clear()
    if (!REPEATS.has(event.type)) return null
    const key = `${event.type} ${texts.map(likeness).join('\n')}`
    const run = runs.get(key) ?? { first: event, count: 0, lastMs: null }
    runs.set(key, run)
    run.count++
    run.lastMs = event.atMs
    return run
  })
  return told.flatMap(({ event, texts }, at) => {
    const run = runOf[at] ?? null
    if (run === null || run.count < LEAST) return [{ event, texts, more: 0, lastMs: null }]
    return run.first === event ? [{ event, texts, more: run.count - 1, lastMs: run.lastMs }] : []
  })
}

interface Run {
  readonly first: Event | Unknown
  count: number
  lastMs: number | null
}

/** Two lines are as short as the first and a line about the second. */
const LEAST = 3

const REPEATS: ReadonlySet<(Event | Unknown)['type']> = new Set([
  ...(['deferred', 'note', 'warning', 'queueAction', 'rejected'] as const),
  ...(['authenticationFailed', 'loggedIn', 'loginFailed', 'loggedOut', 'noLogin'] as const),
])

/** Something new begins with it: what came before is another story. */
function isTurn(event: Event | Unknown): boolean {
  if (event.type !== 'queueAction') return event.type === 'arrival'
  return event.action !== 'stillFrozen' && event.action !== 'locked'
}

/** The text without what differs each time: ports, durations, names of temporary files. */
function likeness(text: string): string {
  return text
    .replace(/[\w./=-]{8,}/g, (word) => (MANY_DIGITS.test(word) ? '#' : word))
    .replace(/\]:\d{1,5}/g, ']')
    .replace(/\b\d{1,9}(?=\.?\d{0,9} ?(?:s|sec|seconds?|min|minutes?|m)\b)/g, '#')
}

const MANY_DIGITS = /\d{5}/
