/** What the facts come to: one word, and what to do first. */
import { counted } from '../base/counted.ts'
import type { Finding } from '../doctor/types.ts'
import type { ReportFacts } from './facts.ts'
import type { ReportStep, Status } from './types.ts'

export function statusOf({ log, own }: ReportFacts): Status {
  const findings = own?.findings ?? []
  const isRefused = own?.relays.some(({ loginRefused }) => loginRefused !== null) === true
  if (isRefused || hasNothingDelivered(log) || findings.some(isFailing)) return 'trouble'
  const isOurs = log.reasons.some(({ reason }) => reason.actor === 'you')
  const isHindered = log.users.length > 0 || isOurs
  return isHindered || findings.some(({ verdict }) => verdict === 'warning') ? 'attention' : 'well'
}

/** Most useful first; each command once. */
export function nextSteps(facts: ReportFacts): readonly ReportStep[] {
  const all = [
    ...relaySteps(facts),
    ...findingSteps(facts.own?.findings.filter(isFailing) ?? []),
    ...reasonSteps(facts),
    ...findingSteps(facts.own?.findings.filter(({ verdict }) => verdict === 'warning') ?? []),
    ...userSteps(facts),
  ]
  const seen = new Set<string>()
  return all
    .filter(({ text, command }) => {
      const key = command ?? text
      const isNew = !seen.has(key)
      seen.add(key)
      return isNew
    })
    .slice(0, MOST_STEPS)
}

/** It was tried more than a few times, and nothing reached another server. */
function hasNothingDelivered({ statistics: { totals } }: ReportFacts['log']): boolean {
  return totals.deferrals > MANY_TRIES && totals.deliveredRemote === 0
}

function isFailing({ verdict }: Finding): boolean {
  return verdict === 'failing'
}

/** Nothing else helps while all mail waits for a password. */
function relaySteps({ own }: ReportFacts): ReportStep[] {
  return (own?.relays ?? [])
    .filter(({ loginRefused }) => loginRefused !== null)
    .map(({ name }) => ({
      text: `The relay ${name} refuses our login: set the password that it has for us`,
      command: `waybill relay set ${name} --password`,
    }))
}

/** The first step of each: what follows it stands with the finding. */
function findingSteps(findings: readonly Finding[]): ReportStep[] {
  return findings.flatMap(({ summary, subject, remedy: [first] }) => {
    if (first === undefined) return []
    const about = subject === null ? summary : `${subject}: ${summary}`
    return [{ text: `${about}. ${first.text}`, command: first.command }]
  })
}

function reasonSteps({ log }: ReportFacts): ReportStep[] {
  return log.reasons
    .filter(({ reason, isKnown }) => reason.actor === 'you' && isKnown)
    .slice(0, MOST_REASONS)
    .map(({ reason, count }) => ({
      text: `${reason.title} (${counted(count, 'time')}). ${reason.remedy[0] ?? reason.meaning}`,
      command: null,
    }))
}

function userSteps({ log, own }: ReportFacts): ReportStep[] {
  return log.users.slice(0, 1).map(({ login, messages }) => ({
    text: `Mail of ${login} did not get through (${counted(messages, 'message')}): tell them, or see why`,
    command: own === null || !PLAIN.test(login) ? null : `waybill log search --since 24h ${login}`,
  }))
}

const PLAIN = /^[\w.@+-]+$/
const MANY_TRIES = 3
const MOST_STEPS = 12
const MOST_REASONS = 5
