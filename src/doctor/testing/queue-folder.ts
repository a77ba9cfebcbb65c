/** A data folder whose queue has what a test puts into it. */
import type { TestContext } from 'node:test'

import { ManualClock } from '../../base/clock.ts'
import { DAY_MS, HOUR_MS } from '../../base/durations.ts'
import type { AlertLimits } from '../../config/alerts.ts'
import type { SqliteConnection } from '../../db/sqlite.ts'
import { lease } from '../../queue/lease.ts'
import { stopQueued } from '../../queue/steer.ts'
import {
  acceptMail,
  mailTo,
  mx,
  NOW_MS,
  settle,
  settled,
  type TestMail,
} from '../../queue/testing/test-queue.ts'
import type { QueueId } from '../../queue/types.ts'
import type { World } from '../world.ts'
import { DataFolder } from './data-folder.ts'

const RUNNING: NonNullable<World['status']> = {
  ...{ processId: 1, version: '1.2.3', startedMs: NOW_MS - DAY_MS, listeners: [] },
  ...{ writesWaiting: 0, memoryOctets: 1e8 },
} as unknown as NonNullable<World['status']>

export interface QueueGiven {
  /** The doctor comes so long after it. */
  readonly afterMs?: number
  readonly status?: World['status']
  readonly limits?: Partial<AlertLimits>
}

export async function queueWorld(
  t: TestContext,
  fill: (store: SqliteConnection) => void,
  { afterMs = 0, status = RUNNING, limits = {} }: QueueGiven = {},
): Promise<World> {
  const folder = new DataFolder(t)
  folder.change(fill)
  const clock = new ManualClock(NOW_MS + afterMs)
  return await folder.world({ clock, status, loaded: folder.loadedWith(limits) })
}

export function accept(store: SqliteConnection, mail: TestMail): QueueId {
  return store.transact('write', acceptMail.run(mail))
}

/** So many messages for bob@example.net. */
export function acceptMany(count: number): (store: SqliteConnection) => void {
  return (store) => {
    for (let at = 0; at < count; at++) accept(store, mailTo(['bob@example.net']))
  }
}

/** One message, stopped by root. */
export function acceptStopped(how: 'held' | 'frozen'): (store: SqliteConnection) => void {
  return (store) => {
    const queueId = accept(store, mailTo(['bob@example.net']))
    const targets = [{ queueId, lines: '' }]
    store.transact('write', stopQueued.run({ as: how, targets, by: 'root' }))
  }
}

/** Tries what waits there, in vain. */
export function tryInVain(
  store: SqliteConnection,
  domain: string,
  text: string,
  times: number,
): void {
  for (let failures = 1; failures <= times; failures++) {
    const nowMs = NOW_MS + failures * HOUR_MS
    const args = { destination: mx(domain), nowMs, leaseUntilMs: nowMs + HOUR_MS }
    const leases = store.transact(
      'write',
      lease.run({ ...args, maxMessages: 10, maxRecipients: 10 }),
    )
    const state = { name: mx(domain), blockedUntilMs: nowMs + HOUR_MS, failures, error: text }
    const done = leases.map((one) => settled(one, 'deferred', nowMs, nowMs + HOUR_MS))
    store.transact('write', settle.run({ leases: done, destination: state }))
  }
}
