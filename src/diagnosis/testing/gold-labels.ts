import type { Category } from '../reasons/types.ts'

/**
 * The labels of the collection `bounces-sisimai`, and the categories that say the same. A label stands
 * for several where its own definition covers several; a guess at the collection's habits is not one.
 * `feedback` and `vacation` are no errors and `undefined` is none that could be named.
 */
export const GOLD_LABELS: Readonly<Record<string, readonly Category[]>> = {
  authfailure: ['authenticationPolicy'],
  badreputation: ['reputation'],
  // The address or name of the client, or its HELO, is refused.
  blocked: ['blocklisted', 'reputation', 'helo', 'relayDenied'],
  contenterror: ['messageFormat', 'contentPolicy'],
  exceedlimit: ['tooBig'],
  // Gave up after connections or networks failed for too long.
  expired: ['expired', 'network'],
  failedstarttls: ['tls'],
  // Refused by the recipient or for it, in words that mostly say that the user is unknown.
  filtered: ['mailboxUnknown', 'mailboxDisabled', 'recipientRestricted'],
  hasmoved: ['mailboxMoved'],
  hostunknown: ['domainUnknown'],
  mailboxfull: ['mailboxFull'],
  mailererror: ['program'],
  mesgtoobig: ['tooBig'],
  // Failed look-ups in DNS, a domain that is not there, networks, and loops.
  networkerror: ['network', 'dns', 'domainUnknown', 'loop'],
  norelaying: ['relayDenied'],
  notaccept: ['noMailDomain'],
  notcompliantrfc: ['messageFormat'],
  onhold: ['serverFault'],
  policyviolation: ['policy', 'contentPolicy'],
  // The sender’s address is refused, or nobody outside may write to the group.
  rejected: ['senderRejected', 'recipientRestricted'],
  requireptr: ['reverseDns'],
  // A login is missing, or access is denied without a better reason.
  securityerror: ['policy', 'authenticationRequired', 'loginFailed', 'recipientRestricted'],
  spamdetected: ['spamContent'],
  speeding: ['rateLimited'],
  suspend: ['mailboxDisabled'],
  syntaxerror: ['protocol'],
  systemerror: ['serverFault', 'configuration'],
  systemfull: ['storage'],
  toomanyconn: ['rateLimited'],
  userunknown: ['mailboxUnknown'],
  virusdetected: ['virus'],
}
