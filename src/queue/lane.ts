import type { Clock } from '../base/clock.ts'
import type { TlsDemand } from '../smtp-client/host-tls.ts'
import type { Connection, OutgoingMessage, Result, Target } from '../smtp-client/types.ts'
import type { ActiveDestination } from './destination.ts'
import type { Peer } from './events.ts'
import { HostWalk, type Unreached } from './host-walk.ts'
import { relayRefusal } from './relay-refusal.ts'
import type { RunnerOptions, RunnerStatus, Underway, Way, WayFault } from './runner-types.ts'
import type { DomainSettings } from './settings.ts'
import type { Lease, LeasedRecipient, QueueId } from './types.ts'

/**
 * One connection's worth of work at a destination: takes one message after another, connects when
 * it has no connection that will do, and has the outcome committed before it goes on.
 *
 *   waiting ─▶ connecting ─▶ sending ─▶ committing ─▶ waiting … ─▶ ended
 */
export class Lane {
  readonly #destination: ActiveDestination
  readonly #options: RunnerOptions
  /** Of the runner: the server stops. */
  readonly #stop: AbortSignal
  /** Of this lane: the server stops, or its message was asked back. */
  readonly #abort = new AbortController()
  #underway: { readonly queueId: QueueId; readonly ended: Promise<void> } | null = null
  /** Its message was asked back: what is not tried of it waits until then. */
  #backUntilMs: number | null = null
  #connection: Connection | null = null
  /** The connection keeps what REQUIRETLS demands. */
  #isSecure = false
  #target: Target | null = null
  #doing = 'starting'
  #sinceMs: number
  /** It carries messages: other connections that fail do not mean that the host is down. */
  #works = false

  constructor(destination: ActiveDestination, options: RunnerOptions, stop: AbortSignal) {
    this.#destination = destination
    this.#options = options
    this.#stop = stop
    this.#sinceMs = options.clock.nowMs()
  }

  get works(): boolean {
    return this.#works
  }

  get status(): RunnerStatus {
    const at = this.#target
    return {
      destination: this.#destination.name,
      host: at === null ? null : `${at.name ?? ''} [${at.address}]:${at.port}`.trimStart(),
      doing: this.#doing === 'sending' ? (this.#connection?.doing ?? this.#doing) : this.#doing,
      sinceMs: this.#sinceMs,
      messagesSent: this.#connection?.messagesSent ?? 0,
    }
  }

  /** Of the message that is under way; null: none is. */
  get queueId(): QueueId | null {
    return this.#underway?.queueId ?? null
  }

  /** Until there is nothing more to do. Never throws. */
  async run(): Promise<void> {
    const abort = () => this.#abort.abort()
    this.#stop.addEventListener('abort', abort)
    if (this.#stop.aborted) abort()
    for (;;) {
      this.#now('waiting for a message')
      const lease = await this.#destination.next(this)
      if (lease === null || !(await this.#deliver(lease))) break
    }
    this.#works = false
    this.#now('closing')
    await this.#close()
    this.#stop.removeEventListener('abort', abort)
  }

  /**
   * A person wants the message that is under way. As long as its host cannot have it, the attempt
   * is broken off, and the message waits until `dueMs` as if it had not been tried. Later than that
   * only the host's answer says what became of it, and no more of its recipients are tried.
   * @returns null: nothing of it is under way here any more
   */
  async giveBack(dueMs: number): Promise<Underway | null> {
    const underway = this.#underway
    if (underway === null) return null
    const { host, sinceMs } = this.status
    const isAskedAgain = this.#backUntilMs !== null
    this.#backUntilMs ??= dueMs
    if (this.#isTooLate) {
      const { clock } = this.#options
      // A host that works answers at once; then there is nothing to be in doubt about.
      if (!isAskedAgain && (await endsWithin(underway.ended, clock, ANSWER_MS))) return null
      return { ...underway, host, sinceMs }
    }
    this.#abort.abort()
    this.#connection?.destroy()
    await underway.ended
    return null
  }

  /** The host may have the message, or its answer is being committed. */
  get #isTooLate(): boolean {
    if (this.#doing === 'committing') return true
    return this.#doing === 'sending' && this.#connection?.mayHaveTaken === true
  }

  get #signal(): AbortSignal {
    return this.#abort.signal
  }

  /** @returns false when this lane is to end */
  async #deliver(lease: Lease): Promise<boolean> {
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    this.#underway = { queueId: lease.queueId, ended }
    this.#now('waiting for its turn: so many messages a minute')
    const open = { ...lease }
    try {
      if (!this.#destination.isTooOld(lease)) await this.#destination.turn(this.#signal)
      if (this.#destination.isTooOld(lease) && !this.#signal.aborted) {
        await this.#destination.takeBack(open, this.#options.clock.nowMs())
        return true
      }
      return await this.#deliverAll(open)
    } catch (error) {
      await this.#destination.broke(open, error)
      return false
    } finally {
      this.#underway = null
      this.#backUntilMs = null
      resolve()
    }
  }

  /** @param lease  its recipients are those that nothing was committed of yet, at every instant */
  async #deliverAll(lease: Lease & { recipients: readonly LeasedRecipient[] }): Promise<boolean> {
    while (lease.recipients.length > 0) {
      const left = lease.recipients
      const now = left.slice(0, MAX_RECIPIENTS)
      const later = left.slice(MAX_RECIPIENTS)
      const startedMs = this.#options.clock.monotonicMs()
      const attempt = await this.#attempt({ ...lease, recipients: now })
      const waiting = { ...lease, recipients: [...now, ...later] }
      if (this.#signal.aborted && !attempt.results?.some(({ kind }) => kind === 'delivered')) {
        if (this.#backUntilMs !== null) await this.#destination.takeBack(waiting, this.#backUntilMs)
        return false // Else the leases are void at the next start: it is sent again then.
      }
      const tookMs = Math.round(this.#options.clock.monotonicMs() - startedMs)
      if (attempt.results === null)
        return await this.#destination.unreached(this, waiting, attempt.unreached, tookMs)
      const again = tooManyAtOnce(attempt.results)
      const peer = { ...this.#peer(), deliverTimeMs: tookMs }
      this.#now('committing')
      const isToGoOn = await this.#conclude(lease, now, attempt.results, again, peer)
      lease.recipients = [...now.filter((_, index) => again.has(index)), ...later]
      const nowMs = this.#options.clock.nowMs()
      const backMs = this.#backUntilMs ?? (this.#destination.isTooOld(lease) ? nowMs : null)
      if (backMs !== null && lease.recipients.length > 0) {
        await this.#destination.takeBack({ ...lease }, backMs)
        return isToGoOn
      }
      if (!isToGoOn) {
        this.#destination.putBack({ ...lease })
        return false
      }
    }
    return true
  }

  async #conclude(
    lease: Lease,
    recipients: readonly LeasedRecipient[],
    results: readonly Result[],
    again: ReadonlySet<number>,
    peer: Peer,
  ): Promise<boolean> {
    const done = recipients.flatMap((recipient, index) => {
      const result = results[index]
      return result === undefined || again.has(index) ? [] : [{ recipient, result }]
    })
    return await this.#destination.concluded(this, { ...lease, recipients }, done, peer)
  }

  /** Sends over the connection there is, or over new ones to one host after the other. */
  async #attempt(lease: Lease): Promise<Attempt> {
    let walk: HostWalk | null = null
    for (;;) {
      const isFresh = !this.#isFit(lease)
      if (isFresh) {
        await this.#close()
        if (walk === null) {
          const way = await this.#unlessAborted(this.#findWay(lease))
          if (way === null) return { results: [] }
          if ('failure' in way)
            return { results: null, unreached: { failure: way.failure, host: null, tls: null } }
          walk = this.#walk(way)
        }
        this.#connection = await walk.next()
        if (this.#connection === null) return { results: null, unreached: walk.last }
        this.#isSecure = lease.requireTls
      }
      const connection = this.#connection
      if (connection === null) throw new Error('there is no connection to send over')
      this.#now('sending')
      const results = await connection.send(messageOf(lease, this.#options))
      if (results.length !== lease.recipients.length)
        throw new Error(`${results.length} results for ${lease.recipients.length} recipients`)
      const refusal = relayRefusal(this.#destination.name, results)
      if (refusal !== null) {
        const { host, tls, authenticator } = connection
        if (this.#destination.isOfSender(lease, refusal, authenticator))
          return { results: results.map(() => ({ ...refusal, scope: 'message' })) }
        return { results: null, unreached: { failure: refusal, host, tls } }
      }
      if (isFresh && walk?.way.loginWasRefused) await this.#destination.loginTaken()
      if (!isHostLost(results) || this.#signal.aborted) {
        this.#works = connection.usable && !results.every(isOfHost)
        return { results }
      }
      this.#works = false
      await this.#close()
      // A host may end a connection that served others before: that is no failure. A new one is.
      if (isFresh && !walk?.hasMore) return { results }
    }
  }

  #isFit({ requireTls }: Lease): boolean {
    const connection = this.#connection
    if (connection === null || !connection.usable) return false
    if (requireTls && !this.#isSecure) return false
    return connection.messagesSent < MAX_MESSAGES
  }

  async #findWay(lease: Lease): Promise<Way | WayFault> {
    this.#now('looking up hosts')
    const demand = tlsDemand(lease, this.#destination.settings)
    return await this.#options.ways.find(this.#destination.name, { demand })
  }

  /** What cannot be broken off is not waited for. */
  async #unlessAborted<T>(work: Promise<T>): Promise<T | null> {
    const signal = this.#signal
    if (signal.aborted) return null
    const { promise: aborted, resolve } = Promise.withResolvers<null>()
    const abort = () => resolve(null)
    signal.addEventListener('abort', abort)
    try {
      return await Promise.race([work, aborted])
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  #walk(way: Way): HostWalk {
    const { connect, hostName, outgoing } = this.#options
    const { settings, bad } = this.#destination
    return new HostWalk(way, {
      connect,
      settings,
      hostName: hostName(),
      timeouts: outgoing().timeouts,
      bad,
      signal: this.#signal,
      onTarget: (target) => {
        this.#target = target
        this.#now('connecting')
      },
    })
  }

  #peer(): Omit<Peer, 'deliverTimeMs'> {
    const { host = null, tls = null, authenticator = null } = this.#connection ?? this.#lastPeer
    return { host, tls, authenticator }
  }
  #lastPeer: Omit<Peer, 'deliverTimeMs'> = { host: null, tls: null, authenticator: null }

  async #close(): Promise<void> {
    const connection = this.#connection
    if (connection === null) return
    this.#connection = null
    const { host, tls, authenticator } = connection
    this.#lastPeer = { host, tls, authenticator }
    if (this.#signal.aborted) connection.destroy()
    else await connection.close()
  }

  #now(doing: string): void {
    this.#doing = doing
    this.#sinceMs = this.#options.clock.nowMs()
  }
}

/** What the message demands goes before what the operator set for the domain. */
function tlsDemand(lease: Lease, { requireTls }: DomainSettings): TlsDemand {
  if (lease.requireTls) return 'requiretls'
  return requireTls === null ? 'none' : requireTls ? 'verified' : 'optional'
}

/** What the hosts said; or that none took us. */
type Attempt =
  | { readonly results: readonly Result[] }
  | { readonly results: null; readonly unreached: Unreached }

function messageOf(lease: Lease, { content }: RunnerOptions): OutgoingMessage {
  const { from, recipients, sizeOctets, eightBit, smtputf8, requireTls, ret, envelopeId } = lease
  return {
    from,
    recipients: recipients.map(({ address, notify, original }) => ({ address, notify, original })),
    sizeOctets,
    eightBit,
    smtputf8,
    requireTls,
    ret,
    envelopeId,
    content: content(lease),
  }
}

/**
 * RFC 5321 §4.5.3.1.10: the host took some recipients and has no room for more in one transaction,
 * or said before how many it takes (RFC 9422) and was not asked for more.
 * @returns which go in the next one
 */
function tooManyAtOnce(results: readonly Result[]): ReadonlySet<number> {
  const isTaken = results.some(({ kind }) => kind === 'delivered')
  const more = new Set<number>()
  for (const [index, result] of results.entries())
    if (result.kind === 'deferred' && result.status === '4.5.3')
      if (isTaken || result.reply === null) more.add(index)
  return more.size < results.length ? more : new Set()
}

/**
 * Nothing of the message can have been accepted, and the host or the connection is the reason:
 * another may be tried at once. After the end of data nobody knows, so that waits.
 */
function isHostLost(results: readonly Result[]): boolean {
  return results.every(
    (result) =>
      result.kind === 'deferred' && result.scope === 'host' && result.phase !== 'end of data',
  )
}

function isOfHost(result: Result): boolean {
  return result.kind !== 'delivered' && result.scope === 'host'
}

async function endsWithin(ended: Promise<void>, clock: Clock, withinMs: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  using _ = clock.after(withinMs, () => resolve(false))
  return await Promise.race([ended.then(() => true), late])
}

/** How long a person waits for a host that has a message, before hearing that it is under way. */
const ANSWER_MS = 1000
/** RFC 5321 §4.5.3.1.8: as many as every host takes. */
export const MAX_RECIPIENTS = 100
const MAX_MESSAGES = 100
