/** The tables `alert` and `snooze`, and what is remembered beside them. */
import { all, change, defineWrite, type Steps } from '../db/statement.ts'
import { remember, remembered } from '../doctor/history.ts'
import { type Alert, RULE_NAMES, type RuleName, type Said, type Snooze } from './types.ts'

/** Of what people are being told: written before, so that a crash in between is known afterwards. */
export interface Underway {
  readonly rule: RuleName
  readonly subject: string
  readonly state: Alert['state']
  /** How often it was begun. */
  readonly times: number
}

/** What the rules need to know of the time before a restart. */
export interface Memory {
  /** When another server last took a message; null: never. */
  readonly deliveredMs: number | null
  /** Since when nothing was taken although it was tried; null: the last try went well. */
  readonly failingSinceMs: number | null
  /** The last try; null: none. */
  readonly triedMs: number | null
  /** Checks of DNS that were well once, with their subjects. */
  readonly wellDns: readonly string[]
  /** When the last daily mail was due; null: never. */
  readonly dailyMs: number | null
}

export const NO_MEMORY: Memory = {
  ...{ deliveredMs: null, failingSinceMs: null, triedMs: null },
  ...{ wellDns: [], dailyMs: null },
}

export interface SaveArgs {
  readonly atMs: number
  readonly changed: readonly Alert[]
  readonly gone: readonly Pick<Alert, 'rule' | 'subject'>[]
  /** Undefined: as it was. */
  readonly underway?: readonly Underway[]
  readonly memory?: Memory
}

/** The column `finding`. */
type Kept = Said &
  Pick<Alert, 'mark' | 'toldMark'> &
  Partial<Pick<Alert, 'toldVerdict' | 'returns'>>

/** All of it in one commit. */
export const saveAlerts = defineWrite('saveAlerts', function* (args: SaveArgs): Steps<void> {
  const { atMs, changed, gone, underway, memory } = args
  for (const { rule, subject } of gone)
    yield* change('DELETE FROM alert WHERE rule = ? AND subject = ?', rule, subject)
  for (const { rule, subject, state, sinceMs, changedMs, toldMs, said, ...marks } of changed) {
    const { mark, toldMark, toldVerdict, returns } = marks
    const kept: Kept = { ...said, mark, toldMark, toldVerdict, returns }
    yield* change(
      'INSERT OR REPLACE INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ...[rule, subject, state, sinceMs, changedMs, toldMs, said.summary, JSON.stringify(kept)],
    )
  }
  if (underway !== undefined)
    yield* remember.run({ topic: UNDERWAY, atMs, value: underway.map((one) => ({ ...one })) })
  if (memory !== undefined)
    yield* remember.run({
      ...{ topic: MEMORY, atMs },
      value: { ...memory, wellDns: [...memory.wellDns] },
    })
  // Of those that are over nobody needs to know.
  yield* change('DELETE FROM snooze WHERE until_ms < ?', atMs)
})

export const snoozeAlerts = defineWrite(
  'snoozeAlerts',
  function* ({ rule, subject, untilMs, by }: Snooze): Steps<void> {
    yield* change(
      'INSERT OR REPLACE INTO snooze VALUES (?, ?, ?, ?)',
      ...[rule, subject, untilMs, by],
    )
  },
)

/** Gives how many there were. */
export const unsnoozeAlerts = defineWrite(
  'unsnoozeAlerts',
  function* ({ rule, subject }: Pick<Snooze, 'rule' | 'subject'>): Steps<number> {
    const { rows } = yield* change(
      'DELETE FROM snooze WHERE rule = ? AND subject = ?',
      rule,
      subject,
    )
    return rows
  },
)

/** The oldest first. What rules of another version left is not among them. */
export function* readAlerts(): Steps<readonly Alert[]> {
  const rows = yield* all<Omit<Alert, keyof Kept | 'said' | 'goodLooks'> & { finding: string }>(
    `SELECT rule, subject, state, since_ms AS sinceMs, changed_ms AS changedMs, told_ms AS toldMs,
       finding FROM alert ORDER BY since_ms, rule, subject`,
  )
  return rows
    .filter(({ rule }) => RULE_NAMES.includes(rule))
    .map(({ finding, ...row }) => {
      const kept: Kept = JSON.parse(finding)
      const { mark, toldMark, toldVerdict = null, returns = 0, ...said } = kept
      return { ...row, said, mark, toldMark, toldVerdict, returns, goodLooks: 0 }
    })
}

/** Those that are over are left out. */
export function* readSnoozes(nowMs: number): Steps<readonly Snooze[]> {
  return yield* all<Snooze>(
    `SELECT rule, subject, until_ms AS untilMs, by FROM snooze WHERE until_ms > ?
     ORDER BY rule, subject`,
    nowMs,
  )
}

export function* readUnderway(): Steps<readonly Underway[]> {
  return ((yield* remembered(UNDERWAY))?.value ?? []) as unknown as readonly Underway[]
}

export function* readMemory(): Steps<Memory> {
  const kept = (yield* remembered(MEMORY))?.value as Partial<Memory> | undefined
  return { ...NO_MEMORY, ...kept }
}

const UNDERWAY = 'alerts.underway'
const MEMORY = 'alerts'
