import type { SmtpOptions } from './options.ts'
import type { NetworkPace } from './network-pace.ts'

/** How much mail one connection has brought, taken or refused, and whether it may bring more. */
export class MailAllowance {
  readonly #options: SmtpOptions
  readonly #address: string
  readonly #pace: NetworkPace
  #messages = 0
  #octets = 0

  constructor(options: SmtpOptions, address: string, pace: NetworkPace) {
    this.#options = options
    this.#address = address
    this.#pace = pace
  }

  /** It has brought as much as one connection may. */
  get isSpent(): boolean {
    const { maxMessagesPerConnection, maxOctetsPerConnection } = this.#options.limits.smtp
    return this.#messages >= maxMessagesPerConnection || this.#octets >= maxOctetsPerConnection
  }

  /** Its network may begin another message. Users have logged in: they answer for it by their names. */
  get isPaced(): boolean {
    return this.#options.role === 'submission' || this.#pace.allows(this.#address)
  }

  count(octets: number): void {
    this.#messages++
    this.#octets += octets
    this.#pace.count(this.#address, octets)
  }
}
