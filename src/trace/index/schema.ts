/**
 * The trace index, `trace.db`: the lines of the log, packed, and where each id, address, Message-ID
 * and IP address stands. It can be made again from the log at any time; everything else about
 * a message is read from its lines when somebody asks.
 *
 *   source  what one log file holds, under whatever name, packed or not
 *   file    which source a file on the disk was last seen to hold, so that it is not read again
 *   block   about 64 KiB of whole lines of a source, in the order of the file
 *   posting in which blocks of a full segment a term stands; a segment is 256 blocks in a row
 *
 * Invariants
 *   T1  the lines of a source are those of its file up to `offset_octets`, each once: blocks and
 *       offset change in one transaction, which first sees that the offset is still the one that
 *       was read from
 *   T2  a block ends with a whole line, and does not start in the middle of an entry of many lines; a line over
 *       8 MiB is in pieces
 *   T3  `at_ms` never goes down from one block of a source to the next
 *   T4  the terms of a block are in its own `hashes`, or in the postings of its segment; a posting
 *       of a block that is gone is harmless
 *
 * A term is kept as 32 bits of a hash: what is found is looked for again in the lines themselves, so
 * two terms of one hash only cost time. A block has its hashes with it until its segment is full;
 * then they are sorted together into the segment's 64 postings, of which a look-up reads one.
 * Measured against a row for each term: two thirds of the processor time, and a tenth less space.
 *
 * A commit waits for no fsync (`synchronous=NORMAL`): a power cut may undo the last ones, but offset
 * and lines go together, so they are taken from the log again. It may also cut the log itself, to
 * less than the index has: see `identify.ts`.
 */
import type { LogKind } from '../source/source.ts'
import type { Migration } from '../../db/migrate.ts'

export const TRACE_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE source (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  log TEXT NOT NULL,
  head_hash TEXT NOT NULL,
  offset_octets INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  unknown INTEGER NOT NULL
) STRICT;
CREATE INDEX source_by_head ON source (head_hash, log);

CREATE TABLE file (
  device INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  path TEXT NOT NULL,
  size_octets INTEGER NOT NULL,
  changed_ms REAL NOT NULL,
  source_id INTEGER NOT NULL,
  PRIMARY KEY (device, inode)
) STRICT, WITHOUT ROWID;

CREATE TABLE block (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source_id INTEGER NOT NULL,
  start_octets INTEGER NOT NULL,
  octets INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  unknown INTEGER NOT NULL,
  packed BLOB NOT NULL,
  hashes BLOB
) STRICT;
CREATE INDEX block_of_source ON block (source_id, start_octets);
CREATE INDEX block_by_time ON block (at_ms, id, last_ms, source_id);
CREATE INDEX block_by_end ON block (last_ms);
CREATE INDEX block_with_hashes ON block (id) WHERE hashes IS NOT NULL;

CREATE TABLE posting (
  id INTEGER PRIMARY KEY,
  entries BLOB NOT NULL
) STRICT;
`,
  },
]

/** A block's id is its segment and this many bits: its number in the segment. */
export const SEGMENT_BITS = 8
/** A posting's id is its segment and this many bits: the highest of the hashes that it has. */
export const POSTING_BITS = 6

/** Which log a file is, by its name. `reject` and `panic` repeat lines of `main`. */
export type IndexedLog = 'main' | 'auth' | 'reject' | 'panic'

/** From a file's path. */
export function indexedLogOf(path: string): IndexedLog {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name.includes('reject')) return 'reject'
  if (name.includes('panic')) return 'panic'
  return /^authlog(?:$|\.)/.test(name) ? 'auth' : 'main'
}

/** As which of Exim's logs the reader takes its lines: authlog's, in Dovecot's form, stand in main too. */
export function kindOfLog(log: IndexedLog): LogKind {
  return log === 'auth' ? 'main' : log
}
