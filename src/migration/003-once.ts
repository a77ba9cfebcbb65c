import type { Migration } from '../db/migrate.ts'

/** Mail of this machine is taken from files, each of them once. */
export const once: Migration = {
  version: 3,
  sql: `
-- Files of the drop folder whose mail is accepted, by their names, until they are gone for certain.
CREATE TABLE taken_file (
  name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
`,
}
