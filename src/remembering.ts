/** Wiring: what a command leaves in the database for its next run. */
import type { Clock } from './base/clock.ts'
import type { Administration } from './control/commands.ts'
import type { Database } from './db/database.ts'
import { remember } from './doctor/history.ts'

export function remembering(database: Database, clock: Clock): Administration['remember'] {
  return async (topic, value) => {
    await database.write(remember, { topic, atMs: clock.nowMs(), value })
  }
}
