/** What a rule is. Each is a pure function from facts, or from findings of the doctor, to what is wrong. */
import type { AlertLimits } from '../../config/alerts.ts'
import type { Finding } from '../../doctor/types.ts'
import type { Facts } from '../facts.ts'
import type { RuleName, Said } from '../types.ts'

interface AnyRule {
  readonly name: RuleName
  /** `more than 50 messages wait`: when it is wrong. */
  condition(limits: AlertLimits): string
  /** Breaks through the quiet hours when it is failing. */
  readonly isUrgent: boolean
  /** The command to look further. */
  readonly command: string
}

/** Looks at what the server knows itself. */
export interface FactRule extends AnyRule {
  readonly source: 'facts'
  look(facts: Facts, limits: AlertLimits): readonly Wrong[]
  /** Whether it can be told that it is well; without: it always can. */
  isKnown?(facts: Facts, subject: string): boolean
}

/** Looks at what checks of the doctor found, which ask the network. */
export interface FindingRule extends AnyRule {
  readonly source: 'findings'
  /** Which checks: `tls.expiry`, or a group, `dns`. */
  readonly checks: readonly string[]
  look(findings: readonly Finding[], limits: AlertLimits, context: FindingContext): readonly Wrong[]
  /** What a finding is about, as a subject of this rule. */
  subjectOf(finding: Finding): string
}

export interface FindingContext {
  /** Checks with their subjects that were well once, as {@link FindingRule.subjectOf} has them. */
  readonly wellDns: ReadonlySet<string>
}

export type Rule = FactRule | FindingRule

export interface Wrong {
  readonly subject: string
  readonly said: Said
  /** As in `Look`; undefined is null. */
  readonly mark?: string
}

/** What is wrong, where there is only one of it. */
export function wrong(said: Partial<Said> & Pick<Said, 'summary' | 'evidence'>): Wrong {
  return wrongOf('', said)
}

export function wrongOf(
  subject: string,
  said: Partial<Said> & Pick<Said, 'summary' | 'evidence'>,
): Wrong {
  return { subject, said: { verdict: 'warning', meaning: null, remedy: [], ...said } }
}

/** As the doctor explains it. */
export function asFound(subject: string, finding: Finding): Wrong {
  const { verdict, summary, evidence, meaning, remedy } = finding
  return { subject, said: { verdict, summary, evidence, meaning, remedy } }
}
