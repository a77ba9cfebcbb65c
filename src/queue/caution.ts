import { MINUTE_MS } from '../base/durations.ts'
import { factsOf } from '../diagnosis/reasons/facts.ts'
import { explainError } from '../diagnosis/reasons/explain.ts'
import type { Category } from '../diagnosis/reasons/types.ts'
import type { Failure } from './runner-types.ts'

/**
 * How long a whole destination is left alone at least, milliseconds, because of what it said: that
 * we send too much, or that it does not trust us. 0: it said nothing of the kind.
 */
export function cautionMs({ text, reply, kind }: Failure): number {
  if (reply === null) return 0
  const known = { direction: 'outbound', temporary: kind === 'deferred' } as const
  return CAUTION_MS[explainError(factsOf(text, known)).reason.category] ?? 0
}

const CAUTION_MS: Partial<Record<Category, number>> = {
  rateLimited: 15 * MINUTE_MS,
  reputation: 60 * MINUTE_MS,
  blocklisted: 60 * MINUTE_MS,
}
