/** All rules, and how they are asked. */
import type { AlertLimits } from '../config/alerts.ts'
import { NOT_KNOWN } from '../doctor/examine.ts'
import type { Finding } from '../doctor/types.ts'
import { withoutSecrets } from '../trace/secrets.ts'
import type { Evaluation } from './engine.ts'
import type { Facts } from './facts.ts'
import { blindBecause, LOG_RULES } from './rules/logs.ts'
import { MACHINE_RULES } from './rules/machine.ts'
import { isOf, NETWORK_RULES } from './rules/network.ts'
import { QUEUE_RULES } from './rules/queue.ts'
import type { FindingContext, FindingRule, Rule, Wrong } from './rules/rule.ts'
import type { Look, RuleName } from './types.ts'

const FACT_RULES = [...QUEUE_RULES, ...MACHINE_RULES, ...LOG_RULES]

export const RULES: readonly Rule[] = [...FACT_RULES, ...NETWORK_RULES]

const BY_NAME: ReadonlyMap<RuleName, Rule> = new Map(RULES.map((rule) => [rule.name, rule]))

export function ruleOf(name: RuleName): Rule {
  const rule = BY_NAME.get(name)
  if (rule === undefined) throw new Error(`there is no rule ${name}`)
  return rule
}

export function evaluationOfFacts(facts: Facts, limits: AlertLimits): Evaluation {
  const looks = FACT_RULES.flatMap((rule) => looksOf(rule, rule.look(facts, limits)))
  const isKnown = (name: RuleName, subject: string) => {
    const rule = FACT_RULES.find((one) => one.name === name)
    return rule !== undefined && (rule.isKnown?.(facts, subject) ?? true)
  }
  return { looks, isKnown, nowMs: facts.nowMs }
}

/** Of a look that came to no end. @param why  what was in the way */
export function evaluationOfBlind(why: string, nowMs: number): Evaluation {
  return { looks: looksOf({ name: 'blind' }, [blindBecause(why)]), isKnown: () => false, nowMs }
}

/** @param nowMs  when the checks were done */
export function evaluationOfFindings(
  findings: readonly Finding[],
  limits: AlertLimits,
  context: FindingContext,
  nowMs: number,
): Evaluation {
  const known = new Map<RuleName, (subject: string) => boolean>()
  const looks = NETWORK_RULES.flatMap((rule) => {
    const all = findings.filter((finding) => isOf(rule, finding))
    const good = all.filter((finding) => finding.figures['isKnown'] !== NOT_KNOWN.isKnown)
    known.set(rule.name, knownSubjects(rule, all, good))
    return looksOf(rule, rule.look(good, limits, context))
  })
  const isKnown = (name: RuleName, subject: string) => known.get(name)?.(subject) ?? false
  return { looks, isKnown, nowMs }
}

/**
 * What was skipped is not known. What no check speaks of any more, a domain that is gone, counts as
 * well, unless a check came to no end: it may have been about that.
 */
function knownSubjects(
  rule: FindingRule,
  all: readonly Finding[],
  good: readonly Finding[],
): (subject: string) => boolean {
  const isWhole = all.length > 0 && good.length === all.length
  const skipped = new Set<string>()
  const seen = new Set<string>()
  for (const finding of good)
    (finding.verdict === 'skipped' ? skipped : seen).add(rule.subjectOf(finding))
  // A check that was skipped as a whole has no subjects.
  const isSkipped = good.some(({ verdict, subject }) => verdict === 'skipped' && subject === null)
  return (subject) => seen.has(subject) || (isWhole && !isSkipped && !skipped.has(subject))
}

function looksOf({ name }: Pick<Rule, 'name'>, found: readonly Wrong[]): readonly Look[] {
  return found.slice(0, MOST_SUBJECTS).map(({ subject, said, mark = null }) => ({
    rule: name,
    ...{ subject, mark },
    said: { ...said, evidence: said.evidence.slice(0, MOST_EVIDENCE).map(shortened) },
  }))
}

/** What others said can quote a password, and can be long. */
function shortened(line: string): string {
  const safe = withoutSecrets(line)
  return safe.length > MOST_CHARS ? `${safe.slice(0, MOST_CHARS).toWellFormed()} …` : safe
}

/** Of one rule at once; the others come when these are over. */
const MOST_SUBJECTS = 50
const MOST_EVIDENCE = 10
const MOST_CHARS = 500
