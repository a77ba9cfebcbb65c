/**
 * Proves the invariants of `schema.ts` on a stored database, live or stopped. Reads only.
 */
import { createHash } from 'node:crypto'

import type { Database } from '../db/database.ts'
import { all, one, type Steps } from '../db/statement.ts'
import { decodeSkeleton } from '../syntax/mime/codec.ts'
import type { BlobFolder } from './blob-folder.ts'

/** Something that is not as it should be. */
export interface Finding {
  /** The promise or invariant it breaks: `I1`, `database`. */
  readonly rule: string
  /** What it is about: `mailbox 12 (jane: INBOX)`. */
  readonly object: string
  readonly text: string
}

export interface CheckOptions {
  /** Each read sees one instant; the store may change between two. */
  readonly database: Pick<Database, 'read'>
  readonly blobs: BlobFolder
  /** Reads every octet and compares its SHA-256; otherwise only sizes of files are compared. */
  readonly deep: boolean
  /** Called now and then during a deep check. */
  readonly onProgress: (blobsRead: number) => void
}

/** Everything that can be proved of the store. Blobs that come and go meanwhile are no finding. */
export async function checkStore(options: CheckOptions): Promise<Finding[]> {
  const findings = options.database.read(checkDatabase())
  const found = options.deep ? await checkOctets(options) : await checkSizes(options)
  return [...findings, ...found]
}

/** SQL that returns one row for each violation: `object` and `text`. */
const RULES: readonly (readonly [rule: string, sql: string])[] = [
  [
    'I1',
    `SELECT 'mailbox ' || mailbox.id || ' (' || name || ')' AS object,
       'uid ' || max(uid) || ' is not below uid_next ' || uid_next AS text
     FROM message JOIN mailbox ON mailbox.id = mailbox_id
     GROUP BY mailbox.id HAVING max(uid) >= uid_next`,
  ],
  [
    'I1',
    `SELECT 'mailbox ' || mailbox.id || ' (' || name || ')' AS object,
       'uid ' || max(uid) || ' was expunged and is not below uid_next ' || uid_next AS text
     FROM expunged JOIN mailbox ON mailbox.id = mailbox_id
     GROUP BY mailbox.id HAVING max(uid) >= uid_next`,
  ],
  [
    'I2',
    `SELECT 'mailbox ' || mailbox.id || ' (' || name || ')' AS object,
       'its uid_validity ' || mailbox.uid_validity || ' is above the last one its account gave, '
         || account.uid_validity || ': it would be given again' AS text
     FROM mailbox JOIN account ON account.id = account_id
     WHERE mailbox.uid_validity > account.uid_validity`,
  ],
  [
    'I2',
    `SELECT 'mailbox ' || expunged.mailbox_id AS object,
       'uid ' || expunged.uid || ' is there and was expunged' AS text
     FROM expunged JOIN message USING (mailbox_id, uid)`,
  ],
  [
    'I2',
    `SELECT 'mailbox ' || mailbox_id AS object,
       'uid ' || uid || ' was expunged twice' AS text
     FROM expunged GROUP BY mailbox_id, uid HAVING count(*) > 1`,
  ],
  [
    'I3',
    `SELECT 'mailbox ' || mailbox.id || ' (' || name || ')' AS object,
       'its modseq ' || mailbox.modseq || ' is above its account''s ' || account.modseq AS text
     FROM mailbox JOIN account ON account.id = account_id WHERE mailbox.modseq > account.modseq`,
  ],
  [
    'I3',
    `SELECT 'mailbox ' || mailbox.id || ' (' || name || ')' AS object,
       'a message has modseq ' || max(message.modseq) || ' above the mailbox''s '
         || mailbox.modseq AS text
     FROM message JOIN mailbox ON mailbox.id = mailbox_id
     GROUP BY mailbox.id HAVING max(message.modseq) > mailbox.modseq`,
  ],
  [
    'I4',
    `SELECT 'message ' || mailbox_id || ':' || uid AS object, 'its blob is missing' AS text
     FROM message WHERE NOT EXISTS (SELECT 1 FROM blob WHERE blob.id = blob_id)`,
  ],
  [
    'I4',
    `SELECT 'blob ' || id AS object, 'no message refers to it, and nothing in the queue' AS text
     FROM blob WHERE NOT EXISTS (SELECT 1 FROM message WHERE blob_id = blob.id)
       AND NOT EXISTS (SELECT 1 FROM queued_message WHERE blob_id = blob.id)`,
  ],
  [
    'I4',
    `SELECT 'message ' || mailbox_id || ':' || uid AS object,
       'its size ' || message.size_octets || ' is not that of its headers and blob' AS text
     FROM message JOIN blob ON blob.id = blob_id
     WHERE message.size_octets <> length(trace) + blob.size_octets`,
  ],
  [
    'I5',
    `SELECT 'mailbox ' || mailbox.id || ' (' || name || ')' AS object,
       'it counts ' || mailbox.messages || ' messages, ' || unseen || ' unseen, ' || deleted
         || ' deleted, ' || mailbox.size_octets || ' octets; there are ' || count(uid) || ', '
         || count(uid) FILTER (WHERE flags & 1 = 0) || ', '
         || count(uid) FILTER (WHERE flags & 8 <> 0) || ', '
         || coalesce(sum(message.size_octets), 0) AS text
     FROM mailbox LEFT JOIN message ON mailbox_id = mailbox.id GROUP BY mailbox.id
     HAVING mailbox.messages <> count(uid)
       OR unseen <> count(uid) FILTER (WHERE flags & 1 = 0)
       OR deleted <> count(uid) FILTER (WHERE flags & 8 <> 0)
       OR mailbox.size_octets <> coalesce(sum(message.size_octets), 0)`,
  ],
  [
    'I6',
    `SELECT 'account ' || account.id || ' (' || localpart || ')' AS object,
       'it counts ' || account.messages || ' messages, ' || used_octets || ' octets; its '
         || 'mailboxes have ' || coalesce(sum(mailbox.messages), 0) || ', '
         || coalesce(sum(mailbox.size_octets), 0) AS text
     FROM account LEFT JOIN mailbox ON account_id = account.id GROUP BY account.id
     HAVING account.messages <> coalesce(sum(mailbox.messages), 0)
       OR used_octets <> coalesce(sum(mailbox.size_octets), 0)`,
  ],
  [
    'I6',
    `SELECT 'account ' || id || ' (' || localpart || ')' AS object,
       'it has no INBOX' AS text
     FROM account WHERE NOT EXISTS
       (SELECT 1 FROM mailbox WHERE account_id = account.id AND name = 'INBOX')`,
  ],
]

/** Everything the database says about itself, at one instant. */
export function* checkDatabase(): Steps<Finding[]> {
  const findings: Finding[] = []
  const integrity = yield* all<{ integrity_check: string }>('PRAGMA integrity_check')
  for (const { integrity_check: text } of integrity)
    if (text !== 'ok') findings.push({ rule: 'database', object: 'mail.db', text })
  const references = yield* all<{ table: string; rowid: number | null; parent: string }>(
    'PRAGMA foreign_key_check',
  )
  for (const { table, rowid, parent } of references)
    findings.push({
      rule: 'database',
      object: `${table} ${rowid ?? ''}`.trim(),
      text: `it refers to a row of ${parent} that is not there`,
    })
  for (const [rule, sql] of RULES)
    for (const { object, text } of yield* all<{ object: string; text: string }>(sql))
      findings.push({ rule, object, text })
  return findings
}

/** I7 by the octets. One read a blob: a long one would keep a running server from folding up its log. */
async function checkOctets({ database, blobs, onProgress }: CheckOptions): Promise<Finding[]> {
  const findings: Finding[] = []
  let read = 0
  for (let row = database.read(nextBlob(0)); row; row = database.read(nextBlob(row.id))) {
    const damage = await checkBlob(row, blobs)
    // A file that went away together with its row was deleted by the running server.
    if (damage.length > 0 && database.read(isThere(row.id))) findings.push(...damage)
    if (++read % PROGRESS_EVERY === 0) onProgress(read)
  }
  return findings
}

const PROGRESS_EVERY = 100

/** I7 as far as file sizes tell. */
async function checkSizes({ database, blobs }: CheckOptions): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { id, file, size } of database.read(filesWithSizes())) {
    const found = await blobs.sizeOctets(file).catch(() => null)
    if (found === size || !database.read(isThere(id))) continue
    const text =
      found === null
        ? `its file ${file} is missing`
        : `its file has ${found} octets, and should have ${size}`
    findings.push({ rule: 'I7', object: `blob ${id}`, text })
  }
  return findings
}

function* filesWithSizes(): Steps<{ id: number; file: string; size: number }[]> {
  return yield* all<{ id: number; file: string; size: number }>(
    'SELECT id, file, size_octets AS size FROM blob WHERE file IS NOT NULL ORDER BY id',
  )
}

function* isThere(blob: number): Steps<boolean> {
  return (yield* one('SELECT 1 FROM blob WHERE id = ?', blob)) !== undefined
}

interface BlobRow {
  readonly id: number
  readonly hash: Uint8Array
  readonly size_octets: number
  readonly file: string | null
  readonly skeleton: string
  readonly octets: Uint8Array | null
}

/** The next blob after `id`, with its octets; undefined after the last. */
function* nextBlob(id: number): Steps<BlobRow | undefined> {
  return yield* one<BlobRow>('SELECT * FROM blob WHERE id > ? ORDER BY id LIMIT 1', id)
}

/** I7 for one blob: whether it can be read, and has its size and its SHA-256. */
async function checkBlob(row: BlobRow, blobs: BlobFolder): Promise<Finding[]> {
  const findings: Finding[] = []
  const say = (text: string) => findings.push({ rule: 'I7', object: `blob ${row.id}`, text })
  try {
    decodeSkeleton(row.skeleton)
  } catch (error) {
    say(`its skeleton cannot be read: ${String(error)}`)
  }
  try {
    const size = await hashedSize(row, blobs)
    if (size === DAMAGED) say('its octets are damaged: the SHA-256 differs')
    else if (size !== row.size_octets)
      say(`it has ${size} octets, and should have ${row.size_octets}`)
  } catch (error) {
    say(`its file cannot be read: ${String(error)}`)
  }
  return findings
}

const DAMAGED = -1

/** The number of octets, or {@link DAMAGED} when it is right and they are not. */
async function hashedSize(row: BlobRow, blobs: BlobFolder): Promise<number> {
  const hash = createHash('sha256')
  let size = 0
  const chunks =
    row.octets !== null ? [row.octets] : blobs.read(row.file ?? '', 0, Number.POSITIVE_INFINITY)
  for await (const chunk of chunks) {
    hash.update(chunk)
    size += chunk.length
  }
  return size === row.size_octets && !hash.digest().equals(row.hash) ? DAMAGED : size
}

/** Names of the blob files that rows refer to. */
export function* listBlobFiles(): Steps<Set<string>> {
  const rows = yield* all<{ file: string }>('SELECT file FROM blob WHERE file IS NOT NULL')
  return new Set(rows.map(({ file }) => file))
}

/** The start of a message that came by SMTP: it has the trace fields of final delivery. */
export interface Delivered {
  readonly id: number
  readonly file: string | null
  /** Null when the octets are in the file. */
  readonly head: Uint8Array | null
}

/** The next one, by the id of its blob, with its first octets; undefined after the last. */
export function* nextDelivered(after: number, headOctets: number): Steps<Delivered | undefined> {
  return yield* one<Delivered>(
    `SELECT id, file, substr(octets, 1, ?) AS head FROM blob
     WHERE id > ? AND EXISTS (SELECT 1 FROM message WHERE blob_id = blob.id AND length(trace) > 0)
     ORDER BY id LIMIT 1`,
    headOctets,
    after,
  )
}
