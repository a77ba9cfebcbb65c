/** Facts → a report: what is said, in which order. */
import type { ReportFacts } from './facts.ts'
import { isSilent, statusOf } from './judge.ts'
import { activity, authentication, errors, users } from './log-sections.ts'
import { comparison, health, queue, relays, services } from './own-sections.ts'
import { steps, summary } from './summary.ts'
import type { Report, Section } from './types.ts'
import { minuteText } from './words.ts'
import { withoutSecretsIn } from '../trace/secrets.ts'

export function reportFrom(facts: ReportFacts): Report {
  const { host, zone, sinceMs, untilMs } = facts
  const sections: readonly (Section | null)[] = isSilent(facts)
    ? [summary(facts), steps(facts)]
    : [
        summary(facts),
        services(facts),
        queue(facts),
        relays(facts),
        activity(facts),
        authentication(facts),
        errors(facts),
        health(facts),
        comparison(facts),
        users(facts),
        steps(facts),
      ]
  return withoutSecretsIn({
    title: `Mail at ${host}`,
    period: `${minuteText(sinceMs, zone)} to ${minuteText(untilMs, zone)}`,
    status: statusOf(facts),
    sections: sections.filter((section) => section !== null),
  })
}
