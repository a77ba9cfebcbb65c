/** The door with everything behind it, in a temporary folder, without threads. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { systemClock } from '../../base/clock.ts'
import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { type Database, openDatabaseInline } from '../../db/database.ts'
import { type DatabaseDirectory, openDirectory } from '../../directory/directory.ts'
import type { MessageId } from '../../journal/event.ts'
import { UTC } from '../../journal/zone.ts'
import { openLogs } from '../../log/logs.ts'
import { Outbox } from '../../log/outbox.ts'
import { MIGRATIONS } from '../../migrations.ts'
import { BlobFolder } from '../../store/blob-folder.ts'
import { DatabaseStore } from '../../store/store.ts'
import { addAccount, removeAccount, writes } from '../../writes.ts'
import { LocalDelivery } from '../delivery.ts'
import { DiskGuard } from '../disk-guard.ts'
import type { ArrivalFacts, Body } from '../types.ts'

export interface TestDelivery extends AsyncDisposable {
  readonly folder: string
  readonly database: Database
  readonly blobs: BlobFolder
  readonly store: DatabaseStore
  readonly directory: DatabaseDirectory
  readonly delivery: LocalDelivery
  facts(): ArrivalFacts
  body(text: string): Promise<Body>
  /** Accepts a message from a@x.example for these recipients. */
  deliver(text: string, recipients: readonly string[], giveUp?: AbortSignal): Promise<void>
  /** Why notices to senders were not delivered. */
  readonly refused: readonly string[]
  /** The log lines are in the log. */
  settle(): Promise<void>
}

/** jane@ and bob@here.example; team@ is both, noreply@ a black hole. */
export async function openTestDelivery(): Promise<TestDelivery> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-delivery-'))
  const clock = systemClock
  const limits = DEFAULT_LIMITS
  const database = openDatabaseInline({
    file: join(folder, 'mail.db'),
    migrations: MIGRATIONS,
    writes,
  })
  const blobs = new BlobFolder(folder)
  await blobs.open()
  const store = new DatabaseStore({ database, blobs, limits: limits.mailbox, clock })
  const directory = await openDirectory({
    ...{ database, clock, limits: limits.auth, addAccount, removeAccount },
    ...{ onRemoved: () => {}, catchOutside: null },
  })
  await fill(directory)
  const report = (text: string) => {
    throw new Error(text)
  }
  const rotation = { maxOctets: 1e9, daily: false, keep: 1, compress: false }
  const logFolder = join(folder, 'log')
  const logs = await openLogs({ folder: logFolder, clock, rotation, zone: UTC, report })
  const outbox = new Outbox({
    ...{ database, log: logs.mainlog, folder: logFolder, zone: UTC, clock, report },
  })
  await outbox.recover()
  const space = { minFreePercent: 0, minFreeOctets: 0, ballastOctets: 0 }
  const guard = new DiskGuard({ dataFolder: folder, clock, ...space, report })
  let messages = 0
  const refused: string[] = []
  const newMessageId = () => `1vnYk2-${String(++messages).padStart(11, '0')}-1EaB` as MessageId
  const delivery = new LocalDelivery({
    ...{ database, blobs, watchers: store.watchers, outbox, guard, clock, limits, newMessageId },
    ...{ directory, sending: null },
    telling: { hostName: () => 'mail.here.example', onRefused: (why) => refused.push(why) },
  })
  async function body(text: string): Promise<Body> {
    await using writer = delivery.openBody()
    const octets = Buffer.from(text, 'latin1')
    for (let at = 0; at < octets.length; at += 16_384)
      if (!writer.write(octets.subarray(at, at + 16_384))) await writer.drained()
    return await writer.finish()
  }
  const facts = () => factsOf(newMessageId())
  return {
    ...{ folder, database, blobs, store, directory, delivery, body, facts, refused },
    async deliver(text, addresses, giveUp) {
      const recipients = addresses.map((address) => ({
        address,
        destinations: directory.route(address).destinations,
        ...{ notify: null, original: null },
      }))
      const message = { facts: facts(), recipients, body: await body(text) }
      await delivery.accept(giveUp === undefined ? message : { ...message, giveUp })
    },
    async settle() {
      await outbox.settle()
      await logs.flush()
    },
    async [Symbol.asyncDispose]() {
      await outbox[Symbol.asyncDispose]()
      await logs[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

async function fill(directory: DatabaseDirectory): Promise<void> {
  await directory.addDomain('here.example')
  const plain = { password: 'correct horse', quotaOctets: null, enabled: true }
  const names = ['jane', 'bob'].map((name) => `${name}@here.example`)
  // One after the other: the first is the postmaster.
  for (const name of names) await directory.addAccount(name, plain)
  await directory.addAlias('team@here.example', { kind: 'addresses', addresses: names })
  await directory.addAlias('noreply@here.example', { kind: 'blackhole' })
}

function factsOf(id: MessageId): ArrivalFacts {
  return {
    id,
    from: 'a@x.example',
    host: { name: null, helo: 'x.example', address: '192.0.2.9', port: 5025 },
    local: { address: '192.0.2.1', port: 25 },
    ...{ user: null, protocol: 'esmtp', tls: null, authenticator: null, login: null },
  }
}
