/** What the doctor found is kept for its next run, and for reports. */
import type { JsonValue } from '../../base/json-value.ts'
import type { Examination } from '../../doctor/types.ts'
import type { World } from '../../doctor/world.ts'

/** Only what was wrong, in short. Never fails: what was said is what matters. */
export async function keepResult(world: World, { findings }: Examination): Promise<void> {
  // Without data there is nobody to remember.
  if (world.store === null) return
  const trouble = findings
    .filter(({ verdict }) => verdict === 'warning' || verdict === 'failing')
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

const PATIENCE_MS = 1_000
