/**
 * The limits on what a stranger or a user can send or hold, in one object.
 *
 * A parser or server takes them as an argument. The values are the defaults; configuration replaces
 * single ones, tests make them small. What no operator could want to change (the patterns of one
 * LIST, the parameters of one MAIL) is a named constant beside the parser that counts it.
 */
export interface Limits {
  readonly message: MessageLimits
  readonly smtp: SmtpLimits
  readonly imap: ImapLimits
  readonly connection: ConnectionLimits
  readonly auth: AuthLimits
  readonly mailbox: MailboxLimits
}

export interface MessageLimits {
  /** Announced as SIZE; 552 5.3.4 above. */
  readonly maxOctets: number
  /** One line of text in DATA, octets without CRLF. Submission may not exceed `maxSubmittedLineOctets`. */
  readonly maxLineOctets: number
  /** RFC 5322 §2.1.1. */
  readonly maxSubmittedLineOctets: number
  readonly maxHeaderOctets: number
  readonly maxHeaderFieldOctets: number
  readonly maxHeaderFields: number
  /** Addresses read from header fields; what follows stays opaque. */
  readonly maxAddresses: number
  /** Beyond these a part is an opaque leaf; delivery never fails for it. */
  readonly maxMimeDepth: number
  readonly maxMimeParts: number
  readonly maxMimeParameters: number
  /** Received fields; 554 5.4.6 above. */
  readonly maxReceivedHops: number
}

export interface SmtpLimits {
  readonly maxRecipientsAuthenticated: number
  readonly maxRecipientsStranger: number
  readonly maxMessagesPerConnection: number
  readonly maxOctetsPerConnection: number
  /** From strangers, of the networks of `maxPerNet`. */
  readonly maxMessagesPerMinutePerNet: readonly [number, number, number]
  readonly maxOctetsPerMinutePerNet: readonly [number, number, number]
  /** Recipients on other servers that one account may send to in 24 hours; 0 is without limit. */
  readonly maxOutboundPerUserPerDay: number
  /** Of these, addresses that it had never sent to; 0 is without limit. */
  readonly maxFirstTimeRecipientsPerUserPerDay: number
  readonly maxCommandOctets: number
  /** A line of an AUTH exchange. */
  readonly maxAuthLineOctets: number
  /** Errors after which each reply waits `errorDelayMs`. */
  readonly softErrors: number
  /** Errors after which the connection is closed with 421. */
  readonly hardErrors: number
  readonly maxUnknownCommands: number
  /** NOOP, RSET, VRFY, HELP in excess of these count as errors. */
  readonly maxIdleCommands: number
  readonly errorDelayMs: number
  readonly greetTimeoutMs: number
  readonly commandTimeoutMs: number
  /** In place of the two above while the server is nearly full. */
  readonly stressTimeoutMs: number
  /** Without a finished message. */
  readonly sessionTimeoutMs: number
  /** Average below which a DATA transfer is cut: octets a second. */
  readonly minDataRate: number
  readonly maxAuthAttempts: number
  readonly authFailureDelayMs: number
}

export interface ImapLimits {
  readonly maxLineOctetsStranger: number
  readonly maxLineOctets: number
  readonly maxLiteralOctetsStranger: number
  readonly maxLiteralOctets: number
  readonly maxLiteralsTotalOctets: number
  readonly maxLiterals: number
  readonly maxNesting: number
  readonly maxPipelined: number
  readonly badCommandsStranger: number
  readonly badCommands: number
  readonly loginTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly stillHereEveryMs: number
  readonly maxConnectionsPerUserAndAddress: number
  readonly maxConnectionsPerUser: number
  readonly maxCommandsPerMinute: number
  readonly searchBudgetMs: number
  readonly maxSearchTerms: number
  readonly maxSearchNesting: number
  /** Messages one command may name; RFC 9738. */
  readonly maxMessagesPerCommand: number
}

export interface ConnectionLimits {
  readonly maxConnections: number
  /** Per /32 or /64, per /26 or /48, per /21 or /32. */
  readonly maxPerNet: readonly [number, number, number]
  readonly newPerMinutePerNet: readonly [number, number, number]
  readonly handshakeTimeoutMs: number
  readonly writeStallMs: number
  /** Output waiting for a slow reader before we stop reading its commands. */
  readonly maxBufferedOctets: number
}

export interface AuthLimits {
  readonly hashThreads: number
  readonly hashQueue: number
  /** Failed logins from a /32 or /64, a /26 or /48, a /21 or /32. */
  readonly failuresPerMinutePerNet: readonly [number, number, number]
  readonly failuresPerDayPerNet: readonly [number, number, number]
  /** After so many failures at one account in `accountWindowMs`, each login there waits `accountDelayMs`. */
  readonly accountFailures: number
  readonly accountWindowMs: number
  readonly accountDelayMs: number
  readonly minPasswordOctets: number
  readonly maxPasswordOctets: number
}

export interface MailboxLimits {
  readonly maxMailboxes: number
  readonly maxDepth: number
  readonly maxPartOctets: number
  readonly maxNameOctets: number
  readonly maxKeywords: number
  readonly maxKeywordOctets: number
}

const KIB = 1024
const MIB = 1024 * KIB
const SECOND = 1000
const MINUTE = 60 * SECOND

export const DEFAULT_LIMITS: Limits = {
  message: {
    maxOctets: 50 * MIB,
    maxLineOctets: 65_535,
    maxSubmittedLineOctets: 998,
    maxHeaderOctets: MIB,
    maxHeaderFieldOctets: 100 * KIB,
    maxHeaderFields: 2000,
    maxAddresses: 5000,
    maxMimeDepth: 100,
    maxMimeParts: 1000,
    maxMimeParameters: 128,
    maxReceivedHops: 50,
  },
  smtp: {
    maxRecipientsAuthenticated: 1000,
    maxRecipientsStranger: 200,
    maxMessagesPerConnection: 100,
    maxOctetsPerConnection: 250_000_000,
    maxMessagesPerMinutePerNet: [500, 1500, 4500],
    maxOctetsPerMinutePerNet: [1000 * MIB, 3000 * MIB, 9000 * MIB],
    maxOutboundPerUserPerDay: 1000,
    maxFirstTimeRecipientsPerUserPerDay: 200,
    maxCommandOctets: 2048,
    maxAuthLineOctets: 12_288,
    softErrors: 10,
    hardErrors: 20,
    maxUnknownCommands: 3,
    maxIdleCommands: 100,
    errorDelayMs: SECOND,
    greetTimeoutMs: 60 * SECOND,
    commandTimeoutMs: 300 * SECOND,
    stressTimeoutMs: 10 * SECOND,
    sessionTimeoutMs: 10 * MINUTE,
    minDataRate: 500,
    maxAuthAttempts: 3,
    authFailureDelayMs: 5 * SECOND,
  },
  imap: {
    maxLineOctetsStranger: 8 * KIB,
    maxLineOctets: 64 * KIB,
    maxLiteralOctetsStranger: KIB,
    maxLiteralOctets: 100 * KIB,
    maxLiteralsTotalOctets: MIB,
    maxLiterals: 1000,
    maxNesting: 32,
    maxPipelined: 4,
    badCommandsStranger: 3,
    badCommands: 20,
    loginTimeoutMs: MINUTE,
    idleTimeoutMs: 30 * MINUTE,
    stillHereEveryMs: 2 * MINUTE,
    maxConnectionsPerUserAndAddress: 20,
    maxConnectionsPerUser: 100,
    maxCommandsPerMinute: 2000,
    searchBudgetMs: 10 * SECOND,
    maxSearchTerms: 64,
    maxSearchNesting: 16,
    maxMessagesPerCommand: 100_000,
  },
  connection: {
    maxConnections: 20_000,
    maxPerNet: [20, 60, 180],
    newPerMinutePerNet: [300, 900, 2700],
    handshakeTimeoutMs: 30 * SECOND,
    writeStallMs: 5 * MINUTE,
    maxBufferedOctets: MIB,
  },
  auth: {
    hashThreads: 2,
    hashQueue: 32,
    failuresPerMinutePerNet: [10, 30, 90],
    failuresPerDayPerNet: [50, 150, 450],
    accountFailures: 12,
    accountWindowMs: 2 * MINUTE,
    accountDelayMs: 10 * SECOND,
    minPasswordOctets: 8,
    maxPasswordOctets: 128,
  },
  mailbox: {
    maxMailboxes: 1500,
    maxDepth: 16,
    maxPartOctets: 255,
    maxNameOctets: 1000,
    maxKeywords: 200,
    maxKeywordOctets: 50,
  },
}
