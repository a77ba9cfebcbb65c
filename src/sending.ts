/** Wiring: the queue and all that sending needs, from the directory to the network. */
import type { Clock } from './base/clock.ts'
import type { Random } from './base/random.ts'
import type { LiveConfig } from './config/live.ts'
import type { Database } from './db/database.ts'
import type { DeliverArgs, DeliverResult } from './delivery/deliver.ts'
import type { LocalDelivery } from './delivery/delivery.ts'
import type { OutgoingOptions } from './delivery/outgoing.ts'
import type { DatabaseDirectory } from './directory/directory.ts'
import type { DkimKeys } from './directory/dkim-keys.ts'
import type { Relays } from './directory/relays.ts'
import type { Resolver } from './dns/resolver.ts'
import { noteOf } from './journal/plain.ts'
import type { Logs } from './log/logs.ts'
import type { Outbox } from './log/outbox.ts'
import { noticeRefused, openNotices } from './notices.ts'
import { contentOf } from './queue/content.ts'
import { Overdue } from './queue/overdue.ts'
import { bouncer, DatabaseRows } from './queue/rows.ts'
import { QueueRunner } from './queue/runner.ts'
import type { Ways } from './queue/runner-types.ts'
import type { DestinationName, Lease } from './queue/types.ts'
import { RelayOrMx } from './queue/ways.ts'
import { connectWith } from './smtp-client/connection.ts'
import { findTargets } from './smtp-client/hosts.ts'
import { frontDoor, ourselves } from './smtp-client/ourselves.ts'
import { stsPolicies } from './smtp-client/sts.ts'
import { httpsFetchPolicy } from './smtp-client/sts-fetch.ts'
import { signers } from './signers.ts'
import type { Connect } from './smtp-client/types.ts'
import type { BlobFolder } from './store/blob-folder.ts'
import { type SignerFor, signContent } from './trust/dkim/sign-content.ts'
import { signerFor } from './trust/dkim/signer.ts'
import { bounceQueued, settle } from './writes.ts'

export interface SendingParts {
  readonly live: LiveConfig
  readonly clock: Clock
  readonly random: Random
  readonly resolver: Resolver
  readonly database: Database
  readonly blobs: BlobFolder
  readonly outbox: Outbox
  readonly logs: Logs
  readonly directory: DatabaseDirectory
  readonly relays: Relays
  readonly dkim: DkimKeys
  readonly report: (text: string) => void
  /** For whoever looks after the server: also in paniclog. */
  readonly alarm: (text: string) => void
}

/** What delivery asks of sending. The queue that it wakes is opened with delivery: {@link openQueue}. */
export function outgoingOf(
  {
    live,
    clock,
    directory,
    dkim,
    alarm,
  }: Pick<SendingParts, 'live' | 'clock' | 'directory' | 'dkim' | 'alarm'>,
  wake: (destinations: readonly DestinationName[]) => void,
): OutgoingOptions {
  return {
    outgoing: () => live.current.outgoing,
    signerFor: ourSigners({ dkim, clock, alarm }),
    forwardedSender: (sender, alias) => directory.forwardedSender(sender, alias),
    wake,
  }
}

function ourSigners({
  dkim,
  clock,
  alarm,
}: Pick<SendingParts, 'dkim' | 'clock' | 'alarm'>): SignerFor {
  const keysOf = (name: string) => dkim.signingKeys(name)
  return signers({ open: (domain) => signerFor(domain, { keysOf, clock }), alarm })
}

/** The queue at work, and what steers it. */
export interface Sending extends AsyncDisposable {
  readonly runner: QueueRunner
  /** Sends what waits. */
  start(): Promise<void>
}

export function openQueue(parts: SendingParts, delivery: LocalDelivery): Sending {
  const { live, clock, random, database, blobs, outbox, logs, directory, report, alarm } = parts
  const content = (lease: Lease) => contentOf(lease, database, blobs)
  const hostName = () => live.current.hostName
  const outgoing = () => live.current.outgoing
  const { render } = outbox
  const kept = {
    ...{ database, outbox, blobs },
    onDelivered: (delivered: readonly DeliverResult[]) => {
      for (const one of delivered) delivery.committed(one)
    },
    onRefused: (why: string) => alarm(noticeRefused(why)),
  }
  const rows = new DatabaseRows<DeliverArgs, DeliverResult>({ ...kept, settle })
  const bounce = bouncer<DeliverArgs, DeliverResult>({ ...kept, bounceQueued })
  const notices = openNotices({ hostName, clock, database, blobs, directory, delivery })
  const runner = new QueueRunner({
    ...{
      rows,
      ways: waysOf(parts),
      connect: connectOf(parts),
      notices,
      content,
      outgoing,
      hostName,
    },
    ...{ clock, random, render, journal: logs, report },
    stopTimeoutMs: live.current.stopTimeoutMs,
    onWoken: () => overdue.changed(),
  })
  const onPulledIn = () => runner.changed()
  const overdue = new Overdue({
    ...{ database, rows, notices, bounce, render, clock, outgoing, onPulledIn, report, alarm },
  })
  return {
    runner,
    async start() {
      await runner.start()
      overdue.start()
    },
    async [Symbol.asyncDispose]() {
      await overdue[Symbol.asyncDispose]()
      await runner[Symbol.asyncDispose]()
    },
  }
}

/** Mail that is converted for a server is signed again. */
function connectOf(parts: SendingParts): Connect {
  const signersNow = ourSigners(parts)
  return connectWith({ signAgain: (content) => signContent(content, signersNow) })
}

function waysOf({
  live,
  directory,
  relays,
  resolver,
  clock,
  random,
  database,
  logs,
  report,
}: SendingParts): Ways {
  const fetchPolicy = httpsFetchPolicy({ resolver, rules: () => live.current.outgoing })
  const sts = stsPolicies({ clock, resolver, database, fetchPolicy, report })
  return new RelayOrMx({
    ...{ relays, resolver, outgoing: () => live.current.outgoing },
    findTargets: async (place, demand) => {
      const { outgoing, listeners, hostName } = live.current
      // It waited when the domain came here: our own front door takes it in.
      const door = directory.isLocalDomain(place) ? frontDoor(listeners) : null
      if (door !== null) return { targets: [door], notes: [] }
      const isOurself = ourselves(listeners, hostName)
      return await findTargets(place, { resolver, sts, random, clock, outgoing, isOurself, demand })
    },
    note: (text) => logs.record(noteOf(clock.nowMs(), 'routing', text)),
  })
}
