import type { Clock } from '../base/clock.ts'
import type { Limits } from '../base/limits.ts'
import type { Database } from '../db/database.ts'
import type { AccountId } from '../directory/types.ts'
import { checkSent, countSent, hasSentTo, type SentCount, type SentLimits } from './sent-rows.ts'

export interface SentPaceOptions {
  readonly database: Pick<Database, 'read'>
  readonly clock: Clock
  /** Read at every check, so that a reload reaches them. */
  readonly limits: { readonly smtp: Pick<Limits['smtp'], keyof SentLimits> }
}

/** What an account has sent to other servers in 24 hours, and how much it may. */
export interface SentToday extends SentCount, SentLimits {}

/**
 * Whoever has stolen a password cannot send with it to all the world. Asked while the recipients of
 * a message are named; what counts is counted, and checked again, when it is accepted.
 */
export class SentPace {
  readonly #options: SentPaceOptions

  constructor(options: SentPaceOptions) {
    this.#options = options
  }

  today(account: AccountId): SentToday {
    const { database, clock, limits } = this.#options
    const { maxOutboundPerUserPerDay, maxFirstTimeRecipientsPerUserPerDay } = limits.smtp
    return {
      ...database.read(countSent(account, clock.nowMs())),
      ...{ maxOutboundPerUserPerDay, maxFirstTimeRecipientsPerUserPerDay },
    }
  }

  /** Has the account never sent to this address? */
  isFirstTime(account: AccountId, address: string): boolean {
    return !this.#options.database.read(hasSentTo(account, address))
  }

  /** @throws Refusal tryLater when it may not send to so many more */
  check(account: AccountId, more: Pick<SentCount, 'recipients' | 'firstTime'>): void {
    const today = this.today(account)
    checkSent(today, more, today, this.#options.clock.nowMs())
  }
}
