/** Guessing by network: whoever guesses has many addresses, and mostly of one network. */
import { netOf } from '../doctor/log/nets.ts'
import type { ReportRow } from '../trace/statistics/report.ts'

export interface GuessingNet {
  /** `192.0.2.0/24`, `2001:db8::/64`. */
  readonly net: string
  readonly addresses: number
  readonly failures: number
  /** Logins that worked, from the same addresses: a user who mistyped, or somebody who guessed well. */
  readonly successes: number
}

/** @param rows  failed logins by address */
export function netsOf(rows: readonly ReportRow[]): GuessingNet[] {
  const nets = new Map<string, { addresses: number; failures: number; successes: number }>()
  for (const { key, failures, successes } of rows) {
    const name = netOf(key)
    if (name === null || Number(failures) === 0) continue
    const net = nets.get(name) ?? { addresses: 0, failures: 0, successes: 0 }
    net.addresses++
    net.failures += Number(failures)
    net.successes += Number(successes ?? 0)
    nets.set(name, net)
  }
  return [...nets]
    .map(([net, counts]) => ({ net, ...counts }))
    .sort((one, other) => other.failures - one.failures || (one.net < other.net ? -1 : 1))
}
