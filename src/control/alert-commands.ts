/** Alerts over the control socket. */
import { Refusal } from '../base/faults.ts'
import type { AlertDesk, AlertsShown, AlertTest, AlertWays, SnoozeRequest } from './types.ts'

/** What each command takes and gives. */
export interface AlertCommands {
  'alerts.list': { args: Record<never, never>; result: AlertsShown }
  'alerts.snooze': { args: SnoozeRequest; result: AlertsShown }
  'alerts.unsnooze': { args: Pick<SnoozeRequest, 'rule' | 'subject'>; result: AlertsShown }
  'alerts.ways': { args: Record<never, never>; result: AlertWays }
  'alerts.test': { args: { way?: string }; result: AlertTest }
}

/** What they work on. */
export interface AlertOffice {
  readonly alerts: AlertDesk
}

type Run<Name extends keyof AlertCommands> = (
  office: AlertOffice,
  args: AlertCommands[Name]['args'],
) => AlertCommands[Name]['result'] | Promise<AlertCommands[Name]['result']>

export const RUN_ALERTS: { readonly [Name in keyof AlertCommands]: Run<Name> } = {
  'alerts.list': ({ alerts }) => alerts.list(),
  'alerts.snooze': async ({ alerts }, request) => await alerts.snooze(checked(request)),
  'alerts.unsnooze': async ({ alerts }, { rule, subject }) =>
    await alerts.unsnooze({ rule: text(rule), subject: text(subject) }),
  'alerts.ways': ({ alerts }) => alerts.ways(),
  'alerts.test': async ({ alerts }, { way }) => await alerts.test(way),
}

export const ALERTS_REQUIRED: { readonly [Name in keyof AlertCommands]: readonly string[] } = {
  'alerts.list': [],
  'alerts.snooze': ['rule', 'subject', 'forMs', 'by'],
  'alerts.unsnooze': ['rule', 'subject'],
  'alerts.ways': [],
  'alerts.test': [],
}

/** It comes from another program, perhaps of another version. */
function checked({ rule, subject, forMs, by }: SnoozeRequest): SnoozeRequest {
  if (!Number.isSafeInteger(forMs) || forMs <= 0 || forMs > MOST_MS)
    throw new Refusal('invalid', 'snooze for a year at most')
  return { rule: text(rule), subject: text(subject), forMs, by: text(by) }
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value.length > MOST_CHARS)
    throw new Refusal('invalid', 'rule, subject and by are texts')
  return value
}

const MOST_MS = 366 * 24 * 3_600_000
const MOST_CHARS = 500
