/**
 * Domain names as A-labels in lower case: the one form in which they are kept and compared.
 */
import { isDigit } from '../../base/digits.ts'
import { domainToASCII, domainToUnicode } from 'node:url'

/** RFC 5321 §4.5.3.1.2. */
export const MAX_DOMAIN_OCTETS = 255
/** RFC 1035 §2.3.4. */
const MAX_LABEL_OCTETS = 63

/**
 * The A-label form of a domain name given in Unicode, lower case.
 *
 * ASCII names are letters, digits and inner hyphens (RFC 5321 §4.1.2), without trailing dot; a name
 * whose last label is all digits is an IPv4 address in disguise and refused. Other names must be
 * U-labels as they are (RFC 5891 §5.3): full-width letters, ideographic dots and whatever else would
 * first have to be mapped to something different is refused, so that no name can pose as another.
 *
 * @returns null when it is not a domain name
 */
export function domainToAscii(text: string): string | null {
  if (isAscii(text)) return asciiDomain(text)
  if (text.length > MAX_DOMAIN_OCTETS || !hasOnlyDomainAscii(text)) return null
  const ascii = asciiDomain(domainToASCII(text))
  if (ascii === null || domainToUnicode(ascii) !== text.normalize('NFC').toLowerCase()) return null
  return ascii
}

/** For people: U-labels where there are some. */
export function domainForDisplay(domain: string): string {
  return domain.includes('xn--') ? domainToUnicode(domain) || domain : domain
}

/** Checks an ASCII name and puts it in lower case. */
function asciiDomain(text: string): string | null {
  if (text.length === 0 || text.length > MAX_DOMAIN_OCTETS) return null
  let labelStart = 0
  let hasUpper = false
  let onlyDigits = true
  let previous = DOT
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : DOT
    if (code === DOT) {
      if (previous === DOT || previous === HYPHEN || i - labelStart > MAX_LABEL_OCTETS) return null
      if (i < text.length) onlyDigits = true
      labelStart = i + 1
    } else if (isLower(code)) {
      onlyDigits = false
    } else if (isUpper(code)) {
      onlyDigits = false
      hasUpper = true
    } else if (code === HYPHEN) {
      if (previous === DOT) return null
      onlyDigits = false
    } else if (!isDigit(code)) {
      return null
    }
    previous = code
  }
  if (onlyDigits) return null
  const lower = hasUpper ? text.toLowerCase() : text
  return lower.includes('xn--') && hasFakeLabel(lower) ? null : lower
}

/** `xn--` with something behind it that is no Punycode of a U-label: domainToUnicode leaves it be. */
function hasFakeLabel(domain: string): boolean {
  return /(?:^|\.)xn--/.test(domainToUnicode(domain))
}

/** domainToASCII would decode `%41`, and cut at `/`, `:` or `?`. */
function hasOnlyDomainAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80 && !isDomainOctet(code)) return false
  }
  return true
}

/** Letters, digits, hyphen, dot. */
export function isDomainOctet(code: number): boolean {
  return isLower(code) || isUpper(code) || isDigit(code) || code === HYPHEN || code === DOT
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

const isLower = (code: number) => code >= 0x61 && code <= 0x7a
const isUpper = (code: number) => code >= 0x41 && code <= 0x5a
const HYPHEN = 0x2d
const DOT = 0x2e
