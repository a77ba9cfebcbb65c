import type { Step } from './steps.ts'
import type { ErrorDirection, ErrorFacts, ErrorPhase, MailServer, Reason } from './types.ts'

/**
 * What an error must look like. Every field that is given must agree; within one field any value
 * will do. At least one of `text`, `enhanced` and `codes` is given, so that a rule can be looked up.
 */
export interface Match {
  /**
   * Words of the error, see `pattern.ts`: lower case, `*` for anything between, `|` for the edge of
   * a word. Addresses are compared as `@`, so that no pattern is found in a local part.
   */
  readonly text?: readonly string[]
  /** None of these words is there. */
  readonly without?: readonly string[]
  /** `5.7.26`; `x.7.25` for both classes; `5.7.606-649` for a range of details. */
  readonly enhanced?: readonly string[]
  readonly codes?: readonly number[]
  readonly phases?: readonly ErrorPhase[]
  /** Ends of the remote host's name, `google.com` also matching `mx.google.com`. */
  readonly hosts?: readonly string[]
  readonly direction?: ErrorDirection
  /** Only deferrals, or only final failures; facts that do not say are taken for either. */
  readonly temporary?: boolean
}

/** An error that must get this rule; the text alone, or with what the log knows besides. */
export type Example = string | readonly [text: string, known: Partial<Omit<ErrorFacts, 'text'>>]

/** One row of the table. */
export interface Rule extends Omit<Reason, 'remedy'> {
  readonly remedy: readonly Step[]
  /** Whose words these are, when the remedy is for this server alone. */
  readonly of?: MailServer
  /** Any of several forms. */
  readonly match: Match | readonly Match[]
  /** Only the class of a code is explained, the words are not known. */
  readonly isFallback?: true
  readonly examples: readonly Example[]
}
