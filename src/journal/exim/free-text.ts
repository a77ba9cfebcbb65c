/**
 * What an administrator lets Exim write: `logwrite` in ACLs and filters, log messages of events.
 * It can be any text, so it is known only by what it holds: the id of a message before it, a value
 * with a label, a host or an address, or a word of the mail. The rest stays unknown.
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

const SIGNS: readonly RegExp[] = [
  // A label and its value: `peer dn<tab>…`, `Messages received: 4`, `sender_ident=…`, `ocsp   4`.
  /^[A-Za-z][\w ./()-]{0,40}\t/,
  /^\w[\w ./()-]{0,60}:(?: |$)/,
  /^[a-z]\w{1,40}=/,
  /^\w{2,20} {2,}\S/,
  // A value in brackets or quotes at the end: `SNI <mail.example.com>`, `at RCPT: >found<`.
  /<[^<>]*>$/,
  />[^<>]*<$/,
  /'[^']*'$/,
  /"[^"]*"$/,
  // All of it in brackets or marks: `(random)`, `+++ host is authenticated +++`, `=====`.
  /^\([^()]*\)$/,
  /^(?:\+{3}|={3}|-{3}|\*{3})/,
  // An address, or a host.
  /[\w.+"-]@[\w[]/,
  /(?:^|[\s[])(?:\d{1,3}\.){3}\d{1,3}(?:[\s\]:]|$)/,
  /\[[\da-fA-F:]{2,39}\]/,
  // Words of the mail.
  /\b(?:ACL|RCPT|MAIL|DATA|EHLO|HELO|NOTQUIT|QUIT|AUTH|VRFY|STARTTLS|TLS|SMTP|ESMTP|LMTP|SNI|OCSP|DANE|Received|Subject)\b/,
  /\b(?:acl|helo|ehlo|rcpt|smtp|tls|cert|certificate|ocsp|dkim|spf|dmarc|sender|recipients?|messages?|router|transport|mailbox|host|host_\w{1,40}|dnssec|spam|virus|greylist\w{0,10}|whitelist\w{0,10}|blacklist\w{0,10}|auth|authenticated|event)\b/,
]
/** Signs stand at the start of a text; a long one need not be searched. */
const MAX_LOOK = 400
