/** Short ways to say what was found. */
import type { Check, Finding, Step } from './types.ts'

/** What is the same in all findings of a check. */
type Of = Pick<Check<never>, 'id'>

/** @param evidence  what was seen; at least one line, or it is no proof */
export function ok(
  { id }: Of,
  summary: string,
  evidence: readonly string[],
  more: Partial<Pick<Finding, 'subject' | 'figures'>> = {},
): Finding {
  return { ...NOTHING, ...more, check: id, verdict: 'ok', summary, evidence }
}

/**
 * @param why  the whole sentence: what was not looked at, and what would make it possible
 * @param remedy  what to type for that; none where another check says it, or where nothing is missed
 */
export function skipped(
  { id }: Of,
  why: string,
  subject: string | null = null,
  remedy: readonly Step[] = [],
): Finding {
  return { ...NOTHING, check: id, subject, verdict: 'skipped', summary: why, remedy }
}

/** What is wrong: all of it has to be said. */
export type Trouble = Pick<Finding, 'summary' | 'evidence' | 'remedy'> & {
  readonly meaning: string
} & Partial<Pick<Finding, 'subject' | 'fix' | 'figures'>>

export function warning({ id }: Of, trouble: Trouble): Finding {
  return { ...NOTHING, ...trouble, check: id, verdict: 'warning' }
}

export function failing({ id }: Of, trouble: Trouble): Finding {
  return { ...NOTHING, ...trouble, check: id, verdict: 'failing' }
}

/** @param command  null: it is done elsewhere than on this machine */
export function step(text: string, command: string | null = null): Step {
  return { text, command }
}

const NOTHING = {
  subject: null,
  evidence: [],
  meaning: null,
  remedy: [],
  fix: null,
  figures: {},
} as const
