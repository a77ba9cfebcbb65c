/** What the facts come to: one word, and what to do first. */
import { counted } from '../base/counted.ts'
import type { ReasonCount } from '../diagnosis/reason-counts.ts'
import { withServer } from '../doctor/for-this-server.ts'
import { noCommonLogin } from '../doctor/relay-login.ts'
import type { Relay } from '../directory/types.ts'
import type { Finding } from '../doctor/types.ts'
import type { ReportFacts } from './facts.ts'
import { isGoingOn, type Outage } from './outages.ts'
import { goesOn } from './removed-relays.ts'
import type { ReportStep, Status } from './types.ts'

export function statusOf(facts: ReportFacts): Status {
  const { log, own } = facts
  const findings = own?.findings ?? []
  const isRefused = refusingRelays(facts).length > 0 || ongoing(facts) !== null
  const isDown = own !== null && own.status === null
  if (isRefused || isDown || hasNothingDelivered(log) || findings.some(isFailing)) return 'trouble'
  if (isSilent(facts)) return 'attention'
  const isOurs = log.reasons.some((one) => one.reason.actor === 'you' && !isMended(one, facts))
  const isOurAlarm = ourAlarms(facts).length > 0
  return isOurs || isOurAlarm || findings.some(isWarning) ? 'attention' : 'well'
}

/** Of a log without a line nothing can be said, and nothing praised. */
export function isSilent({ log, own }: ReportFacts): boolean {
  return own === null && log.statistics.totals.lines === 0
}

/** Of our own server the doctor says it better. */
function ourAlarms({ log, own }: ReportFacts): ReportFacts['log']['alarms'] {
  return own === null ? log.alarms.filter(({ reason }) => reason.actor === 'you') : []
}

/** Relays of ours that mail waits for since we cannot log in there. */
export function refusingRelays({ own }: ReportFacts): readonly Relay[] {
  return own?.relays?.filter(({ loginRefused }) => loginRefused !== null) ?? []
}

/** Is it that we have no login in common? Then no password was refused. */
export function hasNoLogin({ name, loginRefused }: ReturnType<typeof refusingRelays>[number]) {
  return loginRefused !== null && noCommonLogin(loginRefused.text, name) !== null
}

/** A refusal of our login that the log does not see end; of our own server the relays say it better. */
function ongoing({ log, own }: ReportFacts): Outage | null {
  return own === null ? (log.outages.find(isGoingOn) ?? null) : null
}

/** It went wrong, and is over: the other server takes our login again, or is no relay of ours any more. */
export function isMended({ reason, counts }: ReasonCount, facts: ReportFacts): boolean {
  const isOutbound = counts.deferred + counts.failed > 0
  const isOver =
    facts.log.outages.length > 0 && !facts.log.outages.some((one) => goesOn(one, facts))
  return isLogin(reason.category) && isOutbound && isOver && refusingRelays(facts).length === 0
}

export function isLogin(category: ReasonCount['reason']['category']): boolean {
  return category === 'loginFailed' || category === 'authenticationRequired'
}

export function isFailing({ verdict }: Finding): boolean {
  return verdict === 'failing'
}

export function isWarning({ verdict }: Finding): boolean {
  return verdict === 'warning'
}

/** What the doctor found that this report does not say in another place. */
export function furtherFindings(facts: ReportFacts): readonly Finding[] {
  const relays = new Set(refusingRelays(facts).map(({ name }) => name))
  return (facts.own?.findings ?? []).filter(
    ({ check, subject, verdict }) =>
      // It counts the same errors of the same log.
      check !== 'log.errors' &&
      !(check === RUNNING && verdict === 'failing') &&
      !(RELAY_CHECKS.has(check) && subject !== null && relays.has(subject)),
  )
}

/** Most useful first; each command once. */
export function nextSteps(facts: ReportFacts): readonly ReportStep[] {
  if (isSilent(facts)) return [{ text: RIGHT_LOG, command: null }]
  const findings = furtherFindings(facts)
  const seen = new Set<string>()
  const isNew = (key: string) => {
    const was = seen.has(key)
    seen.add(key)
    return !was
  }
  const all = [
    ...startSteps(facts),
    ...relaySteps(facts),
    ...outageSteps(facts),
    ...findingSteps(findings.filter(isFailing), facts),
    ...alarmSteps(facts),
    ...reasonSteps(facts),
    ...findingSteps(findings.filter(isWarning), facts),
    ...userSteps(facts),
  ]
  const which = facts.own?.sameServer ?? ''
  return all
    .map((one) => withServer(one, which))
    .filter(({ text, command }) => isNew(command ?? text))
    .slice(0, MOST_STEPS)
}

/** It was tried more than a few times, and nothing reached another server. */
function hasNothingDelivered({ statistics: { totals } }: ReportFacts['log']): boolean {
  return totals.deferrals > MANY_TRIES && totals.deliveredRemote === 0
}

function startSteps({ own }: ReportFacts): ReportStep[] {
  return own === null || own.status !== null ? [] : [...standstill(own).steps]
}

/** Of a server that does not run or does not answer: what the doctor says of it, and its steps. */
export function standstill({ findings }: NonNullable<ReportFacts['own']>): {
  readonly said: string
  readonly steps: readonly ReportStep[]
} {
  const found = findings.find((one) => one.check === RUNNING && isFailing(one))
  if (found === undefined)
    return {
      said: 'The server does not run: no mail is taken, sent or served.',
      steps: [{ text: 'The server does not run: start it', command: 'systemctl start waybill' }],
    }
  const { summary, meaning, remedy } = found
  const what = sentence(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}`)
  return {
    said: meaning === null ? what : `${what} ${meaning}`,
    steps: remedy.map(({ text, command }, index) => ({
      text: index === 0 ? `${what} ${text}` : text,
      command,
    })),
  }
}

/** Nothing else helps while all mail waits for a password. */
function relaySteps(facts: ReportFacts): ReportStep[] {
  return refusingRelays(facts).flatMap(({ name, loginRefused }) => [
    ...(noCommonLogin(loginRefused?.text ?? '', name)?.map(({ text, command }) => ({
      text: `The relay ${name} has no login that we can use. ${text}`,
      command,
    })) ?? [
      {
        text: `The relay ${name} refuses our login: look up the password at the provider, and set it`,
        command: `waybill relay set ${name} --password`,
      },
    ]),
    {
      text: 'Try it. When the relay takes it, what waits is sent by itself',
      command: `waybill relay test ${name}`,
    },
  ])
}

/** Of a log alone: by what the reason says for its server. */
function outageSteps(facts: ReportFacts): ReportStep[] {
  const outage = ongoing(facts)
  if (outage === null) return []
  const reason = facts.log.reasons.find(
    (one) => isLogin(one.reason.category) && one.counts.deferred + one.counts.failed > 0,
  )
  return (reason?.reason.remedy ?? []).map((text, index) => ({
    text: index === 0 ? `${outage.host} refuses our login. ${text}` : text,
    command: null,
  }))
}

/** The first step of each that is not of an error explained before; the others stand with the finding. */
function findingSteps(findings: readonly Finding[], { log }: ReportFacts): ReportStep[] {
  const known = new Set(log.reasons.flatMap(({ reason }) => reason.remedy))
  return findings.flatMap(({ summary, subject, remedy }) => {
    const step = remedy.find(({ text }) => !known.has(text))
    if (step === undefined) return []
    const about = subject === null || summary.includes(subject) ? summary : `${subject}: ${summary}`
    return [{ text: `${sentence(about)} ${step.text}`, command: step.command }]
  })
}

function reasonSteps(facts: ReportFacts): ReportStep[] {
  const isSaid = (one: ReasonCount) =>
    isLogin(one.reason.category) &&
    (refusingRelays(facts).length > 0 || facts.log.outages.length > 0)
  return facts.log.reasons
    .filter((one) => one.reason.actor === 'you' && one.isKnown && !isSaid(one))
    .slice(0, MOST_REASONS)
    .map(reasonStep)
}

function alarmSteps(facts: ReportFacts): ReportStep[] {
  return ourAlarms(facts)
    .slice(0, MOST_REASONS)
    .map(({ isKnown, example, ...one }) =>
      isKnown
        ? reasonStep(one)
        : {
            text: `A program is not well (${counted(one.count, 'time')}): ${example}`,
            command: null,
          },
    )
}

function reasonStep({ reason, count }: Pick<ReasonCount, 'reason' | 'count'>): ReportStep {
  const remedy = reason.remedy[0] ?? reason.meaning
  return { text: `${reason.title} (${counted(count, 'time')}). ${remedy}`, command: null }
}

/** Whoever waits asks sooner or later. */
function userSteps(facts: ReportFacts): ReportStep[] {
  const waiting = facts.log.users.filter((user) => user.waiting > 0)
  const isStuck = refusingRelays(facts).length > 0 || ongoing(facts) !== null
  if (!isStuck || waiting.length === 0) return []
  const named = waiting.slice(0, MOST_USERS).map(({ login, messages }) => `${login} (${messages})`)
  const more = waiting.length > MOST_USERS ? ` and ${waiting.length - MOST_USERS} others` : ''
  const text = `Tell those whose mail waits that it will be sent: ${named.join(', ')}${more}`
  return [{ text, command: facts.own === null ? null : 'waybill queue list' }]
}

/** As a sentence: it can end with the words of a server. */
export function sentence(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`
}

const RUNNING = 'services.running'
const RIGHT_LOG = 'See whether this is the right log, and the right time of it'
const RELAY_CHECKS: ReadonlySet<string> = new Set(['queue.blocked', 'connectivity.relay'])
const MANY_TRIES = 3
const MOST_STEPS = 12
const MOST_REASONS = 5
const MOST_USERS = 5
