/**
 * The part before the @: as it is written, as it is compared, and its +tag.
 * A localpart in memory is Unicode and unquoted; quotes exist only in written addresses.
 */

/** RFC 5321 §4.5.3.1.1, octets as written, quotes and backslashes included. */
export const MAX_LOCALPART_OCTETS = 64
/**
 * Addresses of forwarders (SRS) hold another one whole, and are longer: postsrsd, Exim and Exchange
 * Online write them, and so do we. Only the whole path limits them.
 */
const MAX_SRS_OCTETS = 250

export function maxLocalpartOctets(localpart: string): number {
  return /^SRS[01][=+-]/i.test(localpart) ? MAX_SRS_OCTETS : MAX_LOCALPART_OCTETS
}

/**
 * The key two localparts are compared by: NFC, then lower case. Nothing is mapped by likeness, so
 * only spellings of the same characters share a key.
 */
export function canonicalLocalpart(localpart: string): string {
  if (isLowerAscii(localpart)) return localpart
  return localpart.normalize('NFC').toLowerCase().normalize('NFC')
}

/** `jane+shop` is `jane` with the tag `shop`. A localpart that begins with + has no tag. */
export function splitTag(localpart: string): {
  readonly base: string
  readonly tag: string | null
} {
  const plus = localpart.indexOf('+')
  if (plus <= 0) return { base: localpart, tag: null }
  return { base: localpart.slice(0, plus), tag: localpart.slice(plus + 1) }
}

/** As it stands in an address: a dot-string when it can be, else in quotes. */
export function formatLocalpart(localpart: string): string {
  if (isDotString(localpart)) return localpart
  return `"${localpart.replace(/["\\]/g, '\\$&')}"`
}

/** dot-string of RFC 5321 §4.1.2, with RFC 6531 §3.3's letters above ASCII. */
function isDotString(text: string): boolean {
  let previous = DOT
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === DOT ? previous === DOT : !isAtext(code)) return false
    previous = code
  }
  return previous !== DOT
}

/** atext, and everything above ASCII: octets of UTF-8 in a protocol line, code units in Unicode. */
export function isAtext(code: number): boolean {
  return code < 0x80 ? ATEXT[code] === 1 : true
}

/** What may stand in quotes without a backslash: RFC 5321 §4.1.2 qtextSMTP, and above ASCII. */
export function isQtext(code: number): boolean {
  return code >= 0x20 && code !== 0x7f && code !== 0x22 && code !== 0x5c
}

function isLowerAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f || (code >= 0x41 && code <= 0x5a)) return false
  }
  return true
}

const DOT = 0x2e
const ATEXT = new Uint8Array(128)
const ATEXT_CHARS =
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"
for (const char of ATEXT_CHARS) ATEXT[char.charCodeAt(0)] = 1
