import type { Clock } from '../base/clock.ts'
import { MINUTE_MS } from '../base/durations.ts'
import type { SmtpLimits } from '../base/limits.ts'
import { netsOf } from '../net/admission.ts'

type PaceLimits = Pick<SmtpLimits, 'maxMessagesPerMinutePerNet' | 'maxOctetsPerMinutePerNet'>

interface Sent {
  messages: number
  octets: number
}

/**
 * How much mail each network has sent this minute, taken or refused: by however many connections,
 * one sender does not keep the server busy for all others. One for all connections of a listener.
 */
export class NetworkPace {
  readonly #limits: PaceLimits
  readonly #clock: Clock
  #sent = new Map<string, Sent>()
  #minute = 0

  constructor(limits: PaceLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** May this address begin another message now? */
  allows(address: string): boolean {
    this.#turnMinute()
    const { maxMessagesPerMinutePerNet, maxOctetsPerMinutePerNet } = this.#limits
    return netsOf(address).every((net, width) => {
      const { messages, octets } = this.#sent.get(net) ?? NOTHING
      return (
        messages < (maxMessagesPerMinutePerNet[width] ?? 0) &&
        octets < (maxOctetsPerMinutePerNet[width] ?? 0)
      )
    })
  }

  count(address: string, octets: number): void {
    this.#turnMinute()
    for (const net of netsOf(address)) {
      const sent = this.#sent.get(net)
      if (sent === undefined) this.#sent.set(net, { messages: 1, octets })
      else {
        sent.messages++
        sent.octets += octets
      }
    }
  }

  #turnMinute(): void {
    const minute = Math.floor(this.#clock.monotonicMs() / MINUTE_MS)
    if (minute === this.#minute) return
    this.#minute = minute
    this.#sent = new Map()
  }
}

const NOTHING: Sent = { messages: 0, octets: 0 }
