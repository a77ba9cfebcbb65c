/**
 * When an alert is told. Pure: rows and what was found in, rows out; whoever calls it keeps them.
 *
 *                  bad again            good, twice
 *   bad ──▶ seen ───────────▶ firing ───────────────▶ resolved ──▶ (forgotten after a week)
 *            │ good             ▲  told once             │ told once
 *            ▼                  └────────────────────────┘ bad, before anybody was told that it was over
 *         (nothing)
 *
 * Invariants, proved by random sequences in the test
 *   A1  people are told only of what two evaluations in a row found
 *   A2  of one thing they are told in turn that it is so and that it is over: nothing is repeated,
 *       but what has another mark than when it was told, once a day, and what was a warning and fails now
 *   A3  what was told to be so, and is found well twice, is told to be over; what comes and goes must
 *       be well for longer each time, up to about an hour
 *   A4  an evaluation that could not look changes nothing
 */
import { type Alert, keyOf, type Look, type RuleName, type Said } from './types.ts'

export interface Evaluation {
  readonly looks: readonly Look[]
  /** Whether this evaluation could look at it: else it stays as it was. */
  isKnown(rule: RuleName, subject: string): boolean
  readonly nowMs: number
}

/** What is the case after an evaluation. An alert that did not change is the same object. */
export function evaluate(
  alerts: readonly Alert[],
  { looks, isKnown, nowMs }: Evaluation,
): readonly Alert[] {
  const bad = new Map(looks.map((look) => [keyOf(look), look]))
  const before = new Set(alerts.map(keyOf))
  const after = alerts.flatMap((alert) => {
    const look = bad.get(keyOf(alert))
    if (look !== undefined) return [afterBad(alert, look, nowMs)]
    return isKnown(alert.rule, alert.subject) ? afterGood(alert, nowMs) : [alert]
  })
  const found = [...bad.values()].filter((look) => !before.has(keyOf(look)))
  return [...after, ...found.map((look) => firstSeen(look, nowMs))]
}

function firstSeen({ rule, subject, said, mark }: Look, nowMs: number): Alert {
  const times = { sinceMs: nowMs, changedMs: nowMs, toldMs: null }
  const told = { toldMark: null, toldVerdict: null, returns: 0 }
  return { rule, subject, state: 'seen', ...times, said, mark, ...told, goodLooks: 0 }
}

function afterBad(before: Alert, look: Look, nowMs: number): Alert {
  const said = isSame(before.said, look.said) ? before.said : look.said
  const alert = { ...before, said, mark: look.mark }
  switch (before.state) {
    case 'seen':
      // What was seen before a long stop is no confirmation.
      if (nowMs - before.changedMs > SEEN_FOR_MS) return firstSeen({ ...look, said }, nowMs)
      return { ...alert, state: 'firing', changedMs: nowMs, toldMs: null }
    case 'firing': {
      const isSameLook = said === before.said && look.mark === before.mark
      return isSameLook && before.goodLooks === 0 ? before : { ...alert, goodLooks: 0 }
    }
    case 'resolved':
      // Who was never told that it is over takes it to go on.
      if (before.toldMs === null)
        return { ...alert, state: 'firing', changedMs: nowMs, toldMs: nowMs, goodLooks: 0 }
      return { ...firstSeen({ ...look, said }, nowMs), returns: returnsOf(before, nowMs) }
    default:
      return before.state satisfies never
  }
}

function afterGood(alert: Alert, nowMs: number): readonly Alert[] {
  switch (alert.state) {
    case 'seen':
      // Of what comes and goes it is remembered, so that it is not new each time.
      if (alert.returns === 0) return []
      return [{ ...alert, state: 'resolved', changedMs: nowMs, toldMs: nowMs }]
    case 'firing': {
      const goodLooks = alert.goodLooks + 1
      if (goodLooks < goodLooksOf(alert)) return [{ ...alert, goodLooks }]
      // It came and went while nobody was to be told: there is nothing to take back.
      const toldMs = alert.toldMs === null ? nowMs : null
      return [{ ...alert, state: 'resolved', changedMs: nowMs, toldMs, goodLooks: 0 }]
    }
    case 'resolved':
      return alert.toldMs !== null && nowMs - alert.changedMs > KEPT_MS ? [] : [alert]
    default:
      return alert.state satisfies never
  }
}

/** Of what people are to be told now, in the order given. */
export function toTell(
  alerts: readonly Alert[],
  isWithheld: (alert: Alert) => boolean,
  nowMs: number,
): readonly Alert[] {
  return alerts.filter(
    (alert) =>
      alert.state !== 'seen' &&
      (alert.toldMs === null || hasMore(alert, nowMs)) &&
      !isWithheld(alert),
  )
}

/** Is it worse than it was told to be, or is there more of it than a day ago, when it was told? */
function hasMore(alert: Alert, nowMs: number): boolean {
  const { state, toldMs, mark, toldMark, said, toldVerdict } = alert
  if (state !== 'firing' || toldMs === null) return false
  if (said.verdict === 'failing' && toldVerdict === 'warning') return true
  // A clock that was wrong may have put it into the future.
  return mark !== null && mark !== toldMark && Math.abs(nowMs - toldMs) >= MORE_AFTER_MS
}

function worstOf(alert: Alert): Said['verdict'] {
  return alert.toldVerdict === 'failing' ? 'failing' : alert.said.verdict
}

/** @param over  what is seen again */
function returnsOf(over: Alert, nowMs: number): number {
  return Math.abs(nowMs - over.changedMs) <= SOON_MS ? over.returns + 1 : 0
}

/** Good evaluations in a row before it counts as over. */
function goodLooksOf({ returns }: Alert): number {
  return Math.min(GOOD_LOOKS * 4 ** returns, MOST_GOOD_LOOKS)
}

/** The alerts, some of which people were told of just now. @param told  as they were told */
export function afterTelling(
  alerts: readonly Alert[],
  told: readonly Alert[],
  nowMs: number,
): readonly Alert[] {
  const byKey = new Map(told.map((alert) => [keyOf(alert), alert]))
  return alerts.map((alert) => {
    const said = byKey.get(keyOf(alert))
    return said === undefined ? alert : afterTold(alert, said, nowMs)
  })
}

/** It may have changed while people were told of it: they are told of that too. */
function afterTold(alert: Alert, said: Alert, nowMs: number): Alert {
  const marks = { toldMark: said.mark, toldVerdict: worstOf(said) }
  if (alert.state === said.state) return { ...alert, toldMs: nowMs, ...marks }
  if (said.state === 'firing')
    return alert.state === 'resolved'
      ? { ...alert, toldMs: null, ...marks }
      : { ...alert, state: 'firing', changedMs: nowMs, toldMs: nowMs, ...marks }
  // That it is over was said too early: that it is back has to be seen again, as anything.
  return { ...alert, state: 'seen', toldMs: null, toldMark: null, toldVerdict: null }
}

/** Rows to write, and rows to delete, to come from one to the other. */
export function difference(
  before: readonly Alert[],
  after: readonly Alert[],
): { readonly changed: readonly Alert[]; readonly gone: readonly Alert[] } {
  const old = new Set(before)
  const keys = new Set(after.map(keyOf))
  return {
    changed: after.filter((alert) => !old.has(alert)),
    gone: before.filter((alert) => !keys.has(keyOf(alert))),
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Of what does not come and go. */
const GOOD_LOOKS = 2
/** About an hour, where it looks every minute. */
const MOST_GOOD_LOOKS = 60
/** What is back within this time comes and goes. */
const SOON_MS = 2 * 3_600_000
/** Longer than from any look to the next, of what was seen once. */
const SEEN_FOR_MS = 6 * 3_600_000
/** What there is more of is told again after so long. */
const MORE_AFTER_MS = 24 * 3_600_000
/** What is over stays so long in the list. */
const KEPT_MS = 7 * 24 * 3_600_000
