/**
 * Proves what the store promises, on the files themselves: beside a running server or without one.
 * It reads by its own connection, so the server is not slowed down, and changes nothing.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { Refusal } from '../base/faults.ts'
import { SqliteConnection } from '../db/sqlite.ts'
import { one, type Steps } from '../db/statement.ts'
import { checkSecrets } from '../directory/check-secrets.ts'
import type { Zone } from '../journal/zone.ts'
import { checkQueue } from '../queue/check.ts'
import { BlobFolder } from '../store/blob-folder.ts'
import { checkStore, type Finding } from '../store/check.ts'
import { checkFolderFates } from './check-fates.ts'

export interface CheckReport {
  /** How many of each were looked at. */
  readonly counts: Readonly<Record<keyof Counts | 'logged', number>>
  /** Empty when every promise holds. */
  readonly findings: readonly Finding[]
}

interface Counts {
  readonly accounts: number
  readonly mailboxes: number
  readonly messages: number
  readonly blobs: number
}

export interface CheckOptions {
  readonly dataFolder: string
  /** The zone that the log is written in. */
  readonly zone: Zone
  /**
   * Reads every message, compares its SHA-256 and looks for it in the log; otherwise only sizes of
   * files are compared, and the newest files of the log with themselves.
   */
  readonly deep: boolean
  readonly onProgress: (done: number, total: number) => void
}

/** @throws Refusal notFound when there is no store; Error when it cannot be opened */
export async function checkFolder(options: CheckOptions): Promise<CheckReport> {
  const file = join(options.dataFolder, 'mail.db')
  if (!existsSync(file))
    throw new Refusal('notFound', `${options.dataFolder} has no mail.db: nothing to check`)
  using connection = new SqliteConnection(file, { readOnly: true })
  const database = { read: <T>(steps: Steps<T>) => connection.transact('read', steps) }
  const counts = database.read(count())
  const blobs = new BlobFolder(options.dataFolder)
  const onProgress = (read: number) => options.onProgress(read, counts.blobs)
  const { dataFolder, zone, deep } = options
  const store = await checkStore({ database, blobs, deep, onProgress })
  const fates = await checkFolderFates({ dataFolder, database, blobs, zone, deep })
  const queue = database.read(checkQueue())
  const secrets = checkSecrets(database, dataFolder).map((text) => ({
    ...{ rule: 'secrets', object: 'key', text },
  }))
  const findings = [...store, ...queue, ...fates.findings, ...checkModes(dataFolder), ...secrets]
  return { counts: { ...counts, logged: fates.logged }, findings }
}

function* count(): Steps<Counts> {
  const row = yield* one<Counts>(
    `SELECT (SELECT count(*) FROM account) AS accounts, (SELECT count(*) FROM mailbox) AS mailboxes,
       (SELECT count(*) FROM message) AS messages, (SELECT count(*) FROM blob) AS blobs`,
  )
  return { accounts: 0, mailboxes: 0, messages: 0, blobs: 0, ...row }
}

/** Mail is for its owner: nobody else may read the folder. */
function checkModes(dataFolder: string): Finding[] {
  const mode = statSync(dataFolder).mode & 0o777
  if ((mode & 0o077) === 0) return []
  const text = `others may enter it (mode ${mode.toString(8)}): run chmod 700 on it`
  return [{ rule: 'modes', object: dataFolder, text }]
}
