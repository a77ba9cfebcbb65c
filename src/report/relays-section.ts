/** Our relays, and what the log says of those that refused our login. */
import { counted } from '../base/counted.ts'
import type { Relay } from '../directory/types.ts'
import type { Zone } from '../journal/zone.ts'
import { text } from './blocks.ts'
import type { OwnFacts, ReportFacts } from './facts.ts'
import { hasNoLogin, refusingRelays, sentence } from './judge.ts'
import type { Outage } from './outages.ts'
import { goesOn, isOfRemoved } from './removed-relays.ts'
import type { Block, Section } from './types.ts'
import { minuteText, stretchText } from './words.ts'

/** Passwords are never among what is known here. */
export function relays(facts: ReportFacts): Section | null {
  const { own, log, zone } = facts
  const isSaid = (one: Outage) => goesOn(one, facts) && refusingRelays(facts).length > 0
  const outages = log.outages
    .filter((one) => !isSaid(one))
    .slice(0, MOST_OUTAGES)
    .flatMap((one): Block[] => outageBlocks(one, facts))
  const section = (blocks: readonly Block[]) => ({ name: 'relays', title: 'Relays', blocks })
  if (own === null || own.relays === null || own.relays.length === 0)
    return outages.length === 0 ? null : section(outages)
  const rows = own.relays.map((relay) => relayRow(relay, zone))
  return section([
    { kind: 'table', headings: ['Relay', 'Hosts', 'User', 'State'], rows },
    ...reachability(own.findings),
    ...outages,
  ])
}

function relayRow(relay: Relay, zone: Zone): string[] {
  const { name, hosts, user, loginRefused } = relay
  const fault = hasNoLogin(relay) ? 'has no login that we can use' : 'refuses our login'
  return [
    name,
    hosts.map(({ host, port }) => `${host}:${port}`).join(', '),
    user === null ? 'no login' : `${user}, password hidden`,
    loginRefused === null
      ? 'takes our mail, as far as is known'
      : `${fault} since ${minuteText(loginRefused.atMs, zone)}`,
  ]
}

/** The summary says what became of the mail; here is what the other server said. */
function outageBlocks(outage: Outage, facts: ReportFacts): Block[] {
  const { zone } = facts
  const { host, sinceMs, untilMs, refusals, answer } = outage
  const isOver = !goesOn(outage, facts)
  const since = isOver ? '' : ', and it has taken nothing since'
  const name = isOfRemoved(outage, facts) ? `${host}, a relay that was removed since,` : host
  const when =
    refusals === 1 ? `at ${minuteText(sinceMs, zone)}` : stretchText(sinceMs, untilMs, zone)
  return [
    text(
      `${name} refused our login ${counted(refusals, 'time')}, ${when}${since}. In the words of the log:`,
    ),
    { kind: 'lines', lines: [answer] },
  ]
}

/** What the doctor saw when it connected to them. */
function reachability(findings: OwnFacts['findings']): Block[] {
  return findings
    .filter(({ check, verdict }) => check === 'connectivity.relay' && verdict !== 'skipped')
    .map(({ subject, summary }) =>
      text(sentence(`Tried just now: ${subject === null ? '' : `${subject}: `}${summary}`)),
    )
}

const MOST_OUTAGES = 3
