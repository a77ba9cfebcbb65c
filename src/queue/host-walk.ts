import { isIPv6 } from 'node:net'

import type { Clock } from '../base/clock.ts'
import type { Host, TlsFacts } from '../journal/event.ts'
import type {
  ClientTimeouts,
  Connect,
  Connection,
  ConnectFailure,
  Target,
} from '../smtp-client/types.ts'
import type { Failure, Way } from './runner-types.ts'
import type { DomainSettings } from './settings.ts'

export interface WalkOptions {
  readonly connect: Connect
  readonly settings: DomainSettings
  readonly hostName: string
  readonly timeouts: ClientTimeouts
  readonly bad: BadHosts
  readonly signal: AbortSignal
  /** The attempt at a host begins. */
  readonly onTarget: (target: Target) => void
}

/** Why the last host did not do. */
export interface Unreached {
  readonly failure: Failure
  readonly host: Host | null
  readonly tls: TlsFacts | null
}

/**
 * The hosts of a destination, one after the other, until one takes us: at most five addresses and
 * two sessions, as Postfix tries.
 */
export class HostWalk {
  readonly way: Way
  readonly #options: WalkOptions
  readonly #left: Target[]
  #sessions = 0
  #last: Unreached

  constructor(way: Way, options: WalkOptions) {
    this.way = way
    this.#options = options
    this.#left = options.bad.last(way.targets).slice(0, MAX_ADDRESSES)
    this.#last = { failure: NO_HOSTS, host: null, tls: null }
  }

  /** What the last host answered, when {@link next} gave none. */
  get last(): Unreached {
    return this.#last
  }

  get hasMore(): boolean {
    return this.#left.length > 0 && this.#sessions < MAX_SESSIONS
  }

  /** The next host that takes us; null: none is left. */
  async next(): Promise<Connection | null> {
    const { connect, bad, signal, onTarget } = this.#options
    while (this.hasMore && !signal.aborted) {
      const target = this.#left.shift()
      if (target === undefined) break
      onTarget(target)
      const connected = await connect(target, this.#connectOptions(target))
      if (!isFailure(connected)) {
        this.#sessions++
        bad.forget(target)
        return connected
      }
      this.#last = connected
      if (connected.failure.phase === 'connect') bad.add(target)
      else this.#sessions++
      // A password that one host of a relay refuses is not tried at the others.
      if (connected.failure.scope === 'login') break
    }
    return null
  }

  #connectOptions({ address }: Target) {
    const { settings, hostName, timeouts, signal } = this.#options
    return {
      helloName: settings.helloName ?? hostName,
      sourceAddress: isIPv6(address) ? settings.sourceIpv6 : settings.sourceIpv4,
      login: this.way.login,
      timeouts,
      signal,
    }
  }
}

/** Hosts that did not answer lately: they are asked after the others, for nobody waits thirty seconds twice. */
export class BadHosts {
  readonly #clock: Clock
  readonly #untilMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(target: Target): void {
    this.#untilMs.set(placeOf(target), this.#clock.monotonicMs() + BAD_FOR_MS)
  }

  forget(target: Target): void {
    this.#untilMs.delete(placeOf(target))
  }

  /** The targets, those that are bad behind the others. */
  last(targets: readonly Target[]): Target[] {
    if (this.#untilMs.size === 0) return [...targets]
    const nowMs = this.#clock.monotonicMs()
    const isBad = (target: Target) => (this.#untilMs.get(placeOf(target)) ?? nowMs) > nowMs
    return [...targets.filter((target) => !isBad(target)), ...targets.filter(isBad)]
  }
}

function placeOf({ address, port }: Target): string {
  return `[${address}]:${port}`
}

function isFailure(connected: Connection | ConnectFailure): connected is ConnectFailure {
  return 'failure' in connected
}

const NO_HOSTS: Failure = {
  kind: 'deferred',
  phase: 'dns',
  text: 'no host to connect to',
  reply: null,
  status: '4.4.4',
  scope: 'host',
}

const MAX_ADDRESSES = 5
const MAX_SESSIONS = 2
const BAD_FOR_MS = 5 * 60_000
