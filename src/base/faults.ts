/**
 * A request can fail in exactly three ways, and the reply depends only on which:
 *
 *   SyntaxFault  the peer's octets do not match the grammar   SMTP 501   IMAP BAD
 *   Refusal      well-formed, understood, and denied          SMTP 4/5xx IMAP NO
 *   other Error  our bug or our disk                          SMTP 451   IMAP NO [SERVERBUG]
 *
 * The first two are expected: log at debug, without a stack. The third is logged with its stack,
 * and its message never reaches the peer.
 */

/** The peer sent octets that do not match the grammar. `at` is an octet offset into the line. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault'
  readonly expected: string
  readonly at: number

  constructor(expected: string, at: number) {
    super(`expected ${expected} at octet ${at}`)
    this.expected = expected
    this.at = at
  }
}

/**
 * Why the server says no. Stores and policies throw a reason; each protocol owns a table that
 * words it. Adding a reason breaks the build until every protocol has a word for it.
 */
export type Reason =
  | 'noSuchUser'
  | 'noSuchDomain'
  | 'relayDenied'
  | 'userDisabled'
  | 'noSuchMailbox'
  | 'mailboxExists'
  | 'mailboxNameInvalid'
  | 'mailboxHasChildren'
  | 'noSuchMessage'
  | 'overQuota'
  | 'messageTooBig'
  | 'tooManyMailboxes'
  | 'tooManyKeywords'
  | 'storageFull'
  | 'storageFailed'
  | 'authenticationFailed'
  | 'authenticationBusy'
  | 'senderNotOwned'
  | 'loop'
  | 'alreadyExists'
  | 'notFound'
  | 'inUse'
  | 'invalid'
  | 'policy'
  | 'tryLater'

/**
 * A request we understood and deny. `detail` is a sentence safe to show to the person who asked;
 * `cause` is for the log, never for the peer.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly reason: Reason
  readonly detail: string | undefined

  constructor(reason: Reason, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? reason : `${reason}: ${detail}`, options)
    this.reason = reason
    this.detail = detail
  }
}

/**
 * Something that the operator can mend: the message is the whole sentence, and a stack would tell
 * nothing more. Each part has its own kinds.
 */
export class OperatorFault extends Error {
  override readonly name: string = 'OperatorFault'
}

/** What an operator must hear about: our bugs, and a disk that fails. */
export function isTrouble(error: unknown): boolean {
  if (error instanceof SyntaxFault) return false
  return !(error instanceof Refusal) || error.reason === 'storageFailed'
}

/** The code of a system error: `ENOENT`, `EADDRINUSE`. Undefined for any other. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Why the system refused a file or folder, for the end of a sentence of ours. */
export function systemReason(error: unknown): string {
  return SYSTEM_REASONS[systemCodeOf(error) ?? ''] ?? messageOf(error)
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'its disk can only be read',
  ENOSPC: 'the disk is full',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its path is too long',
}

/** The message of anything thrown, for logs and for the operator. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** As {@link messageOf}, for a sentence: a refusal without its word for programs, where it has more. */
export function wordsOf(error: unknown): string {
  return error instanceof Refusal ? (error.detail ?? error.reason) : messageOf(error)
}
