import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import type { SmtpLimits } from '../base/limits.ts'
import type { AcceptedRecipient } from '../delivery/types.ts'
import type { AccountId } from '../directory/types.ts'

type PaceLimits = Pick<SmtpLimits, 'maxOutboundPerUserPerDay'>

/** What one account sent, by hour. */
interface Sent {
  readonly hours: Map<number, number>
}

const HOUR_MS = 3_600_000
const HOURS = 24

/**
 * To how many recipients elsewhere each account has sent in the last 24 hours, in steps of an hour:
 * whoever has stolen a password cannot send with it to all the world. Each recipient counts, for
 * each is one message for somebody else's server. In memory only: a restart begins anew.
 */
export class OutboundPace {
  readonly #limits: PaceLimits
  readonly #clock: Clock
  readonly #sent = new Map<AccountId, Sent>()

  constructor(limits: PaceLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /**
   * May this account send to so many more?
   * @throws Refusal tryLater
   */
  check(account: AccountId, recipients: number): void {
    const { maxOutboundPerUserPerDay: limit } = this.#limits
    if (limit === 0 || this.#count(account) + recipients <= limit) return
    throw new Refusal(
      'tryLater',
      `You may send to ${limit} recipients on other servers in 24 hours; try again later`,
    )
  }

  /** It has sent to so many. */
  add(account: AccountId, recipients: number): void {
    if (recipients === 0 || this.#limits.maxOutboundPerUserPerDay === 0) return
    const sent = this.#sent.get(account) ?? { hours: new Map() }
    const hour = this.#hour()
    sent.hours.set(hour, (sent.hours.get(hour) ?? 0) + recipients)
    this.#sent.set(account, sent)
  }

  #count(account: AccountId): number {
    const sent = this.#sent.get(account)
    if (sent === undefined) return 0
    const first = this.#hour() - HOURS
    let count = 0
    for (const [hour, recipients] of sent.hours)
      if (hour <= first) sent.hours.delete(hour)
      else count += recipients
    if (count === 0) this.#sent.delete(account)
    return count
  }

  #hour(): number {
    return Math.floor(this.#clock.monotonicMs() / HOUR_MS)
  }
}

/** How many copies of a message for these recipients other servers get. */
export function countOutside(recipients: readonly AcceptedRecipient[]): number {
  let count = 0
  for (const { destinations } of recipients)
    for (const { kind } of destinations) if (kind === 'outside') count++
  return count
}
