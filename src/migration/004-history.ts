import type { Migration } from '../db/migrate.ts'

/** What was the case before, for the doctor, reports and alerts. */
export const history: Migration = {
  version: 4,
  sql: `
-- Figures of the server by time; see src/doctor/history.ts for their names.
CREATE TABLE sample (
  figure TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (figure, at_ms)
) STRICT, WITHOUT ROWID;

-- What one run of a command leaves for the next, as JSON.
CREATE TABLE remembered (
  topic TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What is wrong, or was: one row for each rule and what it is about.
CREATE TABLE alert (
  rule TEXT NOT NULL,
  -- '' where there is only one.
  subject TEXT NOT NULL,
  -- seen once; told; over.
  state TEXT NOT NULL CHECK (state IN ('seen', 'firing', 'resolved')),
  since_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  -- When people were told of this state; null: not yet.
  told_ms INTEGER,
  summary TEXT NOT NULL,
  -- The finding, as JSON.
  finding TEXT NOT NULL,
  PRIMARY KEY (rule, subject)
) STRICT, WITHOUT ROWID;

-- Rules that are not to be told of until then.
CREATE TABLE snooze (
  rule TEXT NOT NULL,
  subject TEXT NOT NULL,
  until_ms INTEGER NOT NULL,
  by TEXT NOT NULL,
  PRIMARY KEY (rule, subject)
) STRICT, WITHOUT ROWID;
`,
}
