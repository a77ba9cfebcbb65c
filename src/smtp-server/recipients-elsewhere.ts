import { recipientKey } from '../delivery/sent-rows.ts'
import type { AccountId, Destination } from '../directory/types.ts'
import type { SmtpOptions } from './options.ts'

/** The recipients on other servers of one message, as its sender names them, each once. */
export class RecipientsElsewhere {
  readonly #outbound: NonNullable<SmtpOptions['outbound']>
  readonly #account: AccountId
  readonly #addresses = new Set<string>()
  /** Their keys. */
  #firstTime: ReadonlySet<string> = new Set()

  constructor(outbound: NonNullable<SmtpOptions['outbound']>, account: AccountId) {
    this.#outbound = outbound
    this.#account = account
  }

  /** @throws Refusal tryLater when that is more than the account may send to; then nothing is added */
  add(destinations: readonly Destination[]): void {
    const more = new Set<string>()
    for (const found of destinations)
      if (found.kind === 'outside' && !this.#addresses.has(found.address)) more.add(found.address)
    if (more.size === 0) return
    const isFirst = (address: string) => this.#outbound.isFirstTime(this.#account, address)
    const firstTime = new Set([...this.#firstTime, ...[...more].filter(isFirst).map(recipientKey)])
    const recipients = this.#addresses.size + more.size
    this.#outbound.check(this.#account, { recipients, firstTime: firstTime.size })
    for (const address of more) this.#addresses.add(address)
    this.#firstTime = firstTime
  }
}
