/** What is known of an error of mail, and what is said about it. */
import type { SmtpPhase } from '../../syntax/smtp/error-text.ts'

/**
 * Where in the life of a message an error came: a step of SMTP, or what happens on one host.
 * `server` is a program that is not well.
 */
export type ErrorPhase = SmtpPhase | 'routing' | 'local' | 'filter' | 'login' | 'server'

/** Outbound: another server said it to us. Inbound: we said it to another. Local: no other host. */
export type ErrorDirection = 'outbound' | 'inbound' | 'local'

/** Whose log an error stands in, and so whose commands a remedy may name. `waybill` is this server. */
export type MailServer = 'waybill' | 'exim' | 'postfix' | 'dovecot'

/** The host that said it is our own relay (smarthost): it refuses us, not the recipient's server. */
export interface OwnRelay {
  /** As the configuration has it; null: the log does not say. */
  readonly name: string | null
  /** True: it refuses our login, whoever the sender is. Not given: that is not known. */
  readonly refusesLogin?: boolean
}

/** One error, as far as it is known; `factsOf` fills what the text itself says. */
export interface ErrorFacts {
  /** The error as logged or bounced, whole. */
  readonly text: string
  /** SMTP reply code, 400 to 599; null when the text has none. */
  readonly code: number | null
  /** Enhanced status code of RFC 3463, such as `5.7.26`; null when there is none. */
  readonly enhanced: string | null
  readonly phase: ErrorPhase | null
  /** The remote host that said it, by name, else by address; lower case. */
  readonly host: string | null
  readonly direction: ErrorDirection | null
  /** Whether it is tried again: true for deferred, false for failed, null when nobody says. */
  readonly temporary: boolean | null
  /** Null: nobody knows, as of an error's words alone. */
  readonly server: MailServer | null
  /** Null: no relay of ours, or nobody knows. */
  readonly relay: OwnRelay | null
}

/** The kinds of error, one word each; statistics and filters count by them. */
export const CATEGORIES = [
  // The recipient.
  'mailboxUnknown',
  'mailboxMoved',
  'mailboxFull',
  'mailboxDisabled',
  'recipientRestricted',
  'domainUnknown',
  'noMailDomain',
  'addressSyntax',
  // The sender, and what others think of it.
  'senderRejected',
  'authenticationPolicy',
  'reverseDns',
  'helo',
  'reputation',
  'blocklisted',
  'relayDenied',
  // The message.
  'spamContent',
  'virus',
  'contentPolicy',
  'messageFormat',
  'tooBig',
  'loop',
  // Patience.
  'greylisted',
  'rateLimited',
  'tooManyRecipients',
  'expired',
  // The way there.
  'network',
  'dns',
  'tls',
  'protocol',
  // Logging in.
  'loginFailed',
  'authenticationRequired',
  // The hosts themselves.
  'policy',
  'serverFault',
  'storage',
  'configuration',
  'permission',
  'program',
  'corruption',
  'unknown',
] as const
export type Category = (typeof CATEGORIES)[number]

/**
 * Who can end the error. `you` is whoever runs this server; `relayProvider` runs the relay that it
 * sends by; `nobody` when nothing needs doing.
 */
export type Actor =
  | 'you'
  | 'sender'
  | 'recipient'
  | 'recipientProvider'
  | 'relayProvider'
  | 'nobody'

/** Retry helps by itself; only after the remedy; never. */
export type RetryOutlook = 'helps' | 'afterFix' | 'never'

export interface Reason {
  /** kebab-case, and stable: it may be stored and linked to. */
  readonly id: string
  readonly category: Category
  /** One line of at most 60 characters, without a full stop. */
  readonly title: string
  /** What happened, in one to four sentences. */
  readonly meaning: string
  readonly actor: Actor
  /** Steps in their order, each an instruction; never empty. */
  readonly remedy: readonly string[]
  readonly retry: RetryOutlook
  /** Pages of the provider or the project; may be empty. */
  readonly links: readonly string[]
}

export interface Explanation {
  readonly reason: Reason
  /** False when no rule knows the text: then only the class of the code is explained. */
  readonly isKnown: boolean
  /** What the decision rests on: code, status, the words found, the host. */
  readonly evidence: readonly string[]
  readonly facts: ErrorFacts
}
