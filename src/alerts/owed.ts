/**
 * What was told by some way, and still has to be told by another that failed: else whoever only looks
 * at that one would never hear of it. Not kept: after a restart what was told is told.
 */
import { type Alert, keyOf, type Telling } from './types.ts'

export class Owed {
  /** By way. */
  readonly #ways = new Map<string, Debt>()

  /** @param tellings  others took it, this way did not */
  add(way: string, tellings: readonly Telling[], monotonicMs: number): void {
    this.owe(way, tellings)
    this.failed(way, monotonicMs)
  }

  /** @param tellings  others took it, this way was not asked yet */
  owe(way: string, tellings: readonly Telling[]): void {
    const debt = this.#ways.get(way) ?? { states: new Map(), failures: 0, againMs: 0 }
    // That it does not work would be over as soon as it could be told.
    for (const { alert } of tellings)
      if (alert.rule !== 'ways' || alert.subject !== way) debt.states.set(keyOf(alert), alert.state)
    if (debt.states.size > 0) this.#ways.set(way, debt)
  }

  failed(way: string, monotonicMs: number): void {
    const debt = this.#ways.get(way)
    if (debt === undefined) return
    debt.failures++
    debt.againMs = monotonicMs + backOffMs(debt.failures)
  }

  /** It took these. */
  paid(way: string, tellings: readonly Telling[]): void {
    const debt = this.#ways.get(way)
    if (debt === undefined) return
    // What changed while it was told is owed still.
    for (const { alert } of tellings)
      if (debt.states.get(keyOf(alert)) === alert.state) debt.states.delete(keyOf(alert))
    debt.failures = 0
    debt.againMs = 0
    if (debt.states.size === 0) this.#ways.delete(way)
  }

  /** What is to be told by this way now, of the alerts as they are. What changed since was told anew. */
  due(
    way: string,
    alerts: readonly Alert[],
    isWithheld: (alert: Alert) => boolean,
    monotonicMs: number,
  ): readonly Alert[] {
    const debt = this.#ways.get(way)
    if (debt === undefined) return []
    const open = alerts.filter((alert) => debt.states.get(keyOf(alert)) === alert.state)
    if (open.length < debt.states.size) debt.states = new Map(open.map((a) => [keyOf(a), a.state]))
    if (monotonicMs < debt.againMs) return []
    return open.filter((alert) => alert.toldMs !== null && !isWithheld(alert))
  }

  /** Forgets the ways that are not there any more. */
  keepOnly(ways: ReadonlySet<string>): void {
    for (const way of this.#ways.keys()) if (!ways.has(way)) this.#ways.delete(way)
  }
}

interface Debt {
  /** By alert: the state that was told. */
  states: Map<string, Alert['state']>
  failures: number
  againMs: number
}

/** After attempts that failed. */
export function backOffMs(failures: number): number {
  return Math.min(60_000 * 2 ** (failures - 1), 3_600_000)
}
