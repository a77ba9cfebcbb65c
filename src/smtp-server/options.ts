import type { Clock } from '../base/clock.ts'
import type { Limits } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { SentPace } from '../delivery/sent-pace.ts'
import type { Delivery } from '../delivery/types.ts'
import type { Directory } from '../directory/types.ts'
import type { Journal } from '../journal/event.ts'
import type { TlsMode } from '../net/types.ts'
import type { Logins } from '../syntax/sasl/credentials.ts'

/** `mx` takes mail of strangers for local domains; `submission` takes mail of users, after TLS and AUTH. */
export type Role = 'mx' | 'submission'

/** What an SMTP listener is made of. */
export interface SmtpOptions {
  readonly role: Role
  /** Named in the greeting, in Received and in the Message-IDs we add. */
  readonly hostName: string
  readonly limits: Limits
  readonly directory: Directory
  readonly logins: Logins
  readonly delivery: Delivery
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
  readonly tlsMode: TlsMode
  /**
   * `waybill dev`: mail to any domain is taken, because the directory catches it and nothing leaves
   * the machine. Otherwise a stranger's mail to another domain is refused before the directory is asked.
   */
  readonly catchOutside: boolean
  /**
   * How long to listen for clients that speak before the greeting. 0, the default, waits for what
   * is in the socket already.
   */
  readonly greetDelayMs?: number
  /** Is the server nearly full? Then silent clients are waited for only `stressTimeoutMs`. */
  readonly isStressed?: () => boolean
  /** What users send to other servers, elsewhere; undefined is without limit. */
  readonly outbound?: Pick<SentPace, 'check' | 'isFirstTime'>
  /** Told of our bugs and of storage trouble, with what was being done. Must not throw. */
  readonly reportError: (error: unknown, context: string) => void
}
