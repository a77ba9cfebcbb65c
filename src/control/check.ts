/**
 * Proves what the store promises, on the files themselves: beside a running server or without one.
 * It reads by its own connection, so the server is not slowed down, and changes nothing.
 */
import { existsSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import { SqliteConnection } from '../db/sqlite.ts'
import { all, one, type Steps } from '../db/statement.ts'
import { BlobFolder } from '../store/blob-folder.ts'
import { checkBlob, checkDatabase, type Finding, nextBlob } from '../store/check.ts'

export interface CheckReport {
  /** How many of each were looked at. */
  readonly counts: Readonly<Record<'accounts' | 'mailboxes' | 'messages' | 'blobs', number>>
  /** Empty when every promise holds. */
  readonly findings: readonly Finding[]
}

export interface CheckOptions {
  readonly dataFolder: string
  /** Reads every message and compares its SHA-256; otherwise only sizes of files are compared. */
  readonly deep: boolean
  readonly onProgress: (done: number, total: number) => void
}

/** @throws Error when there is no store, or it cannot be opened */
export async function checkFolder(options: CheckOptions): Promise<CheckReport> {
  const file = join(options.dataFolder, 'mail.db')
  if (!existsSync(file)) throw new Error(`${options.dataFolder} has no mail.db: nothing to check`)
  using connection = new SqliteConnection(file, { readOnly: true })
  const counts = connection.transact('read', count())
  const blobs = new BlobFolder(options.dataFolder)
  const findings = [
    ...connection.transact('read', checkDatabase()),
    ...checkModes(options.dataFolder),
    ...(options.deep
      ? await checkOctets(connection, blobs, counts.blobs, options.onProgress)
      : await checkSizes(connection, blobs)),
  ]
  return { counts, findings }
}

function* count(): Steps<CheckReport['counts']> {
  const row = yield* one<CheckReport['counts']>(
    `SELECT (SELECT count(*) FROM account) AS accounts, (SELECT count(*) FROM mailbox) AS mailboxes,
       (SELECT count(*) FROM message) AS messages, (SELECT count(*) FROM blob) AS blobs`,
  )
  return { accounts: 0, mailboxes: 0, messages: 0, blobs: 0, ...row }
}

/** One transaction a blob: a long one would keep a running server from folding up its log. */
async function checkOctets(
  connection: SqliteConnection,
  blobs: BlobFolder,
  total: number,
  onProgress: CheckOptions['onProgress'],
): Promise<Finding[]> {
  const findings: Finding[] = []
  let last = 0
  for (let done = 0; ; done++) {
    const row = connection.transact('read', nextBlob(last))
    if (row === undefined) return findings
    const found = await checkBlob(row, blobs)
    // A file that went away together with its row was deleted by the running server.
    if (found.length > 0 && connection.transact('read', isThere(row.id))) findings.push(...found)
    last = row.id
    if (done % PROGRESS_EVERY === 0) onProgress(done, total)
  }
}

async function checkSizes(connection: SqliteConnection, blobs: BlobFolder): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { id, file, size } of connection.transact('read', filesWithSizes())) {
    const found = await stat(blobs.pathOf(file)).catch(() => undefined)
    if (found?.size === size || !connection.transact('read', isThere(id))) continue
    const text =
      found === undefined
        ? `its file ${file} is missing`
        : `its file has ${found.size} octets, and should have ${size}`
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

/** Mail is for its owner: nobody else may read the folder. */
function checkModes(dataFolder: string): Finding[] {
  const mode = statSync(dataFolder).mode & 0o777
  if ((mode & 0o077) === 0) return []
  const text = `others may enter it (mode ${mode.toString(8)}): run chmod 700 on it`
  return [{ rule: 'modes', object: dataFolder, text }]
}

const PROGRESS_EVERY = 100
