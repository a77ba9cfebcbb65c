/** What `waybill alerts` works with: of a running server, or of its folder. */
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import type { AlertDesk, AlertsShown } from '../control/types.ts'
import type { Database } from '../db/database.ts'
import { readAlerts, readSnoozes, snoozeAlerts, unsnoozeAlerts } from './rows.ts'
import { ruleOf } from './rules.ts'
import { type Alert, RULE_NAMES, type RuleName } from './types.ts'
import type { Watch } from './watch.ts'

export interface DeskOptions {
  readonly database: Database
  readonly clock: Clock
  /** Undefined without a running server, or where it has no alerts. */
  readonly watch: Watch | undefined
}

export function alertDesk({ database, clock, watch }: DeskOptions): AlertDesk {
  const list = (): AlertsShown => ({
    nowMs: clock.nowMs(),
    alerts: (watch?.alerts ?? database.read(readAlerts())).map(shown),
    snoozes: database.read(readSnoozes(clock.nowMs())),
  })
  return {
    list,
    async snooze({ rule, subject, forMs, by }) {
      const untilMs = clock.nowMs() + forMs
      await database.write(snoozeAlerts, { rule: ruleNamed(rule), subject, untilMs, by })
      return list()
    },
    async unsnooze({ rule, subject }) {
      const count = await database.write(unsnoozeAlerts, { rule: ruleNamed(rule), subject })
      if (count === 0) throw new Refusal('notFound', `${rule} is not snoozed`)
      return list()
    },
    ways: () => ({ ways: running(watch).wayNames }),
    test: async (way) => ({ ways: await running(watch).test(way) }),
  }
}

/** @throws Refusal notFound */
function running(watch: Watch | undefined): Watch {
  if (watch === undefined)
    throw new Refusal('notFound', 'no server that tells of alerts runs on this data folder')
  return watch
}

function shown({ rule, subject, state, sinceMs, changedMs, toldMs, said }: Alert) {
  const { command } = ruleOf(rule)
  return { rule, subject, state, sinceMs, changedMs, toldMs, ...said, command }
}

/** @throws Refusal invalid */
function ruleNamed(text: string): RuleName {
  const rule = RULE_NAMES.find((name) => name === text)
  if (rule === undefined)
    throw new Refusal('invalid', `there is no rule ${text}; there are ${RULE_NAMES.join(', ')}`)
  return rule
}
