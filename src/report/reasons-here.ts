/** Errors of our own log are mended with our own commands: which relay, and which server, is known. */
import { withServer } from '../doctor/for-this-server.ts'
import { remedyAt } from '../doctor/relay-login.ts'
import type { OwnFacts } from './facts.ts'
import type { LogFacts } from './log-facts.ts'

/** The same facts; the commands of remedies say which relay and which server they are for. */
export function reasonsHere(
  log: LogFacts,
  { relays, sameServer }: Pick<OwnFacts, 'relays' | 'sameServer'>,
): LogFacts {
  const here = (remedy: readonly string[], host: string | null) =>
    remedyAt(remedy, host, relays ?? []).map(
      (text) => withServer({ text, command: null }, sameServer).text,
    )
  return {
    ...log,
    reasons: log.reasons.map((one) => ({
      ...one,
      reason: { ...one.reason, remedy: here(one.reason.remedy, one.host) },
    })),
    alarms: log.alarms.map((one) => ({
      ...one,
      reason: { ...one.reason, remedy: here(one.reason.remedy, null) },
    })),
  }
}
