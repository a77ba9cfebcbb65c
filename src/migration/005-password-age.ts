import type { Migration } from '../db/migrate.ts'

/** Since when an account has its password, for the doctor. */
export const passwordAge: Migration = {
  version: 5,
  sql: `
-- Null: it was set before this was kept.
ALTER TABLE account ADD COLUMN password_set_ms INTEGER;
`,
}
