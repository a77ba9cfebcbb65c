/** A store with one account in a temporary folder, for the tests of this room. */
import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ManualClock } from '../../base/clock.ts'
import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { type Database, openDatabaseInline } from '../../db/database.ts'
import { writeTable } from '../../db/group-commit.ts'
import { SqliteConnection } from '../../db/sqlite.ts'
import { defineWrite, type Steps } from '../../db/statement.ts'
import type { AccountId } from '../../directory/types.ts'
import { MIGRATIONS } from '../../migrations.ts'
import { encodeSkeleton } from '../../syntax/mime/codec.ts'
import { SkeletonScanner } from '../../syntax/mime/scanner.ts'
import { BlobFolder } from '../blob-folder.ts'
import { insertBlob, type NewBlob } from '../blobs.ts'
import { changeFlags } from '../flags.ts'
import { createMailbox, deleteMailbox, renameMailbox, setSubscribed } from '../mailboxes.ts'
import { type Added, addMessage } from '../messages.ts'
import { copy, expunge, move } from '../move.ts'
import { DatabaseStore } from '../store.ts'
import type { Flags, MailboxId } from '../types.ts'
import { JANE, makeJane, setQuota } from './jane.ts'

export interface TestStore extends AsyncDisposable {
  readonly database: Database
  readonly store: DatabaseStore
  readonly blobs: BlobFolder
  readonly jane: AccountId
  readonly inbox: MailboxId
  /** Files `T: x`, an empty header's end, and the text. */
  add(mailbox: MailboxId, text: string, flags?: Flags): Promise<Added>
  setQuota(octets: number): Promise<void>
  /** Changes the file behind the store's back. */
  damage(sql: string): void
}

const NOW_MS = Date.UTC(2026, 0, 1)

interface AddArgs {
  readonly mailbox: MailboxId
  readonly blob: NewBlob
  readonly flags: Flags
}

const addText = defineWrite('addText', function* (args: AddArgs): Steps<Added> {
  return yield* addMessage({
    account: JANE,
    mailbox: args.mailbox,
    blobId: yield* insertBlob(args.blob),
    sizeOctets: args.blob.sizeOctets,
    flags: args.flags,
    receivedMs: NOW_MS,
    savedMs: NOW_MS,
    trace: new Uint8Array(0),
    limits: DEFAULT_LIMITS.mailbox,
  })
})

const WRITES = writeTable([
  ...[makeJane, addText, setQuota, changeFlags, copy, expunge, move],
  ...[createMailbox, deleteMailbox, renameMailbox, setSubscribed],
])

export async function openTestStore(): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-store-'))
  const file = join(folder, 'mail.db')
  const database = openDatabaseInline({ file, migrations: MIGRATIONS, writes: WRITES })
  const blobs = new BlobFolder(folder)
  await blobs.open()
  const clock = new ManualClock(NOW_MS)
  const store = new DatabaseStore({ database, blobs, limits: DEFAULT_LIMITS.mailbox, clock })
  await database.write(makeJane, undefined)
  const inbox = store.mailbox(JANE, 'INBOX')
  if (inbox === undefined) throw new Error('no INBOX')
  return {
    database,
    store,
    blobs,
    jane: JANE,
    inbox: inbox.id,
    async add(mailbox, text, flags = { system: 0, keywords: [] }) {
      const added = await database.write(addText, { mailbox, blob: blobOf(text), flags })
      store.watchers.announce([mailbox])
      return added
    },
    setQuota: (octets) => database.write(setQuota, { octets }),
    damage(sql) {
      using connection = new SqliteConnection(file, { readOnly: false })
      connection.exec(sql)
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

function blobOf(text: string): NewBlob {
  const octets = new Uint8Array(Buffer.from(`T: x\r\n${text}`))
  const scanner = new SkeletonScanner(DEFAULT_LIMITS.message)
  scanner.push(octets)
  return {
    hash: new Uint8Array(hash('sha256', octets, 'buffer')),
    sizeOctets: octets.length,
    createdMs: NOW_MS,
    skeleton: encodeSkeleton(scanner.finish()),
    octets,
    file: null,
  }
}
