import { ManualClock } from '../../base/clock.ts'
import type { OutgoingConfig } from '../../config/types.ts'
import type { OwnEvent } from '../../journal/event.ts'
import { UTC } from '../../journal/zone.ts'
import { renderLine } from '../../log/render.ts'
import type {
  Connect,
  Connection,
  ConnectFailure,
  OutgoingMessage,
  Result,
  Target,
} from '../../smtp-client/types.ts'
import { QueueRunner } from '../runner.ts'
import type {
  Failure,
  Notices,
  RefusedLogin,
  RunnerOptions,
  ToldRecipient,
  Way,
  WayFault,
  Ways,
} from '../runner-types.ts'
import type { DestinationName, Lease } from '../types.ts'
import { MemoryRows } from './memory-rows.ts'

export const START_MS = Date.UTC(2026, 10, 20, 9)
export const MINUTE_MS = 60_000

export const OUTGOING: OutgoingConfig = {
  ipv4: true,
  ipv6: true,
  allowPrivate: false,
  port: 25,
  helloName: null,
  sourceIpv4: null,
  sourceIpv6: null,
  retryMs: [5, 10, 20, 40, 60, 120, 240].map((minutes) => minutes * MINUTE_MS),
  delayNoticeMs: 240 * MINUTE_MS,
  expiryMs: 5 * 24 * 60 * MINUTE_MS,
  bounceExpiryMs: 2 * 24 * 60 * MINUTE_MS,
  firstConnections: 2,
  maxConnectionsPerDestination: 20,
  maxConnections: 200,
  maxRecipientsInMemory: 20_000,
  ratePerMinute: 0,
  trustedResolvers: [],
  timeouts: {
    ...{ connectMs: 5000, greetingMs: 5000, commandMs: 5000, startTlsMs: 5000 },
    ...{ dataMs: 5000, blockMs: 5000, endOfDataMs: 5000, quitMs: 500 },
  },
  domains: [],
}

/** A host of a test: what it does with connections and messages. */
export interface FakeHost {
  /** What it answers to a connection; null: it takes it. */
  refusal: Failure | null
  /** Takes no more connections at once than these. */
  maxConnections: number
  /** The results of a message; null: 250 for everybody. */
  answer: ((message: OutgoingMessage, connection: FakeConnection) => readonly Result[]) | null
  /** While set, messages stay under way until it resolves. */
  gate: Promise<void> | null
  /** What is under way has been sent to its end: only its answer is still to come. */
  isAnswering: boolean
  /** Connections tried, open now, open at most at once, and messages taken. */
  tried: number
  open: number
  peak: number
  readonly taken: { readonly recipients: readonly string[]; readonly atMs: number }[]
  /** Messages of each connection. */
  readonly perConnection: number[]
}

export interface FakeConnection extends Connection {
  messagesSent: number
  usable: boolean
  mayHaveTaken: boolean
}

export const DELIVERED: Result = { kind: 'delivered', reply: '250 2.0.0 Ok', relaysNotices: false }

export function failure(over: Partial<Failure> = {}): Failure {
  return {
    kind: 'deferred',
    phase: 'connect',
    text: 'Connection timed out',
    reply: null,
    status: '4.4.1',
    scope: 'host',
    ...over,
  }
}

/** A runner over rows in memory, hosts of a table, and a clock that a test moves. */
export class TestRunner implements AsyncDisposable {
  readonly clock = new ManualClock(START_MS)
  readonly rows: MemoryRows
  readonly hosts = new Map<string, FakeHost>()
  /** Hosts by destination; others have one of their own name. */
  readonly mx = new Map<string, readonly string[]>()
  readonly wayFaults = new Map<string, Failure>()
  /** By which mechanism hosts take our login; null: they get none. */
  login: string | null = null
  readonly refusedLogins = new Map<DestinationName, RefusedLogin>()
  readonly told: ToldRecipient[] = []
  /** What TLS had to be like, at each look for hosts. */
  readonly demands: string[] = []
  readonly events: OwnEvent[] = []
  readonly reports: string[] = []
  outgoing: OutgoingConfig
  runner: QueueRunner

  constructor(outgoing: Partial<OutgoingConfig> = {}, rows = new MemoryRows()) {
    this.rows = rows
    this.outgoing = { ...OUTGOING, ...outgoing }
    this.runner = new QueueRunner(this.options)
  }

  get options(): RunnerOptions {
    return {
      rows: this.rows,
      ways: this.#ways,
      connect: this.#connect,
      notices: this.#notices,
      content: () => () => [Buffer.from('Subject: x\r\n\r\nx\r\n')],
      outgoing: () => this.outgoing,
      hostName: () => 'mail.here.example',
      clock: this.clock,
      // The middle of its range: no jitter.
      random: { octets: (count) => new Uint8Array(count).fill(0x7f) },
      render: (event) => renderLine(event, UTC),
      journal: { record: (event) => void this.events.push(event) },
      report: (text) => void this.reports.push(text),
      stopTimeoutMs: 10_000,
    }
  }

  host(name: string): FakeHost {
    const known = this.hosts.get(name)
    if (known !== undefined) return known
    const host: FakeHost = {
      refusal: null,
      maxConnections: Number.POSITIVE_INFINITY,
      answer: null,
      gate: null,
      isAnswering: false,
      tried: 0,
      open: 0,
      peak: 0,
      taken: [],
      perConnection: [],
    }
    this.hosts.set(name, host)
    return host
  }

  /** One message for each address. */
  add(destination: string, addresses: readonly string[], facts: Partial<Lease> = {}): void {
    const arrivedMs = this.clock.nowMs()
    for (const address of addresses) this.rows.add(destination, [address], { arrivedMs, ...facts })
  }

  async start(): Promise<void> {
    await this.runner.start()
    await this.settleDown()
  }

  wake(...names: string[]): Promise<void> {
    this.runner.wake(names as DestinationName[])
    return this.settleDown()
  }

  /** Until nothing happens any more without time going on. */
  async settleDown(): Promise<void> {
    let before = ''
    for (let quiet = 0; quiet < 20; ) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = this.#signature()
      quiet = now === before ? quiet + 1 : 0
      before = now
    }
  }

  /** Time goes on in steps of at most a minute, and everything that it starts ends. */
  async advance(ms: number, stepMs = MINUTE_MS): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(stepMs, left))
      await this.settleDown()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner[Symbol.asyncDispose]()
  }

  #signature(): string {
    const hosts = [...this.hosts.values()]
    const leases = [...this.rows.leaseCalls.values()].reduce((sum, calls) => sum + calls, 0)
    return `${leases} ${this.rows.lines.length} ${hosts.map((host) => `${host.tried} ${host.taken.length} ${host.open}`)}`
  }

  readonly #ways: Ways = {
    find: async (destination, { demand }): Promise<Way | WayFault> => {
      this.demands.push(demand)
      const fault = this.wayFaults.get(destination)
      if (fault !== undefined) return { failure: fault }
      const names = this.mx.get(destination) ?? [destination.replace(/^[a-z]+:/, '')]
      return {
        targets: names.map(targetOf),
        login: null,
        loginWasRefused: this.refusedLogins.has(destination),
      }
    },
    rememberLogin: async (destination, refused) => {
      const isNew = this.refusedLogins.has(destination) === (refused === null)
      if (refused === null) this.refusedLogins.delete(destination)
      else this.refusedLogins.set(destination, refused)
      return isNew
    },
  }

  readonly #notices: Notices = {
    prepare: async (_lease, told) => {
      this.told.push(...told)
      return { notices: [], alarms: [] }
    },
  }

  readonly #connect: Connect = async (target, { signal }): Promise<Connection | ConnectFailure> => {
    await new Promise((resolve) => setImmediate(resolve))
    const host = this.host(target.name ?? '')
    host.tried++
    const at = { name: target.name, helo: null, address: target.address, port: target.port }
    const isFull = host.open >= host.maxConnections
    const refusal =
      host.refusal ??
      (isFull ? failure({ phase: 'banner', text: 'busy', reply: '421 4.7.0 busy' }) : null)
    if (refusal !== null) return { failure: refusal, host: at, tls: null }
    return this.#connectionTo(target, host, at, signal)
  }

  #connectionTo(
    target: Target,
    host: FakeHost,
    at: Connection['host'],
    signal: AbortSignal,
  ): FakeConnection {
    host.open++
    host.peak = Math.max(host.peak, host.open)
    const index = host.perConnection.push(0) - 1
    let isOpen = true
    const end = () => {
      if (isOpen) host.open--
      isOpen = false
    }
    const { clock } = this
    const connection: FakeConnection = {
      target,
      host: at,
      tls: null,
      authenticator: this.login,
      messagesSent: 0,
      usable: true,
      doing: 'sending',
      mayHaveTaken: false,
      async send(message) {
        connection.mayHaveTaken = host.isAnswering
        await new Promise((resolve) => setImmediate(resolve))
        if (host.gate !== null) await Promise.race([host.gate, aborted(signal)])
        if (signal.aborted) return message.recipients.map(() => failure({ text: 'aborted' }))
        const results =
          host.answer?.(message, connection) ?? message.recipients.map(() => DELIVERED)
        const recipients = message.recipients.filter((_, at) => results[at]?.kind === 'delivered')
        if (recipients.length > 0)
          host.taken.push({
            recipients: recipients.map(({ address }) => address),
            atMs: clock.nowMs(),
          })
        connection.messagesSent++
        host.perConnection[index] = connection.messagesSent
        return results
      },
      close: async () => end(),
      destroy: end,
    }
    return connection
  }
}

function targetOf(name: string): Target {
  return { name, address: `address of ${name}`, port: 25, tls: { kind: 'opportunistic' } }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
}
