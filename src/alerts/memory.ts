/** What the server hears of its own mail as it is logged: for rules that ask how long something is so. */
import { HOUR_MS } from '../base/durations.ts'
import { categoryOf } from '../diagnosis/event-error.ts'
import type { Category } from '../diagnosis/reasons/types.ts'
import { netOf } from '../doctor/log/nets.ts'
import type { OwnEvent } from '../journal/event.ts'
import type { FailedLogins } from './facts.ts'
import type { Memory } from './rows.ts'

type Sent = Pick<Memory, 'deliveredMs' | 'failingSinceMs' | 'triedMs'>

/** Whether other servers take our mail. */
export class SentMemory {
  #sent: Sent
  #saved: Sent

  constructor({ deliveredMs, failingSinceMs, triedMs }: Sent) {
    this.#sent = { deliveredMs, failingSinceMs, triedMs }
    this.#saved = this.#sent
  }

  get sent(): Sent {
    return this.#sent
  }

  hear(event: OwnEvent): void {
    if (event.type !== 'delivered' && event.type !== 'deferred' && event.type !== 'failed') return
    if (event.recipient.transport !== 'smtp') return
    // Another server took the connection, and knows the addresses it has: our mail goes.
    if (event.type === 'failed' && OF_THE_RECIPIENT.has(categoryOf(event))) return
    const { atMs } = event
    const { deliveredMs, failingSinceMs, triedMs } = this.#sent
    // What was tried long ago, and is not any more, says nothing of now; nor a clock that was ahead.
    const isNew = failingSinceMs === null || Math.abs(atMs - (triedMs ?? 0)) > PAUSE_MS
    this.#sent =
      event.type === 'delivered'
        ? { deliveredMs: atMs, failingSinceMs: null, triedMs: atMs }
        : { deliveredMs, failingSinceMs: isNew ? atMs : failingSinceMs, triedMs: atMs }
  }

  /** Is there something that a restart should not forget? */
  get isWorthSaving(): boolean {
    const { deliveredMs, failingSinceMs } = this.#sent
    return (
      failingSinceMs !== this.#saved.failingSinceMs ||
      (deliveredMs ?? 0) - (this.#saved.deliveredMs ?? 0) > SAVE_EVERY_MS
    )
  }

  saved(): void {
    this.#saved = this.#sent
  }
}

/** Failed logins by account, of the last hour. Bounded: of an attack the first accounts count. */
export class LoginMemory {
  readonly #isAccount: (login: string) => boolean
  readonly #accounts = new Map<string, { readonly atMs: number; readonly from: string }[]>()

  /** @param isAccount  only of those that are there: names that do not exist are guessed by thousands */
  constructor(isAccount: (login: string) => boolean) {
    this.#isAccount = isAccount
  }

  hear(event: OwnEvent): void {
    if (event.type !== 'loginFailed' || event.login === null) return
    const account = event.login.toLowerCase()
    let failed = this.#accounts.get(account)
    if (failed === undefined) {
      if (this.#accounts.size >= MOST_ACCOUNTS || !this.#isAccount(account)) return
      failed = []
      this.#accounts.set(account, failed)
    }
    failed.push({ atMs: event.atMs, from: fromWords(event.remoteAddress) })
    if (failed.length > MOST_FAILURES) failed.shift()
  }

  /** Forgets what is older than an hour. */
  lastHour(nowMs: number): ReadonlyMap<string, FailedLogins> {
    const found = new Map<string, FailedLogins>()
    for (const [account, failed] of this.#accounts) {
      // A clock that was ahead may have put some into the future.
      const recent = failed.filter(({ atMs }) => Math.abs(nowMs - atMs) < HOUR_MS)
      if (recent.length === 0) {
        this.#accounts.delete(account)
        continue
      }
      this.#accounts.set(account, recent)
      const nets = Map.groupBy(recent, ({ from }) => from)
      const from = [...nets].sort(([, a], [, b]) => b.length - a.length).map(([net]) => net)
      found.set(account, { count: recent.length, from })
    }
    return found
  }
}

function fromWords(address: string | null): string {
  return (address === null ? null : netOf(address)) ?? 'this machine'
}

const OF_THE_RECIPIENT: ReadonlySet<Category> = new Set([
  ...(['mailboxUnknown', 'mailboxFull', 'mailboxMoved', 'mailboxDisabled'] as const),
])
/** Longer than from one try of a message to the next. */
const PAUSE_MS = 6 * HOUR_MS
const SAVE_EVERY_MS = 10 * 60_000
const MOST_ACCOUNTS = 1000
const MOST_FAILURES = 1000
