import type { DestinationState, QueueRows } from '../runner-types.ts'
import type { LeaseArgs } from '../lease.ts'
import type { Settlement } from '../settle.ts'
import type { DestinationName, Lease, LeasedRecipient, Outcome, QueueId } from '../types.ts'
import type { MessageId } from '../../journal/event.ts'

/** One recipient in {@link MemoryRows}. */
interface Entry {
  readonly destination: DestinationName
  readonly address: string
  state: 'pending' | 'leased' | 'delivered' | 'failed' | 'cancelled'
  dueMs: number
  attempts: number
  outcome: Outcome | null
}

interface Message {
  readonly id: QueueId
  readonly lease: Omit<Lease, 'destination' | 'leasedUntilMs' | 'recipients'>
  readonly entries: Entry[]
}

/** The queue's rows without a database, with what a test counts. */
export class MemoryRows implements QueueRows {
  readonly messages: Message[] = []
  readonly states = new Map<DestinationName, DestinationState>()
  /** As the log would have it. */
  lines = ''
  /** Calls of `lease`, by destination. */
  readonly leaseCalls = new Map<DestinationName, number>()
  notices: unknown[] = []
  /** Set: settling fails so, as on a full disk. */
  settleError: Error | null = null
  /** Called before each settlement counts. */
  beforeSettle: () => Promise<void> = async () => {}
  /** For each destination, the first of its messages that may still be pending. */
  readonly #from = new Map<DestinationName, number>()
  readonly #of = new Map<DestinationName, Message[]>()

  add(
    destination: string,
    addresses: readonly string[],
    facts: Partial<Message['lease']> & { readonly arrivedMs: number },
  ): Message {
    const name = destination as DestinationName
    const number = this.messages.length + 1
    const id = number as QueueId
    const lease = {
      queueId: id,
      messageId: `1vnYk2-0000000${String(number).padStart(6, '0')}-1EaB`.slice(-23) as MessageId,
      blobId: number,
      prefix: new Uint8Array(0),
      sizeOctets: 100,
      from: 'jane@here.example',
      eightBit: false,
      smtputf8: false,
      requireTls: false,
      ret: null,
      envelopeId: null,
      expiresMs: facts.arrivedMs + 5 * 86_400_000,
      ...facts,
    }
    const entries = addresses.map(
      (address): Entry => ({
        destination: name,
        address,
        state: 'pending',
        dueMs: facts.arrivedMs,
        attempts: 0,
        outcome: null,
      }),
    )
    const message = { id, lease, entries }
    this.messages.push(message)
    const list = this.#of.get(name) ?? []
    list.push(message)
    this.#of.set(name, list)
    return message
  }

  count(state: Entry['state'], destination?: string): number {
    let count = 0
    for (const { entries } of this.messages)
      for (const entry of entries)
        if (entry.state === state && entry.destination === (destination ?? entry.destination))
          count++
    return count
  }

  async voidLeases(): Promise<void> {
    for (const { entries } of this.messages)
      for (const entry of entries)
        if (entry.state === 'leased') Object.assign(entry, { state: 'pending', dueMs: 0 })
    this.#from.clear()
  }

  #timeOf(name: DestinationName): number | null {
    const list = this.#of.get(name) ?? []
    let dueMs: number | null = null
    for (let at = this.#from.get(name) ?? 0; at < list.length; at++)
      for (const entry of list[at]?.entries ?? []) {
        if (entry.state !== 'pending') continue
        if (dueMs === null || entry.dueMs < dueMs) dueMs = entry.dueMs
        if (list.length > MANY) return Math.max(dueMs, this.states.get(name)?.blockedUntilMs ?? 0)
      }
    return dueMs === null ? null : Math.max(dueMs, this.states.get(name)?.blockedUntilMs ?? 0)
  }

  dueDestinations(nowMs: number, limit: number): readonly DestinationState[] {
    return [...this.#of.keys()]
      .map((name) => ({ name, timeMs: this.#timeOf(name) }))
      .filter(({ timeMs }) => timeMs !== null && timeMs <= nowMs)
      .slice(0, limit)
      .map(({ name }) => this.states.get(name) ?? { name, ...CLEAN })
  }

  nextDueMs(afterMs: number): number | null {
    const times = [...this.#of.keys()].map((name) => this.#timeOf(name))
    const later = times.filter((timeMs) => timeMs !== null && timeMs > afterMs)
    return later.length === 0 ? null : Math.min(...(later as number[]))
  }

  timeOf(destination: DestinationName): number | null {
    return this.#timeOf(destination)
  }

  async lease(args: LeaseArgs): Promise<readonly Lease[]> {
    const { destination, nowMs, leaseUntilMs, maxMessages, maxRecipients } = args
    this.leaseCalls.set(destination, (this.leaseCalls.get(destination) ?? 0) + 1)
    const leases: Lease[] = []
    let room = maxRecipients
    for (const message of (this.#of.get(destination) ?? []).slice(this.#from.get(destination))) {
      if (leases.length >= maxMessages || room === 0) break
      const recipients: LeasedRecipient[] = []
      for (const [index, entry] of message.entries.entries()) {
        if (entry.state !== 'pending' || entry.dueMs > nowMs || room === 0) continue
        room--
        entry.state = 'leased'
        entry.dueMs = leaseUntilMs
        const { address, attempts } = entry
        const common = { parents: [], notify: null, original: null }
        recipients.push({ number: index + 1, address, attempts, ...common })
      }
      if (recipients.length > 0)
        leases.push({ ...message.lease, destination, leasedUntilMs: leaseUntilMs, recipients })
    }
    return leases
  }

  async settle(settlement: Settlement<unknown>): Promise<readonly number[]> {
    await this.beforeSettle()
    if (this.settleError !== null) throw this.settleError
    const { leases, destination } = settlement
    if (destination !== null) this.states.set(destination.name, destination)
    for (const { queueId, results, lines, completedLine, notices } of leases) {
      const message = this.messages[queueId - 1]
      if (message === undefined) throw new Error(`no message ${queueId}`)
      for (const { number, outcome, nextDueMs } of results) {
        const entry = message.entries[number - 1]
        if (entry?.state !== 'leased') throw new Error(`recipient ${number} is not leased`)
        const isOpen = outcome === null || outcome.kind === 'deferred'
        entry.state = isOpen ? 'pending' : outcome.kind
        entry.dueMs = nextDueMs ?? message.lease.arrivedMs
        if (outcome === null) continue
        entry.outcome = outcome
        entry.attempts++
      }
      this.lines += lines
      this.notices.push(...notices)
      const isOpen = message.entries.some(({ state }) => state === 'pending' || state === 'leased')
      if (!isOpen) this.lines += completedLine
    }
    return []
  }
}

const CLEAN = { blockedUntilMs: null, failures: 0, error: null }
/** Of so many messages at one destination the first pending one says when it is due. */
const MANY = 1000
