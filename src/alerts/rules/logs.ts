/** What the logs say: guessing of passwords, and what needs a person; and ways of alerts that fail. */
import { join } from 'node:path'

import { counted } from '../../base/counted.ts'
import { HOUR_MS } from '../../base/durations.ts'
import { step } from '../../doctor/findings.ts'
import { addressInCommand, quoted } from '../../doctor/in-command.ts'
import { putAside } from '../../doctor/log/put-aside.ts'
import { printable } from '../../journal/exim/escape.ts'
import { type FactRule, type Wrong, wrong, wrongOf } from './rule.ts'

const logins: FactRule = {
  name: 'logins',
  source: 'facts',
  condition: ({ failedLogins }) =>
    `more than ${failedLogins} logins failed within an hour for one account`,
  isUrgent: false,
  command: 'waybill doctor --only authentication',
  look(facts, { failedLogins }) {
    return [...facts.failedLogins].flatMap(([account, { from, count }]) => {
      if (count <= failedLogins) return []
      const nets = from.slice(0, MOST_SHOWN).map((net) => `from ${printable(net)}`)
      return wrongOf(account, {
        summary: `more than ${failedLogins} logins of ${printable(account)} failed within an hour`,
        evidence: [`${counted(count, 'failed login')}`, ...nets],
        meaning:
          'Somebody guesses the password, or a device of the user has an old one. Guessing is slowed down by itself.',
        remedy: [
          step('See from where', `waybill log search --since 1h ${addressInCommand(account)}`),
          step('Ask the user whether a device has the old password; else give a new one'),
        ],
      })
    })
  },
  // The count begins anew with the server.
  isKnown: ({ nowMs, startedMs }) => nowMs - startedMs >= HOUR_MS,
}

const paniclog: FactRule = {
  name: 'paniclog',
  source: 'facts',
  condition: () => 'paniclog is not empty',
  isUrgent: false,
  command: 'waybill doctor --only log',
  look({ panic: { lines, last }, dataFolder }) {
    if (lines === 0) return []
    const path = join(dataFolder, 'log', 'paniclog')
    const found = wrong({
      summary: 'paniclog is not empty: something needs a person',
      evidence: last.map(printable),
      meaning: 'These lines are about what the server could not mend by itself.',
      remedy: [
        step('Read all of it', `cat ${quoted(path)}`),
        step('Put it away once it is dealt with: this alert is then over', putAside(path)),
      ],
    })
    // One who leaves it there hears of new lines.
    return [{ ...found, mark: last.at(-1) ?? '' }]
  },
}

const ways: FactRule = {
  name: 'ways',
  source: 'facts',
  condition: () => 'alerts do not get through by one of the ways',
  isUrgent: false,
  command: 'waybill alerts test',
  look({ ways: { configured, used } }) {
    return [...used].flatMap(([name, why]) =>
      why === null || !configured.has(name) ? [] : wrongOf(name, broken(name, why)),
    )
  },
  // Only by using it again; or it is not there any more.
  isKnown: ({ ways: { configured, used } }, name) => used.has(name) || !configured.has(name),
}

function broken(name: string, why: string) {
  return {
    summary: `alerts do not get through by ${name}`,
    evidence: [printable(why)],
    meaning: 'Who waits for alerts there hears of nothing.',
    remedy: [
      step('Look at its keys in the configuration', 'waybill config show alerts'),
      step('Try it: when it works, this is over', 'waybill alerts test'),
    ],
  }
}

/** Well whenever there are facts: that they cannot be had is found where they are gathered. */
const blind: FactRule = {
  name: 'blind',
  source: 'facts',
  condition: () => 'the server cannot look at itself: no other alert comes',
  isUrgent: true,
  command: 'waybill doctor',
  look: () => [],
}

export function blindBecause(why: string): Wrong {
  return wrong({
    verdict: 'failing',
    summary: 'the server cannot look at itself: no other alert comes until it can',
    evidence: [printable(why)],
    meaning: 'What is wrong with mail meanwhile, nobody is told.',
    remedy: [
      step('Look by hand, from outside of the server', 'waybill doctor'),
      step('Mend what is named above; it looks again by itself'),
    ],
  })
}

const MOST_SHOWN = 3

export const LOG_RULES = [logins, paniclog, ways, blind]
