import type { Migration } from '../db/migrate.ts'

/** The first schema. Frozen: a later change is a new file with the next number. */
export const init: Migration = {
  version: 1,
  sql: `
CREATE TABLE domain (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  created_ms INTEGER NOT NULL
) STRICT;

-- AUTOINCREMENT: the number of a removed account is never given again, nor is its mail.
CREATE TABLE account (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  domain_id INTEGER NOT NULL REFERENCES domain(id),
  key TEXT NOT NULL,
  localpart TEXT NOT NULL,
  password TEXT NOT NULL,
  scram TEXT NOT NULL,
  quota_octets INTEGER,
  used_octets INTEGER NOT NULL DEFAULT 0,
  messages INTEGER NOT NULL DEFAULT 0,
  modseq INTEGER NOT NULL DEFAULT 1,
  uid_validity INTEGER NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1,
  created_ms INTEGER NOT NULL,
  UNIQUE (domain_id, key)
) STRICT;

CREATE TABLE alias (
  domain_id INTEGER NOT NULL REFERENCES domain(id),
  key TEXT NOT NULL,
  localpart TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('addresses', 'fail', 'blackhole')),
  target TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (domain_id, key)
) STRICT, WITHOUT ROWID;

-- Random octets this installation keeps to itself, by what they are for.
CREATE TABLE secret (
  name TEXT PRIMARY KEY,
  octets BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES account(id),
  name TEXT NOT NULL,
  special_use TEXT,
  uid_validity INTEGER NOT NULL,
  uid_next INTEGER NOT NULL DEFAULT 1,
  modseq INTEGER NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  unseen INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  size_octets INTEGER NOT NULL DEFAULT 0,
  keywords TEXT NOT NULL DEFAULT '',
  UNIQUE (account_id, name)
) STRICT;

CREATE TABLE subscription (
  account_id INTEGER NOT NULL REFERENCES account(id),
  name TEXT NOT NULL,
  PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;

-- The skeleton stands before the octets, so that reading it does not walk their overflow pages.
CREATE TABLE blob (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL,
  size_octets INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  file TEXT,
  skeleton TEXT NOT NULL,
  octets BLOB,
  CHECK ((file IS NULL) <> (octets IS NULL))
) STRICT;

CREATE TABLE message (
  mailbox_id INTEGER NOT NULL REFERENCES mailbox(id),
  uid INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  keywords TEXT NOT NULL,
  blob_id INTEGER NOT NULL REFERENCES blob(id),
  size_octets INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  saved_ms INTEGER NOT NULL,
  trace BLOB NOT NULL,
  PRIMARY KEY (mailbox_id, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_by_modseq ON message (mailbox_id, modseq);
CREATE INDEX message_by_blob ON message (blob_id);

CREATE TABLE expunged (
  mailbox_id INTEGER NOT NULL REFERENCES mailbox(id),
  modseq INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  PRIMARY KEY (mailbox_id, modseq, uid)
) STRICT, WITHOUT ROWID;

-- Log lines of accepted mail that are not yet known to be in the log; see src/log/outbox.ts.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lines TEXT NOT NULL
) STRICT;

CREATE TABLE outbox_mark (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  inode INTEGER NOT NULL,
  head TEXT NOT NULL,
  offset_octets INTEGER NOT NULL
) STRICT;
`,
}
