import type { Clock } from '../base/clock.ts'
import type { Limits } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { Delivery } from '../delivery/types.ts'
import type { Journal } from '../journal/event.ts'
import type { TlsMode } from '../net/types.ts'
import type { Store } from '../store/types.ts'
import type { Logins } from '../syntax/sasl/credentials.ts'

/** What an IMAP listener is made of. */
export interface ImapOptions {
  /** Named in the greeting. */
  readonly hostName: string
  readonly limits: Limits
  readonly logins: Logins
  readonly store: Store
  readonly delivery: Delivery
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
  readonly tlsMode: TlsMode
  /** Passwords without TLS: off unless the operator says so (RFC 9051 §11.1). */
  readonly plaintextLogin?: boolean
  /** Answered to ID; RFC 2971. */
  readonly softwareName: string
  readonly softwareVersion: string
  /** Told of our bugs and of storage trouble, with the command they hit. Must not throw. */
  readonly reportError: (error: unknown, context: string) => void
}
