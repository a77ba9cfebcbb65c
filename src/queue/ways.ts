/** Where destinations lead at this moment: to a relay's hosts, or to the MX of a domain. */
import { wordsOf } from '../base/faults.ts'
import type { OutgoingConfig } from '../config/types.ts'
import type { OpenRelay } from '../directory/types.ts'
import type { Resolver } from '../dns/resolver.ts'
import type { TlsDemand } from '../smtp-client/host-tls.ts'
import type { FoundTargets, HostsFailure } from '../smtp-client/hosts.ts'
import { relayTargets } from '../smtp-client/relay-targets.ts'
import type { Failure, RefusedLogin, Way, WayFault, WayNeeds, Ways } from './runner-types.ts'
import type { DestinationName } from './types.ts'

export interface WaysOptions {
  readonly relays: {
    /** @throws when there is none of this name, or its password cannot be opened */
    openRelay(name: string): OpenRelay
    rememberLogin(name: string, refused: RefusedLogin | null): Promise<void>
  }
  readonly resolver: Pick<Resolver, 'addresses'>
  readonly outgoing: () => Pick<OutgoingConfig, 'ipv4' | 'ipv6'>
  /** `findTargets` of the SMTP client with all that it needs. Never rejects. */
  readonly findTargets: (place: string, demand: TlsDemand) => Promise<FoundTargets | HostsFailure>
  /** What the operator of another domain would want to know of it: once for each text. */
  readonly note: (text: string) => void
}

export class RelayOrMx implements Ways {
  readonly #options: WaysOptions
  readonly #noted = new Set<string>()

  constructor(options: WaysOptions) {
    this.#options = options
  }

  async find(destination: DestinationName, needs: WayNeeds): Promise<Way | WayFault> {
    const name = relayIn(destination)
    if (name !== null) return await this.#relay(name, needs)
    const place = destination.replace(/^mx:/, '')
    const found = await this.#options.findTargets(place, needs.demand)
    if ('failure' in found) return found
    for (const text of found.notes) this.#note(text)
    return { targets: found.targets, login: null, loginWasRefused: false }
  }

  async rememberLogin(
    destination: DestinationName,
    refused: RefusedLogin | null,
  ): Promise<boolean> {
    const name = relayIn(destination)
    if (name === null) return false
    const { relays } = this.#options
    const wasRefused = relays.openRelay(name).loginRefused !== null
    if (wasRefused !== (refused !== null)) await relays.rememberLogin(name, refused)
    return wasRefused !== (refused !== null)
  }

  async #relay(name: string, { demand }: WayNeeds): Promise<Way | WayFault> {
    const { relays, resolver, outgoing } = this.#options
    try {
      const relay = relays.openRelay(name)
      const { ipv4, ipv6 } = outgoing()
      const requireTls = demand === 'verified' || demand === 'requiretls'
      const found = await relayTargets(relay, { resolver, ipv4, ipv6, requireTls })
      if ('failure' in found) return found
      const { user, password, mechanism, loginRefused } = relay
      const login = user === null || password === null ? null : { user, password, mechanism }
      return { targets: found.targets, login, loginWasRefused: loginRefused !== null }
    } catch (error) {
      // Taken away, or sealed with another key: the operator can mend both, so mail waits.
      return {
        failure: { ...NO_RELAY, text: `the relay ${name} cannot be used: ${wordsOf(error)}` },
      }
    }
  }

  #note(text: string): void {
    if (this.#noted.has(text)) return
    if (this.#noted.size >= MAX_NOTED) this.#noted.clear()
    this.#noted.add(text)
    this.#options.note(text)
  }
}

function relayIn(destination: DestinationName): string | null {
  return destination.startsWith('relay:') ? destination.slice('relay:'.length) : null
}

const NO_RELAY: Omit<Failure, 'text'> = {
  kind: 'deferred',
  phase: 'queue',
  reply: null,
  status: '4.3.5',
  scope: 'host',
}
const MAX_NOTED = 1000
