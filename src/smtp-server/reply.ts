/**
 * Everything this server says, but for EHLO and what carries a number or a name.
 */
import { type Reason, Refusal, SyntaxFault } from '../base/faults.ts'
import { type Reply, reply } from '../syntax/smtp/reply.ts'

export const REPLY = {
  senderOk: reply(250, '2.1.0', 'Sender ok'),
  recipientOk: reply(250, '2.1.5', 'Recipient ok'),
  goOn: reply(354, null, 'Send the message, end it with a dot on a line of its own'),
  reset: reply(250, '2.0.0', 'Reset'),
  noop: reply(250, '2.0.0', 'Ok'),
  bye: reply(221, '2.0.0', 'Bye'),
  help: reply(214, '2.0.0', 'EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY STARTTLS AUTH QUIT'),
  // RFC 5321 §3.5.3: neither yes nor no, so that nobody can try names.
  verify: reply(252, '2.5.2', 'Send the message and see'),
  startTls: reply(220, '2.0.0', 'Ready to start TLS'),
  loggedIn: reply(235, '2.7.0', 'Authentication succeeded'),

  unknownCommand: reply(500, '5.5.1', 'Unknown command'),
  lineTooLong: reply(500, '5.5.2', 'Line too long'),
  bareLf: reply(500, '5.5.2', 'A line must end with CR LF, not LF alone'),
  notCrlf: reply(
    550,
    '5.5.2',
    'The message has a CR or LF that stands alone; lines must end with CR LF',
  ),
  hasNul: reply(550, '5.6.0', 'The message has a NUL octet, which no mailbox can hold'),
  badSequence: reply(503, '5.5.1', 'Bad sequence of commands'),
  helloFirst: reply(503, '5.5.1', 'Say EHLO first'),
  mailFirst: reply(503, '5.5.1', 'Give MAIL FROM first'),
  noRecipients: reply(503, '5.5.1', 'No valid recipients'),
  nested: reply(503, '5.5.1', 'MAIL was given already; RSET starts anew'),
  notImplemented: reply(502, '5.5.1', 'Not available'),
  notSmtp: reply(554, '5.5.1', 'This is an SMTP server'),
  outOfStep: reply(554, '5.5.0', 'Wait for my reply before you send on'),
  needUtf8: reply(553, '5.6.7', 'This address needs SMTPUTF8 in MAIL FROM'),

  noTls: reply(502, '5.5.1', 'TLS is not available here'),
  tlsActive: reply(503, '5.5.1', 'TLS is active already'),
  tlsFirst: reply(530, '5.7.0', 'Give STARTTLS first'),
  requireTlsNeedsTls: reply(530, '5.7.10', 'REQUIRETLS needs TLS: give STARTTLS first'),
  tlsBeforeAuth: reply(538, '5.7.11', 'Give STARTTLS before AUTH'),
  loginFirst: reply(530, '5.7.0', 'Authentication required'),
  loggedInAlready: reply(503, '5.5.1', 'You are logged in already'),
  noAuth: reply(502, '5.5.1', 'No AUTH on this port; users submit mail on ports 465 and 587'),
  unknownMechanism: reply(504, '5.5.4', 'Unknown authentication mechanism'),
  authCancelled: reply(501, '5.7.0', 'Authentication cancelled'),
  notBase64: reply(501, '5.5.2', 'This is not base64'),
  // The words fail2ban's filters for Exim look for.
  authFailed: reply(535, '5.7.8', 'Incorrect authentication data'),

  messageTooBig: reply(552, '5.3.4', 'The message is too big'),
  headerTooBig: reply(552, '5.3.4', 'The header of the message is too big'),
  lineOfTextTooLong: reply(550, '5.6.0', 'A line of the message is too long'),
  tooManyRecipients: reply(452, '4.5.3', 'Too many recipients; send the rest in another message'),
  tooManyHops: reply(554, '5.4.6', 'Too many Received fields: this mail is in a loop'),
  noFrom: reply(550, '5.6.0', 'The message needs one From field with an address'),

  notInTime: reply(451, '4.3.0', 'Storing the message takes too long; try again later'),
  tooManyErrors: reply(421, '4.7.0', 'Too many errors'),
  tooManyLogins: reply(421, '4.7.0', 'Too many failed logins'),
  tooManyMessages: reply(421, '4.7.0', 'Enough for this connection; open another one'),
  tooMuchMail: reply(421, '4.7.0', 'Too much mail from your network; try again in a minute'),
  timeout: reply(421, '4.4.2', 'You took too long'),
  tooSlow: reply(421, '4.4.2', 'You send too slowly'),
  stopping: reply(421, '4.3.2', 'The server is stopping; come again soon'),
} as const satisfies Readonly<Record<string, Reply>>

const REFUSAL: { readonly [R in Reason]: Reply } = {
  noSuchUser: reply(550, '5.1.1', 'Unknown user'),
  noSuchDomain: reply(550, '5.1.2', 'No such domain'),
  relayDenied: reply(550, '5.7.1', 'relay not permitted'),
  userDisabled: reply(550, '5.2.1', 'This mailbox is disabled'),
  noSuchMailbox: reply(550, '5.2.0', 'No such mailbox'),
  mailboxExists: reply(550, '5.2.0', 'The mailbox exists already'),
  mailboxNameInvalid: reply(550, '5.2.0', 'Not a mailbox name'),
  mailboxHasChildren: reply(550, '5.2.0', 'The mailbox has others below it'),
  noSuchMessage: reply(550, '5.2.0', 'No such message'),
  overQuota: reply(552, '5.2.2', 'The mailbox is full'),
  messageTooBig: REPLY.messageTooBig,
  tooManyMailboxes: reply(550, '5.2.0', 'Too many mailboxes'),
  tooManyKeywords: reply(550, '5.2.0', 'Too many keywords'),
  storageFull: reply(452, '4.3.1', 'No room for more mail now; try again later'),
  storageFailed: reply(451, '4.3.0', 'Mail cannot be stored now; try again later'),
  authenticationFailed: REPLY.authFailed,
  authenticationBusy: reply(454, '4.7.0', 'Too many logins; try again later'),
  senderNotOwned: reply(553, '5.7.1', 'This sender address is not yours'),
  loop: reply(550, '5.4.6', 'This address leads back to itself'),
  alreadyExists: reply(550, '5.0.0', 'It exists already'),
  notFound: reply(550, '5.0.0', 'Not found'),
  inUse: reply(550, '5.0.0', 'It is in use'),
  invalid: reply(550, '5.0.0', 'Not valid'),
  policy: reply(550, '5.7.1', 'Refused by policy'),
  tryLater: reply(451, '4.7.1', 'Try again later'),
}

/**
 * The one place where an error becomes an SMTP reply. A refusal's detail is meant for the peer and
 * replaces our words; what our bugs and the disk said never goes out.
 */
export function replyFor(error: unknown): Reply {
  if (error instanceof SyntaxFault) return reply(501, '5.5.4', `Syntax: ${error.message}`)
  if (error instanceof Refusal) {
    const { code, status, text } = REFUSAL[error.reason]
    return { code, status, text: error.detail ?? text }
  }
  return reply(451, '4.3.0', 'Internal error; try again later')
}
