/** The errors of a log by what they mean: counted by shape, looked up once for each shape. */
import { explainEvent } from './event-error.ts'
import type { MailServer, Reason } from './reasons/types.ts'
import type { ErrorShape, ErrorType, FaultyEvent } from '../trace/statistics/statistics.ts'

export interface ReasonCount {
  readonly reason: Reason
  /** False when no rule knows the text: then only the class of its code is explained. */
  readonly isKnown: boolean
  readonly count: number
  readonly counts: { readonly [T in ErrorType]: number }
  /** The text of the most frequent one, whole. */
  readonly example: string
  /** The other server of that one, lower case; null: it is about none, or does not tell. */
  readonly host: string | null
}

/**
 * The most frequent reason first. `errors` come in that order too.
 * @param log  whose log it is, where an error itself does not tell
 */
export function reasonsOf(
  errors: readonly ErrorShape[],
  log: MailServer | null = null,
): ReasonCount[] {
  const found = new Map<string, { -readonly [Key in keyof ReasonCount]: ReasonCount[Key] }>()
  for (const { count, type, example } of errors) {
    const explanation = explainEvent(example, log)
    if (explanation === null) continue
    const { reason, isKnown, facts } = explanation
    const known = found.get(reason.id) ?? {
      ...{ reason, isKnown, count: 0, counts: NONE },
      ...{ example: errorText(example), host: facts.host },
    }
    known.count += count
    known.counts = { ...known.counts, [type]: known.counts[type] + count }
    found.set(reason.id, known)
  }
  return [...found.values()].sort((one, other) => other.count - one.count)
}

const NONE: ReasonCount['counts'] = {
  failed: 0,
  deferred: 0,
  rejected: 0,
  temporarilyRejected: 0,
  notFiled: 0,
}

/** The error in the words of the log. */
export function errorText(event: FaultyEvent): string {
  return event.reason ?? 'it could not be saved'
}
