/** The beginning and the end of a report: what is the case, and what to do. */
import { counted } from '../base/counted.ts'
import { figuresOf, type ReportFacts } from './facts.ts'
import { filedText } from './filed.ts'
import {
  furtherFindings,
  hasNoLogin,
  isFailing,
  nextSteps,
  refusingRelays,
  sentence,
  standstill,
  statusOf,
} from './judge.ts'
import type { Outage } from './outages.ts'
import { goesOn, isOfRemoved } from './removed-relays.ts'
import type { Block, Section } from './types.ts'
import { minuteText, spanWords, stretchText } from './words.ts'

export function summary(facts: ReportFacts): Section {
  const { own, log } = facts
  const worst = furtherFindings(facts).filter(isFailing).slice(0, MOST)
  const lines: string[] = []
  if (own !== null && own.status === null) lines.push(standstill(own).said)
  for (const relay of refusingRelays(facts)) {
    const since = relay.loginRefused?.atMs ?? facts.untilMs
    lines.push(
      `The relay ${relay.name} has ${hasNoLogin(relay) ? 'had no login that we can use' : 'refused our login'} ` +
        `since ${minuteText(since, facts.zone)} (${spanWords(facts.untilMs - since)}): all mail by it waits.`,
    )
  }
  for (const outage of log.outages.slice(0, MOST)) {
    const isSaid = goesOn(outage, facts) && refusingRelays(facts).length > 0
    if (!isSaid) lines.push(outageText(outage, facts))
  }
  for (const { subject, summary: said } of worst)
    lines.push(sentence(subject === null || said.includes(subject) ? said : `${subject}: ${said}`))
  const blocks = [figuresText(facts), ...lines].map((text): Block => ({ kind: 'text', text }))
  // Who reads no further still knows what to type.
  const [first] = nextSteps(facts)
  if (statusOf(facts) === 'trouble' && first !== undefined)
    blocks.push({ kind: 'steps', steps: [first] })
  return { name: 'summary', title: 'Summary', blocks }
}

function figuresText(facts: ReportFacts): string {
  const { received, delivered, failed, rejected, failedLogins, waiting } = figuresOf(facts)
  const { lines } = facts.log.statistics.totals
  if (lines === 0) return 'The log has nothing of this time.'
  const isQuiet = received + delivered + failed + waiting === 0
  const mail = isQuiet
    ? [filedText(facts.log) ?? 'No mail came or went.']
    : [
        `${counted(received, 'message')} came in.`,
        `${counted(delivered, 'recipient')} got theirs, ${failed === 0 ? 'none was given up' : `${failed} ${failed === 1 ? 'was' : 'were'} given up`}, and ${waiting === 0 ? 'nothing waits' : `${counted(waiting, 'message')} ${waiting === 1 ? 'waits' : 'wait'}`}.`,
      ]
  return [
    ...mail,
    `${rejected === 0 ? 'No mail' : counted(rejected, 'attempt')} from outside ${rejected === 1 || rejected === 0 ? 'was' : 'were'} refused, and ${counted(failedLogins, 'login')} failed.`,
  ].join(' ')
}

/** What happened, and how it ended. */
function outageText(outage: Outage, facts: ReportFacts): string {
  const { zone, untilMs } = facts
  const { host, sinceMs, resumedMs, messages, delivered, failed } = outage
  const refused = `${host} refused our login ${stretchText(sinceMs, outage.untilMs, zone)}.`
  if (resumedMs === null && isOfRemoved(outage, facts))
    return `${refused} It was a relay that was removed since.`
  if (resumedMs === null)
    return (
      `${host} has refused our login since ${minuteText(sinceMs, zone)} ` +
      `(${spanWords(untilMs - sinceMs)}): ${counted(messages, 'message')} ${messages === 1 ? 'waits' : 'wait'} for it.`
    )
  const fates = [
    ...(delivered === messages
      ? ['all have been delivered']
      : [`${delivered} have been delivered`]),
    ...(failed > 0 ? [`${failed} ${failed === 1 ? 'was' : 'were'} given up`] : []),
    ...(messages > delivered + failed ? [`${messages - delivered - failed} still wait`] : []),
  ]
  const waited = `${counted(messages, 'message')} waited; ${fates.join(', ')}.`
  return `${refused} ` + `Mail has flowed again since ${minuteText(resumedMs, zone)}: ${waited}`
}

export function steps(facts: ReportFacts): Section {
  const next = nextSteps(facts)
  const blocks: Block[] =
    next.length === 0
      ? [{ kind: 'text', text: 'Nothing has to be done.' }]
      : [{ kind: 'steps', steps: next }]
  return { name: 'steps', title: 'What to do next', blocks }
}

const MOST = 5
