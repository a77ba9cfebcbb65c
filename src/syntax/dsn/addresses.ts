/** Mail addresses as they stand in the prose of a bounce: found by their `@`, not parsed. */

export interface FoundAddress {
  readonly address: string
  /** Where it begins and ends in the text, brackets and quotes left out. */
  readonly start: number
  readonly end: number
}

/** Every address in the text, in order. Linear: what stands around an `@` is bounded. */
export function addressesIn(text: string, max: number): FoundAddress[] {
  const found: FoundAddress[] = []
  let from = 0
  for (let at = text.indexOf('@'); at !== -1 && found.length < max; at = text.indexOf('@', from)) {
    const one = addressAround(text, at, from)
    from = one === null ? at + 1 : one.end
    if (one !== null) found.push(one)
  }
  return found
}

/** The whole text is one address, and not one of which a part was cut away (`jane...@example.net`). */
export function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@')
  return at > 0 && at < text.length - 1 && !text.slice(0, at).endsWith('...')
}

/** @param from no character before this belongs to it */
function addressAround(text: string, at: number, from: number): FoundAddress | null {
  const start = localpartStart(text, at, Math.max(from, at - MAX_LOCALPART))
  const most = Math.min(text.length, at + 1 + MAX_DOMAIN)
  let end = at + 1
  while (end < most && isDomainCode(text.charCodeAt(end))) end++
  while (end > at + 1 && !isAlphanumeric(text.charCodeAt(end - 1))) end--
  const address = text.slice(start, end)
  // `jane@example...`: the rest of the domain was cut away.
  if (!address.includes('.', at + 1 - start) && text.startsWith('...', end)) return null
  return start < at && end > at + 1 && isAddress(address) ? { address, start, end } : null
}

/** @returns `at` when there is no localpart */
function localpartStart(text: string, at: number, least: number): number {
  const quote = text[at - 1] === '"' ? text.lastIndexOf('"', at - 2) : -1
  // A quoted string, RFC 5321 §4.1.2; what only happens to stand between two quotes has more in it.
  if (quote >= least && quote < at - 2 && !/[<>@\n]/.test(text.slice(quote, at))) return quote
  let start = at
  while (start > least && isLocalpartCode(text.charCodeAt(start - 1))) start--
  while (start < at && !isFirstCode(text.charCodeAt(start))) start++
  return start
}

/** atext of RFC 5322 §3.2.3, dots, and letters of any script (RFC 6531 §3.3). */
function isLocalpartCode(code: number): boolean {
  return isAlphanumeric(code) || "!#$%&'*+-/=?^_`{|}~.".includes(String.fromCharCode(code))
}

/** Bullets and quotes stand before addresses, and are seldom their first character. */
function isFirstCode(code: number): boolean {
  return isAlphanumeric(code) || '_=+/#!'.includes(String.fromCharCode(code))
}

function isDomainCode(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2d || code === 0x2e || code === 0x5f
}

function isAlphanumeric(code: number): boolean {
  if (code >= 0x80) return !isForeignMark(code)
  const letter = code | 0x20
  return (code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x7a)
}

/** White space, quotation marks and full-width punctuation that texts of other languages put around addresses. */
function isForeignMark(code: number): boolean {
  return (
    (code >= 0x80 && code <= 0xbf) ||
    (code >= 0x2000 && code <= 0x206f) ||
    (code >= 0x3000 && code <= 0x30ff) ||
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0xac00 && code <= 0xd7af) ||
    code >= 0xfe00 ||
    code === 0x060c
  )
}

/** RFC 5321 §4.5.3.1.1 says 64; addresses that carry another one (VERP, SRS) are longer. */
const MAX_LOCALPART = 200
/** RFC 5321 §4.5.3.1.2. */
const MAX_DOMAIN = 255
