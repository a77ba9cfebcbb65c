import type { Migration } from '../db/migrate.ts'

/** Mail to other servers: the queue, relays, keys that sign. See ARCHITECTURE.md, "The states of a recipient". */
export const outgoing: Migration = {
  version: 2,
  sql: `
-- One row for each message that somebody elsewhere is still to get. Gone when every recipient is done.
CREATE TABLE queued_message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- The id in the log.
  message_id TEXT NOT NULL UNIQUE,
  blob_id INTEGER NOT NULL REFERENCES blob(id),
  -- Header fields that go before the blob's octets: DKIM-Signature.
  prefix BLOB NOT NULL,
  -- With the prefix.
  size_octets INTEGER NOT NULL,
  -- Null is <>.
  sender TEXT,
  -- Who submitted it; null: it came from elsewhere, or from us.
  login TEXT,
  eight_bit INTEGER NOT NULL,
  smtputf8 INTEGER NOT NULL,
  require_tls INTEGER NOT NULL,
  -- RFC 3461 §4.3: FULL, HDRS; null was not said.
  ret TEXT,
  -- RFC 3461 §4.4, as xtext.
  envelope_id TEXT,
  arrived_ms INTEGER NOT NULL,
  -- Recipients that still wait then have failed.
  expires_ms INTEGER NOT NULL,
  -- When the sender is told that it waits; null: was told, or is not to be.
  delay_notice_ms INTEGER,
  -- Stopped by a person (held), or by us until a person acts (frozen).
  stopped TEXT CHECK (stopped IN ('held', 'frozen')),
  stopped_by TEXT
) STRICT;
CREATE INDEX queued_message_by_blob ON queued_message (blob_id);
CREATE INDEX queued_message_by_delay_notice ON queued_message (delay_notice_ms)
  WHERE delay_notice_ms IS NOT NULL AND stopped IS NULL;
CREATE INDEX queued_message_by_expiry ON queued_message (expires_ms);

CREATE TABLE queued_recipient (
  queue_id INTEGER NOT NULL REFERENCES queued_message(id),
  number INTEGER NOT NULL,
  address TEXT NOT NULL,
  -- The addresses that it came from, nearest first, as a JSON array.
  parents TEXT NOT NULL,
  -- Another reverse-path than the message's: of forwarded mail (SRS).
  reverse_path TEXT,
  -- RFC 3461 §4.1 and §4.2; null was not said. original is ORCPT as it came: rfc822;bob@example.net
  notify TEXT,
  original TEXT,
  -- Where it goes: mx:example.net, or relay:NAME. See src/queue/types.ts.
  destination TEXT NOT NULL,
  -- The domain in whose name it is sent, for rules of relays; null: nobody's.
  in_name_of TEXT,
  -- 1: a person chose the destination, and rules of relays that change leave it alone.
  pinned INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'delivered', 'failed', 'cancelled')),
  -- pending: when it is tried next, null while its message is stopped; leased: when the lease ends.
  due_ms INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  tried_ms INTEGER,
  -- What came of the last attempt, as JSON: an Outcome of src/queue/types.ts.
  outcome TEXT,
  PRIMARY KEY (queue_id, number)
) STRICT, WITHOUT ROWID;
-- Who waits or is leased at a destination; those that are pending and have a time, by it.
CREATE INDEX queued_recipient_by_destination
  ON queued_recipient (destination, state, due_ms, queue_id)
  WHERE state IN ('pending', 'leased');
CREATE INDEX queued_recipient_by_lease ON queued_recipient (due_ms) WHERE state = 'leased';

-- One row for each destination that has recipients waiting or leased.
CREATE TABLE queue_destination (
  name TEXT PRIMARY KEY,
  -- Of its recipients that are pending the first; null: none is.
  due_ms INTEGER,
  -- Nothing is sent there before, whatever is due; null: nothing stops it.
  blocked_until_ms INTEGER,
  -- Attempts in a row that got no message through.
  failures INTEGER NOT NULL DEFAULT 0,
  -- The words of the last failure.
  error TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_destination_by_due ON queue_destination (max(due_ms, ifnull(blocked_until_ms, 0)))
  WHERE due_ms IS NOT NULL;

-- Smarthosts. The password is encrypted with the key file of the data folder.
CREATE TABLE relay (
  name TEXT PRIMARY KEY,
  -- JSON array of {host, port}, first tried first.
  hosts TEXT NOT NULL,
  tls TEXT NOT NULL CHECK (tls IN ('implicit', 'starttls', 'opportunistic', 'none')),
  check_certificate INTEGER NOT NULL,
  user TEXT,
  password BLOB,
  -- Null: whatever the relay offers that is safe.
  mechanism TEXT,
  -- When it refused our login; null: it takes it, or was not tried.
  login_refused_ms INTEGER,
  login_refused TEXT,
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which mail a relay is for: of a sender's domain, to a recipient's domain, or all.
CREATE TABLE relay_rule (
  kind TEXT NOT NULL CHECK (kind IN ('all', 'sender', 'recipient')),
  -- A domain as A-label; '' for all.
  domain TEXT NOT NULL,
  relay TEXT NOT NULL REFERENCES relay(name),
  PRIMARY KEY (kind, domain)
) STRICT, WITHOUT ROWID;

-- Keys that sign: RFC 6376, RFC 8463. The private key is encrypted with the key file.
CREATE TABLE dkim_key (
  domain_id INTEGER NOT NULL REFERENCES domain(id),
  selector TEXT NOT NULL,
  algorithm TEXT NOT NULL CHECK (algorithm IN ('rsa-sha256', 'ed25519-sha256')),
  -- pending: published, not used yet; active: signs; retiring: published still; retired: to be removed from DNS.
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'retired')),
  private_key BLOB NOT NULL,
  -- The p= of its record.
  public_key TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  PRIMARY KEY (domain_id, selector)
) STRICT, WITHOUT ROWID;

-- RFC 8461 §3.3: policies of other domains, as long as they last.
CREATE TABLE sts_policy (
  domain TEXT PRIMARY KEY,
  policy_id TEXT NOT NULL,
  policy TEXT NOT NULL,
  fetched_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How many recipients on other servers an account has sent to, by hour of Unix time. A day is kept.
CREATE TABLE sent_hour (
  account_id INTEGER NOT NULL REFERENCES account(id),
  hour INTEGER NOT NULL,
  recipients INTEGER NOT NULL,
  PRIMARY KEY (account_id, hour)
) STRICT, WITHOUT ROWID;

-- To whom on other servers an account has sent, and since when.
CREATE TABLE sent_recipient (
  account_id INTEGER NOT NULL REFERENCES account(id),
  -- Lower case.
  address TEXT NOT NULL,
  first_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX sent_recipient_by_time ON sent_recipient (account_id, first_ms);

-- Keep a copy of what the account submits in its Sent mailbox.
ALTER TABLE account ADD COLUMN copy_to_sent INTEGER NOT NULL DEFAULT 0;
`,
}
