/**
 * The one place where an error becomes an IMAP response.
 */
import { type Reason, Refusal, SyntaxFault } from '../base/faults.ts'
import { bad, type Completion, no } from './command.ts'

/** Response codes of RFC 5530 §3, RFC 9208 and RFC 9051 §7.1, and what to say when nobody said it. */
const REFUSAL: { readonly [R in Reason]: readonly [code: string | null, text: string] } = {
  noSuchUser: ['NONEXISTENT', 'No such user'],
  noSuchDomain: ['NONEXISTENT', 'No such domain'],
  relayDenied: ['NOPERM', 'Not allowed'],
  userDisabled: ['AUTHORIZATIONFAILED', 'This account is disabled'],
  noSuchMailbox: ['NONEXISTENT', 'No such mailbox'],
  mailboxExists: ['ALREADYEXISTS', 'A mailbox of this name exists'],
  mailboxNameInvalid: ['CANNOT', 'Not a valid mailbox name'],
  mailboxHasChildren: ['HASCHILDREN', 'The mailbox has mailboxes below it; delete them first'],
  noSuchMessage: ['EXPUNGEISSUED', 'Some of these messages no longer exist'],
  overQuota: ['OVERQUOTA', 'The account is full'],
  messageTooBig: ['TOOBIG', 'The message is too big'],
  tooManyMailboxes: ['LIMIT', 'There are too many mailboxes'],
  tooManyKeywords: ['LIMIT', 'The mailbox has too many keywords'],
  storageFull: ['OVERQUOTA', 'The disk is full; deleting still works'],
  storageFailed: ['UNAVAILABLE', 'The storage does not answer; try again later'],
  authenticationFailed: ['AUTHENTICATIONFAILED', 'Wrong name or password'],
  authenticationBusy: ['UNAVAILABLE', 'Too many logins; try again later'],
  senderNotOwned: ['NOPERM', 'This address is not yours'],
  loop: ['CANNOT', 'The address leads back to itself'],
  alreadyExists: ['ALREADYEXISTS', 'It exists already'],
  notFound: ['NONEXISTENT', 'There is no such thing'],
  inUse: ['INUSE', 'It is in use'],
  invalid: ['CANNOT', 'Not valid'],
  policy: ['NOPERM', 'Not allowed'],
  tryLater: ['UNAVAILABLE', 'Try again later'],
}

export function completionFor(error: unknown): Completion {
  if (error instanceof SyntaxFault) return bad(sentence(error.message))
  if (error instanceof Refusal) {
    const [code, text] = REFUSAL[error.reason]
    return no(error.detail === undefined ? text : sentence(error.detail), code)
  }
  return no('Internal error; it is in the log of the server', 'SERVERBUG')
}

/** `text` of a response: never empty, one line, ASCII. It begins with a capital and is not a code. */
function sentence(text: string): string {
  const line = text.replace(/[^\x20-\x7e]+/g, '?').replace(/^\[/, '(')
  return line === '' ? 'Refused' : line.charAt(0).toUpperCase() + line.slice(1)
}
