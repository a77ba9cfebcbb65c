/**
 * Runs checks side by side, each within its time and all within the whole time, whatever hangs. What
 * a check says is itself looked at: praise without evidence is a fault of the check, and said.
 */
import type { Clock } from '../base/clock.ts'
import { messageOf, OperatorFault, systemCodeOf } from '../base/faults.ts'
import { CannotLook } from './cannot-look.ts'
import { failing, skipped, step, warning } from './findings.ts'
import { quoted } from './in-command.ts'
import { type Check, type Examination, type Finding, GROUPS } from './types.ts'

export interface ExamineOptions {
  readonly clock: Clock
  /** For one check, both of its tries together. */
  readonly checkMs: number
  /** For all of them. */
  readonly wholeMs: number
  /** Checks at once. */
  readonly atOnce: number
  /** Between the two tries of a check that asks the network. */
  readonly pauseMs: number
  onProgress(progress: Progress): void
}

export interface Progress {
  readonly done: number
  readonly total: number
  /** Titles of what is being looked at. */
  readonly running: readonly string[]
}

/** Findings in the order of the groups, and of the checks within. Never throws. */
export async function examine<World>(
  checks: readonly Check<World>[],
  world: World,
  options: ExamineOptions,
): Promise<Examination> {
  const { clock, wholeMs, atOnce, onProgress } = options
  const startedMs = clock.nowMs()
  const endMs = clock.monotonicMs() + wholeMs
  const found = new Map<Check<World>, readonly Finding[]>()
  const running = new Set<string>()
  const waiting = checks.values()
  const tell = () => onProgress({ done: found.size, total: checks.length, running: [...running] })
  // Each worker takes the next check that nobody has.
  const work = async () => {
    for (const check of waiting) {
      running.add(check.title)
      tell()
      const leftMs = endMs - clock.monotonicMs()
      found.set(check, await look(check, world, Math.min(options.checkMs, leftMs), options))
      running.delete(check.title)
      tell()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const findings = GROUPS.flatMap((group) =>
    checks.filter((check) => check.group === group).flatMap((check) => found.get(check) ?? []),
  )
  return { startedMs, endedMs: clock.nowMs(), findings }
}

/** Both tries of one check, within its time. */
async function look<World>(
  check: Check<World>,
  world: World,
  forMs: number,
  options: ExamineOptions,
): Promise<readonly Finding[]> {
  const { clock, pauseMs } = options
  if (forMs <= 0) return [notInTime(check, 0)]
  const control = new AbortController()
  const ended = Promise.withResolvers<readonly Finding[]>()
  let found: readonly Finding[] | null = null
  using _timer = clock.after(forMs, () => {
    control.abort()
    // A second try that hangs leaves what the first one found.
    ended.resolve(found ?? [notInTime(check, forMs)])
  })
  const tries = async (): Promise<readonly Finding[]> => {
    const first = await once(check, world, control.signal)
    if (!check.isNetwork || !first.some(isTrouble)) return first
    found = first
    await pause(clock, pauseMs, control.signal)
    const second = await once(check, world, control.signal)
    // What only the first try found came and went.
    return second.map((finding) => withFirst(finding, first))
  }
  return await Promise.race([tries(), ended.promise])
}

async function once<World>(
  check: Check<World>,
  world: World,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    const findings = await check.look(world, signal)
    if (findings.length === 0) return [ownFault(check, 'it said nothing')]
    return findings.map((finding) =>
      finding.verdict !== 'skipped' && finding.evidence.length === 0
        ? ownFault(check, 'it gave no evidence')
        : finding,
    )
  } catch (error) {
    if (error instanceof CannotLook) return [skipped(check, error.message)]
    return [machineFault(check, error) ?? ownFault(check, messageOf(error))]
  }
}

function withFirst(finding: Finding, first: readonly Finding[]): Finding {
  const before = first.find(
    ({ check, subject }) => check === finding.check && subject === finding.subject,
  )
  if (before === undefined || !isTrouble(before) || isTrouble(finding)) return finding
  return { ...finding, evidence: [...finding.evidence, `the first try failed: ${before.summary}`] }
}

export function isTrouble({ verdict }: Finding): boolean {
  return verdict === 'warning' || verdict === 'failing'
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => over.resolve(), { once: true })
  using _timer = clock.after(ms, () => over.resolve())
  await over.promise
}

function notInTime({ id, title, isNetwork }: Check<never>, forMs: number): Finding {
  const seconds = Math.round(forMs / 100) / 10
  return warning(
    { id },
    {
      summary: `${title}: no result within ${seconds} s`,
      evidence: [`it was stopped after ${seconds} s`],
      meaning: isNetwork
        ? 'What it asks does not answer, or answers very slowly. Whether all is well is not known.'
        : 'This machine is very busy, or a disk does not answer. Whether all is well is not known.',
      remedy: [
        step('Look at it alone, when the machine is less busy', `waybill doctor --only ${id}`),
      ],
      figures: NOT_KNOWN,
    },
  )
}

/** A check that cannot be trusted must not look like a healthy one. */
function ownFault({ id, title }: Check<never>, why: string): Finding {
  return failing(
    { id },
    {
      summary: `${title}: the check itself failed: ${why}`,
      evidence: [why],
      meaning: 'Nothing is known of what it looks at.',
      remedy: [step('Please report this as a fault of Waybill')],
      figures: NOT_KNOWN,
    },
  )
}

/** What the check needs is there, and the machine does not give it. Null: that is not why it failed. */
function machineFault({ id, title }: Check<never>, error: unknown): Finding | null {
  const fault = error instanceof OperatorFault ? (error.cause ?? error) : error
  const code = systemCodeOf(fault) ?? ''
  if (code === 'ERR_SQLITE_ERROR') return databaseFault({ id, title }, messageOf(fault))
  if (!DENIED.has(code) && code !== 'EIO') return null
  const path = fault instanceof Error && 'path' in fault ? String(fault.path) : null
  const look = step('See whose it is', path === null ? null : `ls -ld ${quoted(path)}`)
  return failing(
    { id },
    {
      summary: `${title}: nothing is to be seen: ${messageOf(error)}`,
      evidence: [messageOf(fault)],
      meaning: DENIED.has(code)
        ? 'Nothing is known of what it looks at. If the server is the same user, it cannot use it either.'
        : 'Nothing is known of what it looks at. The disk does not give back what was written to it.',
      remedy: DENIED.has(code)
        ? [look, step('Give it to the user of the server, or look as root')]
        : [step('See what the disk says', 'dmesg --level=err,crit; smartctl -a /dev/sda')],
      figures: NOT_KNOWN,
    },
  )
}

function databaseFault({ id, title }: Pick<Check<never>, 'id' | 'title'>, why: string): Finding {
  return failing(
    { id },
    {
      summary: `${title}: the database cannot be read: ${why}`,
      evidence: [why],
      meaning: 'Nothing is known of what it looks at.',
      remedy: [step('See whether it is damaged', 'waybill doctor --only storage.integrity')],
      figures: NOT_KNOWN,
    },
  )
}

const DENIED: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/** The check came to no end: whether what it looks at is well is not known. */
export const NOT_KNOWN = { isKnown: false } as const
