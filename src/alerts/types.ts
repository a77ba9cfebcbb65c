/** What can be wrong, what was said of it, and what is to be said. */
import type { Finding } from '../doctor/types.ts'

/** The doctor's explanation, as it is kept. Nothing a stranger wrote is in it unescaped. */
export type Said = Pick<Finding, 'verdict' | 'summary' | 'evidence' | 'meaning' | 'remedy'>

/** A rule found something wrong. */
export interface Look {
  readonly rule: RuleName
  /** What it is about: an account, a relay, a domain; '' where there is only one. */
  readonly subject: string
  readonly said: Said
  /** Another one than before: there is more of it, and it may be told again, once a day. Null: never. */
  readonly mark: string | null
}

export const RULE_NAMES = [
  ...(['queue', 'oldest', 'disk', 'disk-full', 'inodes', 'memory', 'logins'] as const),
  ...(['paniclog', 'relay-login', 'nothing-delivered', 'certificate'] as const),
  ...(['blocklist', 'dns', 'backup', 'ways', 'blind'] as const),
]
export type RuleName = (typeof RULE_NAMES)[number]

export type AlertState = 'seen' | 'firing' | 'resolved'

/** One thing that is wrong, or was: a row of the table `alert`. */
export interface Alert {
  readonly rule: RuleName
  readonly subject: string
  readonly state: AlertState
  /** When it was first seen. */
  readonly sinceMs: number
  /** When it came into this state. */
  readonly changedMs: number
  /** When people were told of this state; null: not yet. Nobody is told of `seen`. */
  readonly toldMs: number | null
  /** Of the last time that it was wrong. */
  readonly said: Said
  readonly mark: string | null
  /** The mark that it had when people were told of it. */
  readonly toldMark: string | null
  /** How bad it was said to be at the worst when people were told of it; null: they were not. */
  readonly toldVerdict: Said['verdict'] | null
  /** How often it came back soon after it was over: the longer it must be well to be over again. */
  readonly returns: number
  /** Good evaluations in a row while it fires. Not kept: after a restart it begins again. */
  readonly goodLooks: number
}

/** Until when nobody is told of a rule; the subject '' is all of them. */
export interface Snooze {
  readonly rule: RuleName
  readonly subject: string
  readonly untilMs: number
  readonly by: string
}

/** An alert that is to be told. */
export interface Telling {
  readonly alert: Alert
  /** It may have been told before: the server ended while it did. */
  readonly isAgain: boolean
}

/** Tells rule and subject from all others. */
export function keyOf({ rule, subject }: Pick<Alert, 'rule' | 'subject'>): string {
  return `${rule} ${subject}`
}
