/** What a firewall does with a connection, as far as its rules can be understood from here. */

/** A new TCP connection of a stranger, whose address is in no list. */
export interface Packet {
  readonly direction: 'input' | 'output'
  readonly family: 4 | 6
  readonly port: number
}

/** Does a rule, or one of its conditions, fit the packet? `perhaps`: it is not understood. */
export type Fit = 'yes' | 'no' | 'perhaps'

export type Act =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'none'; readonly chain?: never }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }

export interface Rule {
  readonly fit: Fit
  readonly act: Act
  /** As the firewall shows it. */
  readonly text: string
}

export interface Chain {
  readonly name: string
  readonly rules: readonly Rule[]
  /** Of a chain that the kernel calls; null: rules call it. */
  readonly policy: 'accept' | 'drop' | null
}

export interface Fate {
  /** `perhaps`: it depends on a condition that is not understood. */
  readonly isDropped: Fit
  /** The rules and policies that decide. */
  readonly by: readonly string[]
}

/** All conditions together. */
export function both(fits: readonly Fit[]): Fit {
  if (fits.includes('no')) return 'no'
  return fits.includes('perhaps') ? 'perhaps' : 'yes'
}

/** Follows a packet through a chain that the kernel calls, and those it jumps to. */
export function fateIn(chains: ReadonlyMap<string, Chain>, start: Chain): Fate {
  const outcomes: { readonly isDropped: boolean; readonly by: string }[] = []
  let steps = 0
  /** @returns whether the packet surely ends within */
  const walk = (chain: Chain, depth: number): boolean => {
    for (const { fit, act, text } of chain.rules) {
      if (++steps > MAX_STEPS) return false
      if (fit === 'no' || act.kind === 'none') continue
      if (act.kind === 'return') {
        if (fit === 'yes') return false
        continue
      }
      if (act.kind === 'accept' || act.kind === 'drop') {
        outcomes.push({ isDropped: act.kind === 'drop', by: text })
        if (fit === 'yes') return true
        continue
      }
      const next = chains.get(act.chain ?? '')
      const ends = next !== undefined && depth < MAX_DEPTH && walk(next, depth + 1)
      if (fit === 'yes' && (ends || act.kind === 'goto')) return ends
    }
    return false
  }
  if (!walk(start, 0))
    outcomes.push({
      isDropped: start.policy === 'drop',
      by: `policy of ${start.name}: ${start.policy ?? 'accept'}`,
    })
  const drops = outcomes.filter(({ isDropped }) => isDropped)
  const isDropped = drops.length === 0 ? 'no' : drops.length === outcomes.length ? 'yes' : 'perhaps'
  return { isDropped, by: (isDropped === 'no' ? outcomes : drops).map(({ by }) => by) }
}

const MAX_DEPTH = 16
/** Rules of a machine that bans thousands of addresses are many; a loop is endless. */
const MAX_STEPS = 200_000
