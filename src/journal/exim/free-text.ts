/**
 * What an administrator lets Exim write: `logwrite` in ACLs and filters, log messages of events.
 * It can be any text, so it is known only by what it holds: the id of a message before it, a value
 * with the name of one of Exim's, an address, or a word that only the mail has. A word of plain
 * English, such as `sender` or `message`, is no sign. The rest stays unknown.
 */

/** Can this be such a text? `hasId`: it stands after a message's id. */
export function isFreeText(text: string, hasId: boolean): boolean {
  const start = text.length > MAX_LOOK ? text.slice(0, MAX_LOOK) : text
  if (NOT_PRINTED.test(start) || CUT_SHORT.test(start) || FLAG.test(start)) return false
  return hasId || SIGNS.some((sign) => sign.test(start))
}

/** Exim writes controls as escapes, so a line with others than tabs is not its own. */
const NOT_PRINTED = /[\x00-\x08\x0a-\x1f\x7f\ufffd]/
/** Fields without what they are fields of: the end of the line is missing. */
const CUT_SHORT = /^[A-Z]=/
/** Two marks and a space stand where `<=` and `=>` do, and are none of Exim's. */
const FLAG = /^[^\w\s"'()[\]{}.]{2}(?:\s|$)/

/** Words in the names of values that are written in logs: `Peer cert: …`, `rcpt_acl: …`. */
const LABEL =
  'acl|rcpt|mail|data|helo|ehlo|conn|smtp|tls|cert|certificate|cipher|bits|ocsp|sni|peer|dkim|spf|dmarc|messages|recipients|accepted'

const SIGNS: readonly RegExp[] = [
  // A label and its value: `peer dn<tab>…`, `Messages received: 4`, `at MAIL (1): >x<`.
  new RegExp(
    `^(?=[\\w ./()-]{1,60}(?:\\t|:(?: |$)))(?:\\w[\\w ./()-]{0,59}[ _])?(?:${LABEL})(?![a-z])`,
    'i',
  ),
  // A variable of Exim: `sender_ident=…`, `acl_m0`, `host_reject_connection`.
  /(?:^|[\s"$])(?:acl|sender|received|interface|host|message|tls|smtp|local|recipients|authenticated|primary|dkim|spam|spf|dmarc)_\w{1,40}(?:[=\s"]|$)/,
  // A short label and a value in brackets, and nothing else: `SNI <mail.example.com>`.
  /^[\w./]{2,20} {1,9}<[^<>]*>$/,
  // An event and its kind: `event auth:fail`.
  /^event \w{1,20}:\w/,
  // All of it between marks: `+++ host is authenticated +++`, `==========`.
  /^\+{3} .*\+{3}$/,
  /^={10,}$/,
  // An address, or a host.
  /[\w.+"-]@[\w[]/,
  /(?:^|[\s[])(?:\d{1,3}\.){3}\d{1,3}(?:[\s\]:]|$)/,
  /\[[\da-fA-F:]{2,39}\]/,
  // Words of the mail and of nothing else.
  /\b(?:ACL|RCPT|MAIL|DATA|EHLO|HELO|NOTQUIT|QUIT|AUTH|VRFY|STARTTLS|TLS(?:\d[\w.]*)?|SMTP|ESMTP|LMTP|SNI|OCSP|DANE)\b/,
  /\b(?:acl|helo|ehlo|rcpt|smtp|tls|cert|certificate|ocsp|dkim|spf|dmarc|dnssec|spam|virus|malware|fingerprint|greylist\w{0,10}|whitelist\w{0,10}|blacklist\w{0,10})\b/,
]
/** Signs stand at the start of a text; a long one need not be searched. */
const MAX_LOOK = 400
