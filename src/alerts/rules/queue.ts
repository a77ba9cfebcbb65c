/** Mail that waits for other servers, and does not go. */
import { counted } from '../../base/counted.ts'
import { MINUTE_MS } from '../../base/durations.ts'
import { step } from '../../doctor/findings.ts'
import { noCommonLogin } from '../../doctor/relay-login.ts'
import { durationWords, octetsWords } from '../../doctor/words.ts'
import { printable } from '../../journal/exim/escape.ts'
import type { FailingDestination } from '../facts.ts'
import { timeWords } from '../words.ts'
import { type FactRule, wrong, wrongOf } from './rule.ts'

const SEE_QUEUE = step('See for whom it waits, and why', 'waybill queue summary')

const queue: FactRule = {
  name: 'queue',
  source: 'facts',
  condition: ({ queueMessages }) => `more than ${queueMessages} messages wait for other servers`,
  isUrgent: false,
  command: 'waybill doctor --only queue',
  look({ queue: { messages, frozen, held, octets, oldestMs }, failing }, { queueMessages }) {
    if (messages <= queueMessages) return []
    const stopped = frozen + held === 0 ? [] : [`${frozen} frozen and ${held} held among them`]
    return [
      wrong({
        summary: `${counted(messages, 'message')} wait for other servers`,
        evidence: [
          `${octetsWords(octets)}${oldestMs === null ? '' : `, the oldest since ${timeWords(oldestMs)}`}`,
          ...stopped,
          ...failingWords(failing),
        ],
        meaning: 'Mail leaves slower than it comes, or another server does not take it.',
        remedy: [SEE_QUEUE],
      }),
    ]
  },
}

const oldest: FactRule = {
  name: 'oldest',
  source: 'facts',
  condition: ({ queueAgeMs }) =>
    `a message that nobody holds waits for longer than ${durationWords(queueAgeMs)}`,
  isUrgent: false,
  command: 'waybill queue summary',
  // What a person holds waits for that person, who knows; what is frozen waits for one who looks.
  look({ queue: { oldestUnheldMs: oldestMs }, nowMs, failing }, { queueAgeMs }) {
    if (oldestMs === null || nowMs - oldestMs <= queueAgeMs) return []
    return [
      wrong({
        summary: `the oldest message waits for more than ${durationWords(queueAgeMs)}`,
        evidence: [`it came at ${timeWords(oldestMs)}`, ...failingWords(failing)],
        meaning: 'Its sender is told of the delay, and gets it back when it cannot go at all.',
        remedy: [
          SEE_QUEUE,
          step('See the oldest ones', `waybill queue list --older ${timeArgument(queueAgeMs)}`),
          step('Try them now', 'waybill queue run --now'),
        ],
      }),
    ]
  },
}

/** `4h`, `90min`: as the filter takes it, rounded down. */
function timeArgument(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS)
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}min`
}

const relayLogin: FactRule = {
  name: 'relay-login',
  source: 'facts',
  condition: () => 'a relay refuses our login, or has none that we can use',
  isUrgent: true,
  command: 'waybill relay list',
  look({ relays }) {
    return relays.flatMap(({ name, loginRefused }) => {
      if (loginRefused === null) return []
      // No password is to blame where none could be given.
      const otherSteps = noCommonLogin(loginRefused.text, name)
      return wrongOf(name, {
        verdict: 'failing',
        summary:
          otherSteps === null
            ? `the relay ${name} refuses our login`
            : `the relay ${name} has no login that we can use`,
        evidence: [printable(loginRefused.text)],
        meaning: 'All mail that goes by it waits. Nothing is given back before it expires.',
        remedy: [
          ...(otherSteps ?? [
            step('Ask the provider whether the password or the account changed'),
            step('Give the new password', `waybill relay set ${name} --password-stdin`),
          ]),
          step('Try it', `waybill relay test ${name}`),
        ],
      })
    })
  },
}

const nothingDelivered: FactRule = {
  name: 'nothing-delivered',
  source: 'facts',
  condition: ({ nothingDeliveredMs }) =>
    `no other server took any mail for ${durationWords(nothingDeliveredMs)}, although it was tried`,
  isUrgent: true,
  command: 'waybill doctor --only connectivity,queue',
  look({ nowMs, memory, failing }, { nothingDeliveredMs }) {
    const { failingSinceMs, deliveredMs, triedMs } = memory
    if (failingSinceMs === null || nowMs - failingSinceMs < nothingDeliveredMs) return []
    // Nothing waits, and nothing was tried for as long.
    if (failing.length === 0 && nowMs - (triedMs ?? 0) >= nothingDeliveredMs) return []
    // One host that is dead is its own trouble, as long as nobody else has mail from us.
    const isAll = failing.length > 1 || failing.some(({ name }) => name.startsWith('relay:'))
    const last =
      deliveredMs === null
        ? 'no other server has taken any yet'
        : `the last one was taken at ${timeWords(deliveredMs)}`
    return [
      wrong({
        verdict: isAll ? 'failing' : 'warning',
        summary: `no other server took any mail for ${durationWords(nothingDeliveredMs)}, although it was tried`,
        evidence: [last, ...failingWords(failing)],
        meaning: isAll
          ? 'Nothing leaves this server. Mail from others is not affected.'
          : 'Only one destination was tried in this time: it may be the one at fault.',
        remedy: [
          step('See what is in the way', 'waybill doctor --only connectivity,dns,queue'),
          SEE_QUEUE,
        ],
      }),
    ]
  },
}

function failingWords(failing: readonly FailingDestination[]): readonly string[] {
  const shown = failing
    .slice(0, MOST_SHOWN)
    .map(({ name, error }) => printable(`${name}: ${error ?? 'it does not take mail'}`))
  const rest = failing.length - shown.length
  return rest > 0 ? [...shown, `and ${counted(rest, 'more destination')}`] : shown
}

const MOST_SHOWN = 3

export const QUEUE_RULES = [queue, oldest, relayLogin, nothingDelivered]
