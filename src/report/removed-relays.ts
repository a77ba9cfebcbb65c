/** Relays that the log tells of, and that are no more. */
import type { ReportFacts } from './facts.ts'
import { isGoingOn, type Outage } from './outages.ts'

/** @param host  a server that we logged in at, as the log names it */
export function isRemoved(host: string, { own }: ReportFacts): boolean {
  if (own === null || own.relays === null) return false
  const known = own.relays.flatMap(({ hosts }) => hosts)
  return !known.some((one) => bare(one.host) === bare(host))
}

/** What is refused by a relay that was removed goes on no more. */
export function goesOn(outage: Outage, facts: ReportFacts): boolean {
  return isGoingOn(outage) && !isOfRemoved(outage, facts)
}

export function isOfRemoved({ host, isOfRelay }: Outage, facts: ReportFacts): boolean {
  return isOfRelay && isRemoved(host, facts)
}

/** An address has brackets in a configuration, and a name may end in a dot. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}
