/** What is looked at, and what is said of it: of this server and of others, by one form. */
import type { JsonValue } from '../base/json-value.ts'

/** `skipped`: it could not be looked at here, and why stands in the summary. It is no praise. */
export type Verdict = 'ok' | 'skipped' | 'warning' | 'failing'

/** In the order a postmaster works. */
export const GROUPS = [
  ...(['services', 'queue', 'log', 'connectivity', 'dns', 'ports', 'authentication'] as const),
  ...(['tls', 'storage', 'time', 'backups', 'configuration'] as const),
]
export type Group = (typeof GROUPS)[number]

/** What one look found. Texts are plain: nothing a stranger wrote is in them unescaped. */
export interface Finding {
  /** `dns.spf`: the group and what is looked at; the same in each run, for scripts and alerts. */
  readonly check: string
  /** Which of several: a domain, a listener, a file; null: there is only one. */
  readonly subject: string | null
  readonly verdict: Verdict
  /** One sentence: what is the case. */
  readonly summary: string
  /** What was seen, a line each. Never empty, but of what was skipped. */
  readonly evidence: readonly string[]
  /** What it does to mail; null where nothing is wrong. */
  readonly meaning: string | null
  /** What to do about it, in order; empty where nothing is wrong. Of what was skipped: to see it next time. */
  readonly remedy: readonly Step[]
  /** What `--fix` would do; null: nothing safe. */
  readonly fix: Fix | null
  /** Numbers for machines: `{ messages: 12, oldestMs: 360000 }`. */
  readonly figures: Readonly<Record<string, JsonValue>>
}

export interface Step {
  readonly text: string
  /** To be typed as it stands; null: there is none. */
  readonly command: string | null
}

/** Something safe that mends it: nothing is deleted, and nothing is changed that mail depends on. */
export interface Fix {
  /** `set the mode of … to 0600` */
  readonly what: string
  /** @throws Error why it could not be done */
  apply(): Promise<void>
}

/** Looks at one thing, or at each of several of a kind. `World` is what it may look at. */
export interface Check<World> {
  /** `dns.spf` */
  readonly id: string
  readonly group: Group
  /** `SPF records`, for the progress and the list of checks. */
  readonly title: string
  /** Asks something that is not on this machine: what fails is tried once more before it is said. */
  readonly isNetwork: boolean
  /** What it would run or ask, for `--explain`: commands, or sentences in brackets. */
  readonly explain: readonly string[]
  /**
   * At least one finding: a check that finds nothing to look at says so, with `skipped`.
   * @param signal  aborted when its time is over
   * @throws whatever goes wrong with the look itself; that is said as a finding
   */
  look(world: World, signal: AbortSignal): Promise<readonly Finding[]>
}

/** All that was found, and how it was. */
export interface Examination {
  readonly startedMs: number
  readonly endedMs: number
  readonly findings: readonly Finding[]
}
