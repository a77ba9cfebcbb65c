/** Compares what the log says of accepted mail with itself and, on demand, with the mail that is kept. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { Database } from '../db/database.ts'
import type { MessageId } from '../journal/event.ts'
import { isMessageId } from '../journal/message-id.ts'
import type { Zone } from '../journal/zone.ts'
import { readOutbox } from '../log/outbox.ts'
import { waitingRecipients } from '../queue/check.ts'
import type { BlobFolder } from '../store/blob-folder.ts'
import { type Delivered, type Finding, nextDelivered } from '../store/check.ts'
import { checkFates } from '../trace/fates.ts'

export interface FolderFatesOptions {
  readonly dataFolder: string
  readonly database: Pick<Database, 'read'>
  readonly blobs: BlobFolder
  /** The zone that the log is written in. */
  readonly zone: Zone
  /** Reads all of the log, and asks whether it knows every message in a mailbox. */
  readonly deep: boolean
}

export interface FolderFates {
  /** How many arrivals the log has. */
  readonly logged: number
  readonly findings: readonly Finding[]
}

/** Promises 2, 3 and 8: each accepted recipient has its fate, once, and the log does not miss it. */
export async function checkFolderFates(options: FolderFatesOptions): Promise<FolderFates> {
  const { dataFolder, database, zone, deep } = options
  const folder = join(dataFolder, 'log')
  // Before the log is read: what is committed later is none of our concern.
  const kept = deep ? await keptMessages(options) : new Set<MessageId>()
  if (!existsSync(folder)) return { logged: 0, findings: [] }
  const waitingLines = () =>
    database.read(readOutbox()).flatMap(({ lines }) => lines.split('\n').slice(0, -1))
  const files = deep ? Number.MAX_SAFE_INTEGER : NEWEST_FILES
  const queued = () => database.read(waitingRecipients())
  const { messages, broken } = await checkFates({ folder, zone, files, waitingLines, kept, queued })
  const findings = broken.map(({ id, text }) => ({ rule: 'fate', object: `message ${id}`, text }))
  return { logged: messages, findings }
}

/** The ids of the messages that came by SMTP and are in some mailbox. */
async function keptMessages({ database, blobs }: FolderFatesOptions): Promise<Set<MessageId>> {
  const ids = new Set<MessageId>()
  for (let row = next(0); row !== undefined; row = next(row.id)) {
    const id = idIn(await headOf(row, blobs))
    if (id !== undefined && isMessageId(id)) ids.add(id)
  }
  return ids

  function next(after: number): Delivered | undefined {
    return database.read(nextDelivered(after, HEAD_OCTETS))
  }
}

async function headOf({ head, file }: Delivered, blobs: BlobFolder): Promise<string> {
  const chunks: Uint8Array[] = []
  try {
    if (head !== null) chunks.push(head)
    else if (file !== null)
      for await (const chunk of blobs.read(file, 0, HEAD_OCTETS)) chunks.push(chunk)
  } catch {
    // A file that is missing is a finding of the store's own check.
  }
  return Buffer.concat(chunks).toString('latin1')
}

/** The id in the first Received field, which is ours: `smtp-server/trace-fields.ts`. */
function idIn(head: string): string | undefined {
  return /^Received: .*(?:\r\n\t.*)*?\r\n\tid ([\w-]+)/.exec(head)?.[1]
}

const HEAD_OCTETS = 2048
/** A hundred megabytes of log take some seconds: today's and the day's before are enough for a quick look. */
const NEWEST_FILES = 2
