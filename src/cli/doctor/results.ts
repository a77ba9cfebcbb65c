/** What the doctor found is kept for its next run, and for reports. */
import type { JsonValue } from '../../base/json-value.ts'
import { remembered } from '../../doctor/history.ts'
import type { Examination, Finding } from '../../doctor/types.ts'
import type { World } from '../../doctor/world.ts'

/** What is other than at the last whole run. */
export interface Change {
  /** When that was. */
  readonly sinceMs: number
  /** `dns.mx example.com`: wrong now, and not then. */
  readonly come: readonly string[]
  /** Wrong then, and not now. */
  readonly gone: readonly string[]
}

/** Null: there was no run before, or nobody can tell. */
export function changeSince({ store }: World, { findings }: Examination): Change | null {
  const last = store?.run(remembered('doctor'))
  if (last === undefined) return null
  const before = troubleIn(last.value)
  const now = findings.filter(isTrouble).map(nameOf)
  return {
    sinceMs: last.atMs,
    come: now.filter((name) => !before.includes(name)),
    gone: before.filter((name) => !now.includes(name)),
  }
}

/** Only what was wrong, in short. Never fails: what was said is what matters. */
export async function keepResult(world: World, { findings }: Examination): Promise<void> {
  // Without data there is nobody to remember.
  if (world.store === null) return
  const trouble = findings
    .filter(isTrouble)
    .map(({ check, subject, verdict, summary }) => ({ check, subject, verdict, summary }))
  const value: JsonValue = { looked: findings.length, trouble }
  const kept = world.ask('remember', { topic: 'doctor', value }).then(
    () => undefined,
    () => undefined,
  )
  const late = Promise.withResolvers<undefined>()
  using _timer = world.clock.after(PATIENCE_MS, () => late.resolve(undefined))
  await Promise.race([kept, late.promise])
}

/** Names of what is kept; another version may have kept something else. */
function troubleIn(value: JsonValue): readonly string[] {
  const trouble = fieldOf(value, 'trouble')
  if (!Array.isArray(trouble)) return []
  return trouble.flatMap((one: JsonValue) => {
    const [check, subject] = [fieldOf(one, 'check'), fieldOf(one, 'subject')]
    if (typeof check !== 'string') return []
    return [nameOf({ check, subject: typeof subject === 'string' ? subject : null })]
  })
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
