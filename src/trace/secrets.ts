/**
 * Passwords that servers write into their logs: told to by `auth_debug_passwords` and
 * `auth_verbose_passwords`, or since a client said them at the wrong moment. Nobody who asks what
 * became of a message needs them.
 */

/** What stands where a secret was. */
const HIDDEN = '***'

/**
 * A text of a log, or a piece of one, without the passwords that can be told from the words around
 * them; rather too much is hidden than too little. Linear in the text.
 */
export function withoutSecrets(text: string): string {
  if (!MAY_HOLD.test(text)) return text
  let safe = text
  for (const hide of RULES) safe = hide(safe)
  return safe
}

/** A copy in which every text is {@link withoutSecrets}. Of plain data. */
export function withoutSecretsIn<Value>(value: Value): Value {
  return copyOf(value) as Value
}

function copyOf(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value)
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.entries(value).map(([name, one]) => [name, copyOf(one)])
  const isRejectedAuth = 'phase' in value && value.phase === 'AUTH'
  return Object.fromEntries(isRejectedAuth ? copy.map(withoutInitial) : copy)
}

/** Of a rejected AUTH, the initial response is taken for the start of the reason. */
function withoutInitial([name, value]: unknown[]): unknown[] {
  if (name !== 'reason' || typeof value !== 'string') return [name, value]
  const end = endOfInitial(value, 0)
  return [
    name,
    end === 0 || /^[45]\d\d$/.test(value.slice(0, end)) ? value : HIDDEN + value.slice(end),
  ]
}

/** Nearly every line of a log holds none of these words; Postfix' `(in reply to RCPT TO command)` tells no command. */
const MAY_HOLD =
  /pass|pwd=|auth|resp=|command(?!\))|client in: cont|\) != '|^(?:plain|login|xoauth2|oauthbearer) /i

const RULES: readonly ((text: string) => string)[] = [
  givenPassword,
  comparedPassword,
  namedValues,
  continuedLogin,
  afterAuth,
  authCommands,
  inputAfterAuth,
  bareMechanism,
  lastCommand,
]

/** Dovecot: `Password mismatch (given password: hunter2)`, also `SHA1 of given password: …`. */
function givenPassword(text: string): string {
  const start = GIVEN.exec(text)
  if (start === null) return text
  const at = start.index + start[0].length
  const isBracketed = text.lastIndexOf('(', at) > text.lastIndexOf(')', at - 1)
  // A password may hold brackets itself.
  const close = isBracketed ? text.lastIndexOf(')') : -1
  return text.slice(0, at) + HIDDEN + (close < at ? '' : text.slice(close))
}

const GIVEN = /given password: ?/i

/** Dovecot's debug: `CRYPT(hunter2) != '$6$…'`. */
function comparedPassword(text: string): string {
  const unequal = text.lastIndexOf(UNEQUAL)
  if (unequal < 0) return text
  const scheme = SCHEME.exec(text)
  if (scheme === null || scheme.index > unequal) return text
  return `${text.slice(0, scheme.index + scheme[0].length)}${HIDDEN}) != ${HIDDEN}`
}

const UNEQUAL = ") != '"
const SCHEME = /\b[A-Z][A-Z0-9._-]{2,30}\(/

/** `password=…`, `pass=…`, `resp=…`; in brackets of its own, with spaces and all. */
function namedValues(text: string): string {
  const own = OWN_BRACKETS.exec(text)
  let safe = text
  if (own !== null) {
    const at = own.index + own[0].length
    const close = text.lastIndexOf(')')
    safe = text.slice(0, at) + HIDDEN + (close < at ? '' : text.slice(close))
  }
  return safe.replace(NAMED, (whole, name: string, value: string) =>
    value.startsWith(HIDDEN) ? whole : `${name}${HIDDEN}${value.endsWith(')') ? ')' : ''}`,
  )
}

const OWN_BRACKETS = /\((?:password|passwd|pass|pwd)=/i
const NAMED = /\b((?:password|passwd|passphrase|pass|pwd|resp)=)("[^"]*"?|\S+)/gi

/** Dovecot's debug: `client in: CONT\t1\tc2VjcmV0`; a tab is `#011` by rsyslog. */
function continuedLogin(text: string): string {
  const start = CONTINUED.exec(text)
  return start === null ? text : text.slice(0, start.index + start[0].length) + HIDDEN
}

const CONTINUED = /client in: CONT(?:\s|#011|\\t)?\d{0,10}(?:\s|#011|\\t)?/

/**
 * Postfix: `improper command pipelining after AUTH from host[address]: …`; its postscreen:
 * `COMMAND PIPELINING from [address]:port after AUTH: …`.
 */
function afterAuth(text: string): string {
  const after = text.indexOf(' after AUTH')
  if (after < 0) return text
  const isPeerNext = text.startsWith(' from ', after + AFTER_AUTH_CHARS)
  const isDataNext = text.startsWith(': ', after + AFTER_AUTH_CHARS) && SPEAKS_FIRST.test(text)
  if (!isPeerNext && !isDataNext) return text
  const data = text.indexOf(isPeerNext ? ']: ' : ': ', after)
  // `lost connection after AUTH from host[address]`.
  if (data < 0) return text
  return text.slice(0, data + (isPeerNext ? 3 : 2)) + HIDDEN
}

const AFTER_AUTH_CHARS = ' after AUTH'.length
const SPEAKS_FIRST = /pipelining|non-smtp command/i

/** `AUTH PLAIN AGpvZQ…`, in quotes to their end. */
function authCommands(text: string): string {
  let safe = ''
  let from = 0
  AUTH.lastIndex = 0
  for (let found = AUTH.exec(text); found !== null; found = AUTH.exec(text)) {
    const at = found.index + found[0].length
    const quoted = text[found.index - 1] === '"'
    const end = quoted ? endOfQuotes(text, at) : endOfInitial(text, at)
    if (end <= at) continue
    safe += `${text.slice(from, at)}${HIDDEN}`
    from = end
    AUTH.lastIndex = end
  }
  return safe + text.slice(from)
}

/** The command and its mechanism, and what stands before more: a space, or a line end as it is logged. */
const AUTH =
  /(?:(?<=")AUTH[ \t]{1,8}[\w-]{1,24}|\bAUTH[ \t]{1,8}(?:PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|NTLM|GSSAPI|EXTERNAL|XOAUTH2?|OAUTHBEARER|SCRAM-SHA-[\w-]{1,16}))(?:[ \t]|(?=[\\?\r\n]))/gi

function endOfQuotes(text: string, from: number): number {
  const close = text.indexOf('"', from)
  return close < 0 ? text.length : close
}

/** Of base64, and of lines that a client sent in one piece; the words of a reply are kept. */
function endOfInitial(text: string, from: number): number {
  const first = text[from]
  if (first === '\\' || first === '?' || first === '\r' || first === '\n') return text.length
  let end = from
  while (end < text.length && !isSpace(text[end])) end++
  while (end > from && (text[end - 1] === ':' || text[end - 1] === ',')) end--
  return looksEncoded(text.slice(from, end)) ? end : from
}

function isSpace(char: string | undefined): boolean {
  return char === ' ' || char === '\t'
}

/** Exim, when a client did not wait: `rejected "AUTH LOGIN" H=… next input="…"`. */
function inputAfterAuth(text: string): string {
  const input = text.indexOf('input="')
  if (input < 0) return text
  const at = input + 'input="'.length
  if (!/\bAUTH\b/i.test(text)) return text
  const close = text.lastIndexOf('"')
  return text.slice(0, at) + HIDDEN + (close < at ? '"' : text.slice(close))
}

/** What an event keeps of a rejected AUTH: `PLAIN AGpvZQ…`. */
function bareMechanism(text: string): string {
  const start = MECHANISM.exec(text)
  if (start === null) return text
  const end = endOfInitial(text, start[0].length)
  return end === start[0].length ? text : `${start[0]}${HIDDEN}${text.slice(end)}`
}

const MECHANISM = /^(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER) /i

/**
 * A client that goes on with AUTH LOGIN after it was refused says user and password as commands:
 * Exim's `last command was "…"`, Postfix' `non-SMTP command from host[address]: …`.
 */
function lastCommand(text: string): string {
  return text.replace(COMMAND, (whole, before: string, word: string) =>
    word.length >= 4 && word.length % 4 === 0 && looksEncoded(word) && !/^[A-Z]+$/.test(word)
      ? before + HIDDEN
      : whole,
  )
}

const COMMAND =
  /((?:command(?: was)?|last was) "|non-smtp command from \S{1,300}: |, ")([A-Za-z0-9+/]{3,1000}={0,2})(?="|$)/gi

/** Not a word of a sentence: base64 has capitals, digits and signs among its letters. */
function looksEncoded(word: string): boolean {
  return word.length >= 4 && !/^["'(]?[A-Za-z]?[a-z'-]*[).;"']*$/.test(word)
}
