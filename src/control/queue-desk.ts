/** The queue as a person works with it: the same with a running server and on a folder without one. */
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import type { Database } from '../db/database.ts'
import type { Write } from '../db/statement.ts'
import type { DeliverArgs, DeliverResult } from '../delivery/deliver.ts'
import type { Relay, Route } from '../directory/types.ts'
import type { Resolver } from '../dns/resolver.ts'
import type { MessageId } from '../journal/event.ts'
import type { Outbox } from '../log/outbox.ts'
import { type AfterCommit, afterCommit } from '../queue/after-commit.ts'
import { contentOf } from '../queue/content.ts'
import { type DestinationRow, findDestination } from '../queue/destinations.ts'
import {
  ALL_QUEUED,
  countQueued,
  findQueued,
  messageIdsOf,
  type QueuedMessage,
  queuedMessages,
  queuePage,
} from '../queue/list.ts'
import type { NoticeWriter } from '../queue/notice-writer.ts'
import type { QueueRunner } from '../queue/runner.ts'
import type { RunnerStatus } from '../queue/runner-types.ts'
import { IS_FINAL } from './queue-targets.ts'
import type { BounceResult, BounceTarget, SteerResult } from '../queue/steer.ts'
import { type SummaryPage, summaryPage } from '../queue/summary.ts'
import type { Told } from '../queue/tell.ts'
import type { DestinationName, QueueId } from '../queue/types.ts'
import type { BlobFolder } from '../store/blob-folder.ts'
import type {
  ContentPiece,
  ListedIds,
  ListedMessages,
  PageFilter,
  QueueView,
  ShownMessage,
} from './queue-types.ts'
import { Wishes } from './queue-wishes.ts'

export interface QueueDeskOptions extends AfterCommit<DeliverResult> {
  readonly database: Database
  readonly blobs: BlobFolder
  readonly outbox: Pick<Outbox, 'render' | 'committed'>
  readonly clock: Clock
  readonly bounce: Write<
    { readonly targets: readonly BounceTarget<DeliverArgs>[] },
    BounceResult<DeliverResult>
  >
  readonly notices: NoticeWriter
  readonly route: (address: string, sender: string | null) => Route
  readonly relays: () => readonly Relay[]
  /** Undefined without a server: then nobody is asked. */
  readonly resolver: Pick<Resolver, 'mxAnswer'> | undefined
  /** Undefined: no server runs, or one from which nothing leaves. */
  readonly runner: Pick<QueueRunner, 'wake' | 'status' | 'giveBack'> | undefined
}

/** What can be read of the queue. */
export class QueueDesk {
  readonly options: QueueDeskOptions
  readonly wishes = new Wishes()

  constructor(options: QueueDeskOptions) {
    this.options = options
  }

  /** The next messages that the filter finds; a page ends early when they have many recipients. */
  list(filter: PageFilter, after: QueueId | null): ListedMessages {
    const { database } = this.options
    const page = database.read(queuePage({ ...ALL_QUEUED, ...filter }, after))
    const messages: ShownMessage[] = []
    let recipients = 0
    for (const queueId of page.ids) {
      const [message] = database.read(queuedMessages([queueId]))
      if (message === undefined) continue
      messages.push(shown(message))
      recipients += message.recipients.length
      if (recipients >= PAGE_RECIPIENTS)
        return { messages, blocked: this.#blocked(messages), next: queueId }
    }
    return { messages, blocked: this.#blocked(messages), next: page.next }
  }

  #blocked(messages: readonly ShownMessage[]): DestinationRow[] {
    const { database, clock } = this.options
    const names = new Set(
      messages.flatMap(({ recipients }) => recipients.map(({ destination }) => destination)),
    )
    const found = [...names].flatMap((name) => database.read(findDestination(name)) ?? [])
    return found.filter(({ blockedUntilMs }) => (blockedUntilMs ?? 0) > clock.nowMs())
  }

  ids(filter: PageFilter, after: QueueId | null): ListedIds {
    const { database } = this.options
    const { ids, next } = database.read(queuePage({ ...ALL_QUEUED, ...filter }, after))
    const found = database.read(messageIdsOf(ids))
    const queueIds = found.map(({ queueId }) => queueId)
    return { ids: found.map(({ messageId }) => messageId), queueIds, next }
  }

  count(): number {
    return this.options.database.read(countQueued())
  }

  summary(after: QueueId | null): SummaryPage {
    return this.options.database.read(summaryPage(after))
  }

  /** @throws Refusal notFound */
  show(id: MessageId): QueueView {
    const { database, clock, relays, runner } = this.options
    const message = this.find(id)
    const open = message.recipients.filter(({ state }) => !IS_FINAL[state])
    const names = [...new Set(open.map(({ destination }) => destination))]
    const refusedLogins = relays().flatMap(({ name, loginRefused }) =>
      loginRefused !== null && names.includes(`relay:${name}` as DestinationName)
        ? [{ relay: name, text: loginRefused.text }]
        : [],
    )
    return {
      message: shown(message),
      destinations: names.flatMap((name) => database.read(findDestination(name)) ?? []),
      refusedLogins,
      nobodyHere: message.stopped === null ? [] : this.#nobodyHere(message),
      attempts:
        runner === undefined
          ? null
          : runner.status().filter(({ destination }) => names.includes(destination)),
      nowMs: clock.nowMs(),
    }
  }

  #nobodyHere({ recipients, sender }: QueuedMessage): string[] {
    const open = recipients.filter(({ state }) => !IS_FINAL[state]).slice(0, MOST_ROUTED)
    const { route } = this.options
    return open.flatMap(({ address }) =>
      route(address, sender).destinations.some(({ kind }) => kind === 'refused') ? [address] : [],
    )
  }

  /** The octets of a message, from an offset on. @throws Refusal notFound */
  async content(id: MessageId, offset: number): Promise<ContentPiece> {
    const { database, blobs } = this.options
    const pieces: Uint8Array[] = []
    let at = 0
    let octets = 0
    for await (const chunk of contentOf(this.find(id), database, blobs)()) {
      const start = Math.max(0, offset - at)
      at += chunk.length
      if (start >= chunk.length) continue
      const piece = chunk.subarray(start, start + PIECE_OCTETS - octets)
      pieces.push(piece)
      octets += piece.length
      if (octets >= PIECE_OCTETS) break
    }
    const base64 = Buffer.concat(pieces).toString('base64')
    return { base64, next: octets >= PIECE_OCTETS ? offset + octets : null }
  }

  /** Each connection to another server; null: nothing sends here. */
  attempts(): readonly RunnerStatus[] | null {
    return this.options.runner?.status() ?? null
  }

  /** @throws Refusal notFound */
  find(id: MessageId): QueuedMessage {
    const message = this.options.database.read(findQueued(id))
    if (message === undefined)
      throw new Refusal(
        'notFound',
        `${id} is not in the queue; what became of it says waybill log trace ${id}`,
      )
    return message
  }
}

/** After the commit of a deed: the log, whoever sends, and the files of what is gone hear of it. */
export function committed(
  { options }: QueueDesk,
  result: SteerResult & Partial<Told<DeliverResult>>,
): void {
  afterCommit(options, result)
  if (result.destinations.length > 0) options.runner?.wake(result.destinations)
}

function shown({ prefix: _prefix, blobId: _blobId, ...message }: QueuedMessage): ShownMessage {
  return message
}

const PAGE_RECIPIENTS = 2000
/** More addresses are not followed in one request. */
const MOST_ROUTED = 100
const PIECE_OCTETS = 8 * 2 ** 20
