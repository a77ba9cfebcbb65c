/** What the doctor found is kept for its next run, and for reports. */
import { systemCodeOf } from '../../base/faults.ts'
import type { JsonValue } from '../../base/json-value.ts'
import { NOT_KNOWN } from '../../doctor/examine.ts'
import { type Remembered, remembered } from '../../doctor/history.ts'
import type { Examination, Finding } from '../../doctor/types.ts'
import type { World } from '../../doctor/world.ts'

/** What is other than at the last whole run. */
export interface Change {
  /** When that was. */
  readonly sinceMs: number
  /** `dns.mx example.com`: wrong now, and not then. */
  readonly come: readonly string[]
  /** Wrong then, and seen to be well now, or no longer there to be looked at. */
  readonly gone: readonly string[]
}

/** Null: there was no run before, or nobody can tell. */
export function changeSince({ store }: World, { findings }: Examination): Change | null {
  const last = lastOf(store)
  if (last === undefined) return null
  const before = troubleIn(last.value).map(nameOf)
  const now = findings.filter(isTrouble).map(nameOf)
  return {
    sinceMs: last.atMs,
    come: now.filter((name) => !before.includes(name)),
    gone: troubleIn(last.value)
      .filter((one) => !isUnseen(one, findings))
      .map(nameOf)
      .filter((name) => !now.includes(name)),
  }
}

/** Only what is wrong, in short; what was not looked at is as it was. Never fails: what was said is what matters. */
export async function keepResult(world: World, { findings }: Examination): Promise<void> {
  // Without data there is nobody to remember.
  if (world.store === null) return
  const trouble = findings.filter(isTrouble).map(inShort)
  const names = new Set(trouble.map(nameOf))
  const last = lastOf(world.store)
  const unseen = troubleIn(last?.value ?? null)
    .filter((one) => isUnseen(one, findings) && !names.has(nameOf(one)))
    .slice(0, MOST_KEPT)
  const value: JsonValue = {
    looked: findings.length,
    trouble: [...trouble, ...unseen.map(inShort)],
  }
  const kept = world.ask('remember', { topic: 'doctor', value }).then(
    () => undefined,
    () => undefined,
  )
  const late = Promise.withResolvers<undefined>()
  using _timer = world.clock.after(PATIENCE_MS, () => late.resolve(undefined))
  await Promise.race([kept, late.promise])
}

/** Undefined also where SQLite cannot read it: storage.integrity says that. */
function lastOf(store: World['store']): Remembered | undefined {
  try {
    return store?.run(remembered('doctor'))
  } catch (error) {
    if (systemCodeOf(error) === 'ERR_SQLITE_ERROR') return undefined
    throw error
  }
}

type Kept = Pick<Finding, 'check' | 'subject' | 'summary'> & { readonly verdict: string }

/** What is kept; another version may have kept something else. */
function troubleIn(value: JsonValue): readonly Kept[] {
  const trouble = fieldOf(value, 'trouble')
  if (!Array.isArray(trouble)) return []
  return trouble.flatMap((one: JsonValue) => {
    const [check, subject] = [fieldOf(one, 'check'), fieldOf(one, 'subject')]
    if (typeof check !== 'string') return []
    return [
      {
        check,
        subject: typeof subject === 'string' ? subject : null,
        verdict: String(fieldOf(one, 'verdict')),
        summary: String(fieldOf(one, 'summary')),
      },
    ]
  })
}

function inShort({ check, subject, verdict, summary }: Kept): Kept {
  return { check, subject, verdict, summary }
}

/** Nothing is known of it now: it was skipped, or its check as a whole was, or came to no end. */
function isUnseen({ check, subject }: Kept, findings: readonly Finding[]): boolean {
  const own = findings.filter((finding) => finding.check === check)
  if (own.some((one) => one.subject === subject && !isBlind(one))) return false
  return own.some((one) => isBlind(one) && (one.subject === subject || one.subject === null))
}

function isBlind({ verdict, figures }: Finding): boolean {
  return verdict === 'skipped' || figures['isKnown'] === NOT_KNOWN.isKnown
}

function fieldOf(value: JsonValue, name: string): JsonValue | undefined {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

function isTrouble({ verdict }: Finding): boolean {
  return verdict === 'warning' || verdict === 'failing'
}

function nameOf({ check, subject }: Pick<Finding, 'check' | 'subject'>): string {
  return subject === null ? check : `${check} ${subject}`
}

const PATIENCE_MS = 1_000
const MOST_KEPT = 100
