/** The keys of `[limits.*]`: every number of base/limits.ts, with its meaning and its range. */
import {
  type AuthLimits,
  type ConnectionLimits,
  DEFAULT_LIMITS,
  type ImapLimits,
  type Limits,
  type MailboxLimits,
  type MessageLimits,
  type SmtpLimits,
} from '../base/limits.ts'
import { count, duration, type Kind, perNet, size } from './kind.ts'
import { type Key, key, type Section, section } from './schema.ts'

const KIB = 2 ** 10
const MIB = 2 ** 20
const SECOND = 1000
const DAY = 86_400 * SECOND

const number = count({ min: 1, max: 1_000_000_000 })
const small = count({ min: 1, max: 100_000 })
const time = duration({ min: SECOND, max: DAY })
const delay = duration({ min: 0, max: 60 * SECOND })

const MESSAGE = of(DEFAULT_LIMITS.message)
const message: Section<MessageLimits> = section('One message.', {
  maxOctets: MESSAGE(
    'maxOctets',
    size({ min: 64 * KIB, max: 2 ** 30 }),
    'Size, announced as SIZE; larger ones are refused (552).',
  ),
  maxLineOctets: MESSAGE(
    'maxLineOctets',
    size({ min: 1000, max: 16 * MIB }),
    'One line of a message from another server.',
  ),
  maxSubmittedLineOctets: MESSAGE(
    'maxSubmittedLineOctets',
    size({ min: 998, max: 16 * MIB }),
    'One line of a message from a user; RFC 5322 allows 998. A longer one is taken as it is, and folded\nfor other servers: our signatures are over the folded form, those of others break.',
  ),
  maxHeaderOctets: MESSAGE(
    'maxHeaderOctets',
    size({ min: 8 * KIB, max: 64 * MIB }),
    'The whole header.',
  ),
  maxHeaderFieldOctets: MESSAGE(
    'maxHeaderFieldOctets',
    size({ min: KIB, max: 16 * MIB }),
    'One header field with its continuation lines.',
  ),
  maxHeaderFields: MESSAGE('maxHeaderFields', small, 'Header fields.'),
  maxAddresses: MESSAGE(
    'maxAddresses',
    small,
    'Addresses read from header fields; the rest is left as text.',
  ),
  maxMimeDepth: MESSAGE(
    'maxMimeDepth',
    count({ min: 1, max: 500 }),
    'Parts inside parts; what is deeper is one opaque part.',
  ),
  maxMimeParts: MESSAGE('maxMimeParts', small, 'Parts; what follows is one opaque part.'),
  maxMimeParameters: MESSAGE(
    'maxMimeParameters',
    small,
    'Parameters of one Content-Type or Content-Disposition.',
  ),
  maxReceivedHops: MESSAGE(
    'maxReceivedHops',
    count({ min: 5, max: 1000 }),
    'Received fields; more means that the message goes in circles (554).',
  ),
})

const SMTP = of(DEFAULT_LIMITS.smtp)
const smtp: Section<SmtpLimits> = section('SMTP and submission.', {
  maxRecipientsAuthenticated: SMTP(
    'maxRecipientsAuthenticated',
    small,
    'Recipients of one message from a user who logged in.',
  ),
  maxRecipientsStranger: SMTP(
    'maxRecipientsStranger',
    small,
    'Recipients of one message from anybody else; RFC 5321 asks for 100 at least.',
  ),
  maxMessagesPerConnection: SMTP(
    'maxMessagesPerConnection',
    number,
    'Messages before the client must connect again.',
  ),
  maxOctetsPerConnection: SMTP(
    'maxOctetsPerConnection',
    size({ min: MIB, max: 2 ** 40 }),
    'Data before the client must connect again.',
  ),
  maxMessagesPerMinutePerNet: SMTP(
    'maxMessagesPerMinutePerNet',
    perNet({ min: 1, max: 10_000_000 }),
    'Messages a minute, taken or refused, from strangers of one address, one network and one\nlarge network (see [limits.connection]).',
  ),
  maxOctetsPerMinutePerNet: SMTP(
    'maxOctetsPerMinutePerNet',
    perNet({ min: MIB, max: 2 ** 40 }, size),
    'Data a minute, of the same networks.',
  ),
  maxOutboundPerUserPerDay: SMTP(
    'maxOutboundPerUserPerDay',
    count({ min: 0, max: 10_000_000 }),
    'Recipients on other servers that one account may send to in 24 hours; 0 is without limit.',
  ),
  maxFirstTimeRecipientsPerUserPerDay: SMTP(
    'maxFirstTimeRecipientsPerUserPerDay',
    count({ min: 0, max: 10_000_000 }),
    'Of these, addresses that the account had never sent to; 0 is without limit.',
  ),
  maxCommandOctets: SMTP(
    'maxCommandOctets',
    size({ min: 512, max: 64 * KIB }),
    'One command line.',
  ),
  maxAuthLineOctets: SMTP(
    'maxAuthLineOctets',
    size({ min: 1000, max: 64 * KIB }),
    'One line of an AUTH exchange.',
  ),
  softErrors: SMTP('softErrors', small, 'Errors after which every reply waits.'),
  hardErrors: SMTP('hardErrors', small, 'Errors after which the connection is closed (421).'),
  maxUnknownCommands: SMTP(
    'maxUnknownCommands',
    small,
    'Unknown commands after which the connection is closed.',
  ),
  maxIdleCommands: SMTP(
    'maxIdleCommands',
    small,
    'NOOP, RSET, VRFY and HELP that are not yet errors.',
  ),
  errorDelayMs: SMTP('errorDelayMs', delay, 'How long a reply waits after too many errors.'),
  greetTimeoutMs: SMTP('greetTimeoutMs', time, 'Wait for EHLO.'),
  commandTimeoutMs: SMTP(
    'commandTimeoutMs',
    time,
    'Wait for the next command; RFC 5321 asks for 5 min.',
  ),
  stressTimeoutMs: SMTP(
    'stressTimeoutMs',
    time,
    'The same while the server has four fifths of the connections it can take.',
  ),
  sessionTimeoutMs: SMTP(
    'sessionTimeoutMs',
    time,
    'A connection that finishes no message in this time is closed.',
  ),
  minDataRate: SMTP(
    'minDataRate',
    count({ min: 0, max: 1_000_000 }),
    'Octets a second below which a transfer is cut off.',
  ),
  maxAuthAttempts: SMTP(
    'maxAuthAttempts',
    small,
    'Failed log-ins before the connection is closed.',
  ),
  authFailureDelayMs: SMTP(
    'authFailureDelayMs',
    delay,
    'How long the answer to a failed log-in waits.',
  ),
})

const IMAP = of(DEFAULT_LIMITS.imap)
const imap: Section<ImapLimits> = section('IMAP.', {
  maxLineOctetsStranger: IMAP(
    'maxLineOctetsStranger',
    size({ min: KIB, max: MIB }),
    'One command line before log-in.',
  ),
  maxLineOctets: IMAP('maxLineOctets', size({ min: 8 * KIB, max: 16 * MIB }), 'One command line.'),
  maxLiteralOctetsStranger: IMAP(
    'maxLiteralOctetsStranger',
    size({ min: 128, max: MIB }),
    'One literal before log-in.',
  ),
  maxLiteralOctets: IMAP(
    'maxLiteralOctets',
    size({ min: KIB, max: 16 * MIB }),
    'One literal; a message in APPEND is not counted.',
  ),
  maxLiteralsTotalOctets: IMAP(
    'maxLiteralsTotalOctets',
    size({ min: KIB, max: 64 * MIB }),
    'All literals of one command.',
  ),
  maxLiterals: IMAP('maxLiterals', small, 'Literals in one command.'),
  maxNesting: IMAP('maxNesting', count({ min: 8, max: 100 }), 'Lists inside lists.'),
  maxPipelined: IMAP(
    'maxPipelined',
    count({ min: 1, max: 1000 }),
    'Commands sent ahead before reading from the client pauses.',
  ),
  badCommandsStranger: IMAP(
    'badCommandsStranger',
    small,
    'Bad commands before log-in after which the connection is closed.',
  ),
  badCommands: IMAP('badCommands', small, 'Bad commands after which the connection is closed.'),
  loginTimeoutMs: IMAP('loginTimeoutMs', time, 'Time to log in.'),
  idleTimeoutMs: IMAP(
    'idleTimeoutMs',
    duration({ min: 30 * 60 * SECOND, max: 7 * DAY }),
    'A silent client is logged out after this; RFC 9051 asks for 30 min at least.',
  ),
  stillHereEveryMs: IMAP(
    'stillHereEveryMs',
    time,
    'How often IDLE says that the server is still there.',
  ),
  maxConnectionsPerUserAndAddress: IMAP(
    'maxConnectionsPerUserAndAddress',
    small,
    'Connections of one user from one address.',
  ),
  maxConnectionsPerUser: IMAP('maxConnectionsPerUser', small, 'Connections of one user.'),
  maxCommandsPerMinute: IMAP(
    'maxCommandsPerMinute',
    number,
    'Commands a minute; more are slowed down.',
  ),
  searchBudgetMs: IMAP('searchBudgetMs', time, 'Time that one SEARCH may take.'),
  maxSearchTerms: IMAP('maxSearchTerms', count({ min: 1, max: 10_000 }), 'Terms of one SEARCH.'),
  maxSearchNesting: IMAP(
    'maxSearchNesting',
    count({ min: 1, max: 100 }),
    'NOT, OR and parentheses inside each other.',
  ),
  maxMessagesPerCommand: IMAP(
    'maxMessagesPerCommand',
    number,
    'Messages that one command may name.',
  ),
})

const CONNECTION = of(DEFAULT_LIMITS.connection)
const connection: Section<ConnectionLimits> = section('Connections of every kind.', {
  maxConnections: CONNECTION('maxConnections', number, 'Connections at once.'),
  maxPerNet: CONNECTION(
    'maxPerNet',
    perNet({ min: 1, max: 1_000_000 }),
    'Connections at once from one address, one network and one large network\n(IPv4 /32, /26, /21; IPv6 /64, /48, /32).',
  ),
  newPerMinutePerNet: CONNECTION(
    'newPerMinutePerNet',
    perNet({ min: 1, max: 10_000_000 }),
    'New connections a minute, of the same networks.',
  ),
  handshakeTimeoutMs: CONNECTION('handshakeTimeoutMs', time, 'Time for a TLS handshake.'),
  writeStallMs: CONNECTION(
    'writeStallMs',
    time,
    'A client that takes nothing for so long is cut off.',
  ),
  maxBufferedOctets: CONNECTION(
    'maxBufferedOctets',
    size({ min: 16 * KIB, max: 64 * MIB }),
    'Output waiting for a slow client before its commands wait too.',
  ),
})

const AUTH = of(DEFAULT_LIMITS.auth)
const auth: Section<AuthLimits> = section('Passwords.', {
  hashThreads: AUTH(
    'hashThreads',
    count({ min: 1, max: 64 }),
    'Passwords checked at once; each takes 32 MiB while it runs.',
  ),
  hashQueue: AUTH(
    'hashQueue',
    count({ min: 1, max: 10_000 }),
    'Log-ins waiting for that; more are answered "try again later" (454).',
  ),
  failuresPerMinutePerNet: AUTH(
    'failuresPerMinutePerNet',
    perNet({ min: 1, max: 1_000_000 }),
    'Failed log-ins a minute from one address, one network and one large network (see\n[limits.connection]); more are answered "try again later". The same wrong password again\nis not counted.',
  ),
  failuresPerDayPerNet: AUTH(
    'failuresPerDayPerNet',
    perNet({ min: 1, max: 1_000_000 }),
    'The same for a day.',
  ),
  accountFailures: AUTH(
    'accountFailures',
    count({ min: 1, max: 1_000_000 }),
    'Failed log-ins at one account after which it answers late.',
  ),
  accountWindowMs: AUTH(
    'accountWindowMs',
    duration({ min: SECOND, max: DAY }),
    'The time in which they are counted.',
  ),
  accountDelayMs: AUTH(
    'accountDelayMs',
    duration({ min: 0, max: 60 * SECOND }),
    'How late, for an address that did not log in there before.',
  ),
  minPasswordOctets: AUTH(
    'minPasswordOctets',
    size({ min: 8, max: 128 }),
    'Shortest new password.',
  ),
  maxPasswordOctets: AUTH('maxPasswordOctets', size({ min: 64, max: 1024 }), 'Longest password.'),
})

const MAILBOX = of(DEFAULT_LIMITS.mailbox)
const mailbox: Section<MailboxLimits> = section('The mailboxes of one account.', {
  maxMailboxes: MAILBOX('maxMailboxes', count({ min: 6, max: 100_000 }), 'Mailboxes.'),
  maxDepth: MAILBOX('maxDepth', count({ min: 1, max: 100 }), 'Levels of names.'),
  maxPartOctets: MAILBOX('maxPartOctets', size({ min: 16, max: 1000 }), 'One level of a name.'),
  maxNameOctets: MAILBOX('maxNameOctets', size({ min: 64, max: 4 * KIB }), 'A whole name.'),
  maxKeywords: MAILBOX('maxKeywords', small, 'Different keywords in one mailbox.'),
  maxKeywordOctets: MAILBOX('maxKeywordOctets', size({ min: 10, max: KIB }), 'One keyword.'),
})

export const LIMITS: Section<Limits> = section('What a stranger or a user can send or hold.', {
  message,
  smtp,
  imap,
  connection,
  auth,
  mailbox,
})

/** Makes keys whose defaults are the fields of `defaults`. */
function of<Group>(defaults: Group) {
  return <Field extends keyof Group>(
    field: Field,
    kind: Kind<Group[Field]>,
    doc: string,
  ): Key<Group[Field]> => key(kind, defaults[field], doc)
}
