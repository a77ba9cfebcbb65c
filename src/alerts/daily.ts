/** The daily mail: what changed since the last one, and nothing else. */
import type { Alert, Telling } from './types.ts'

/** What came, and what is over; what came and is over since is there once, as over. */
export function changesSince(alerts: readonly Alert[], sinceMs: number): readonly Telling[] {
  const changed = alerts.filter(({ state, changedMs }) => state !== 'seen' && changedMs >= sinceMs)
  const order = { firing: 0, resolved: 1, seen: 2 } as const
  return changed
    .sort((a, b) => order[a.state] - order[b.state] || a.changedMs - b.changedMs)
    .map((alert) => ({ alert, isAgain: false }))
}
