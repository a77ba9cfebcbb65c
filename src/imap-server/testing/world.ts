/** An IMAP server over a real store in a temporary folder, and clients without sockets. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ManualClock } from '../../base/clock.ts'
import { DEFAULT_LIMITS, type Limits } from '../../base/limits.ts'
import { systemRandom } from '../../base/random.ts'
import { type Database, openDatabaseInline } from '../../db/database.ts'
import { writeTable } from '../../db/group-commit.ts'
import { append } from '../../delivery/deliver.ts'
import { LocalDelivery } from '../../delivery/delivery.ts'
import { DiskGuard } from '../../delivery/disk-guard.ts'
import type { Credentials } from '../../directory/types.ts'
import type { Event, MessageId } from '../../journal/event.ts'
import type { Outbox } from '../../log/outbox.ts'
import { FakeStream } from '../../net/testing/fake-stream.ts'
import { revocableLogins } from '../../net/testing/revocable-logins.ts'
import type { AcceptStream } from '../../net/types.ts'
import { MIGRATIONS } from '../../migrations.ts'
import { BlobFolder } from '../../store/blob-folder.ts'
import { changeFlags } from '../../store/flags.ts'
import {
  createMailbox,
  deleteMailbox,
  renameMailbox,
  setSubscribed,
} from '../../store/mailboxes.ts'
import { copy, expunge, move } from '../../store/move.ts'
import { DatabaseStore } from '../../store/store.ts'
import { JANE, makeJane, setQuota } from '../../store/testing/jane.ts'
import type { MailboxId } from '../../store/types.ts'
import { acceptImap } from '../accept.ts'
import type { ImapOptions } from '../options.ts'
import { UserSlots } from '../user-slots.ts'
import { Client } from './client.ts'

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5)

export interface WorldOptions {
  readonly limits?: Partial<Limits['imap']>
  readonly maxMessageOctets?: number
  readonly options?: Partial<ImapOptions>
  readonly credentials?: Credentials
}

export interface World extends AsyncDisposable {
  readonly clock: ManualClock
  readonly store: DatabaseStore
  readonly inbox: MailboxId
  readonly delivery: LocalDelivery
  readonly events: Event[]
  /** What the server reported as its own faults. */
  readonly faults: unknown[]
  /** What the listener would be given. */
  readonly accept: AcceptStream
  /** Connects; `tls` is true unless said otherwise. */
  connect(options?: { readonly tls?: boolean }): Client
  /** Connects and logs in. */
  login(): Promise<Client>
  /** Logs in and selects INBOX. */
  select(): Promise<Client>
  /** Files a message; LF becomes CRLF. */
  add(text: string, mailbox?: string): Promise<void>
  /** Ends the right of whoever is logged in. */
  readonly revoke: (why: string) => void
  setQuota(octets: number): Promise<void>
}

/** One account, `jane@here.example`, whose password is `secret`. */
export const CREDENTIALS: Credentials = {
  async checkPassword(login, password) {
    await new Promise((resolve) => setImmediate(resolve))
    if (login !== 'jane@here.example' || password !== 'secret') return null
    return { accountId: JANE, login }
  },
  scramVerifier() {
    throw new Error('not in this world')
  },
  scramFailed() {},
}

const WRITES = writeTable([
  ...[makeJane, setQuota, append, changeFlags, copy, expunge, move],
  ...[createMailbox, deleteMailbox, renameMailbox, setSubscribed],
])

export async function openWorld(given: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-imap-'))
  const clock = new ManualClock(NOW_MS)
  const limits = limitsOf(given)
  const database = openDatabaseInline({
    file: join(folder, 'mail.db'),
    migrations: MIGRATIONS,
    writes: WRITES,
  })
  await database.write(makeJane, undefined)
  const blobs = new BlobFolder(folder)
  await blobs.open()
  const store = new DatabaseStore({ database, blobs, limits: limits.mailbox, clock })
  const inbox = store.mailbox(JANE, 'INBOX')?.id
  assert.ok(inbox !== undefined)
  const delivery = deliveryInto({ database, blobs, clock, limits, folder, store })
  const events: Event[] = []
  const faults: unknown[] = []
  const { logins, revoke } = revocableLogins(given.credentials ?? CREDENTIALS)
  const options: ImapOptions = {
    ...{ hostName: 'mail.here.example', limits, store, delivery, clock, random: systemRandom },
    logins,
    journal: { record: (event) => void events.push(event) },
    tlsMode: 'starttls',
    softwareName: 'Waybill',
    softwareVersion: '0.1.0',
    reportError: (error) => void faults.push(error),
    ...given.options,
  }
  const accept = acceptImap(options, new UserSlots(limits.imap))
  const clients: Client[] = []
  const connect = ({ tls = true } = {}) => {
    const stream = new FakeStream({ tls })
    accept(stream)
    const client = new Client(stream)
    clients.push(client)
    return client
  }
  const login = async () => {
    const client = connect()
    await client.ok('LOGIN jane@here.example secret')
    return client
  }
  return {
    ...{ clock, store, inbox, delivery, events, faults, accept, connect, login, revoke },
    async select() {
      const client = await login()
      await client.ok('SELECT INBOX')
      return client
    },
    async add(text, name = 'INBOX') {
      const mailbox = store.mailbox(JANE, name)
      assert.ok(mailbox)
      await using writer = delivery.openBody()
      writer.write(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'))
      const flags = { system: 0, keywords: [] }
      const body = await writer.finish()
      await delivery.append(JANE, mailbox.id, [{ body, flags, receivedMs: NOW_MS }])
    },
    setQuota: (octets) => database.write(setQuota, { octets }),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.stream.hangUp()
      await database[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

interface DeliveryParts {
  readonly database: Database
  readonly blobs: BlobFolder
  readonly clock: ManualClock
  readonly limits: Limits
  readonly folder: string
  readonly store: DatabaseStore
}

function deliveryInto({ folder, store, ...parts }: DeliveryParts): LocalDelivery {
  const { clock } = parts
  return new LocalDelivery({
    ...parts,
    watchers: store.watchers,
    // APPEND writes no log lines.
    outbox: {} as Outbox,
    guard: new DiskGuard({
      ...{ dataFolder: folder, clock, minFreePercent: 0, minFreeOctets: 0, ballastOctets: 0 },
      report: () => {},
    }),
    directory: {
      room: () => null,
      keepsSent: () => false,
      route: () => ({ steps: [], destinations: [] }),
    },
    telling: { hostName: () => 'localhost', onRefused: () => {} },
    newMessageId: () => '1vnYk2-00000000BQ5-1EaB' as MessageId,
    sending: null,
  })
}

function limitsOf({ limits, maxMessageOctets }: WorldOptions): Limits {
  const { message, imap } = DEFAULT_LIMITS
  return {
    ...DEFAULT_LIMITS,
    message: { ...message, maxOctets: maxMessageOctets ?? message.maxOctets },
    imap: { ...imap, ...limits },
  }
}
