/** How DSN parameters write what SMTP does not allow: RFC 3461 §4, RFC 6533 §3. */
import { hexPairAt } from '../message/encoded-word.ts'

/** xtext: `+` and two hexadecimal digits, upper case, are an octet. @returns ASCII; null when it is none */
export function decodeXtext(text: string): string | null {
  let decoded = ''
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x21 || code > 0x7e || code === EQUALS) return null
    if (code !== PLUS) {
      decoded += text.charAt(at)
      continue
    }
    const octet = /^[0-9A-F]{2}$/.test(text.slice(at + 1, at + 3)) ? hexPairAt(text, at + 1) : -1
    if (octet === -1 || octet > 0x7f) return null
    decoded += String.fromCharCode(octet)
    at += 2
  }
  return decoded
}

export function encodeXtext(text: string): string {
  return text.replace(/[^!-~]|[+=]/g, (char) => {
    const hex = char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
    return `+${hex}`
  })
}

/**
 * The address of the type `utf-8`: `\x{F6}` is a character, and characters above ASCII may stand
 * as they are. `+2B` and the like of xtext are decoded too: who knows only RFC 3461 writes them.
 * @returns Unicode; null when it is none
 */
export function decodeUnitext(text: string): string | null {
  let decoded = ''
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x21 || code === 0x7f || code === EQUALS) return null
    if (code === BACKSLASH) {
      const hex = /^\\x\{([0-9A-F]{2,6})\}/.exec(text.slice(at, at + MAX_EMBEDDED))?.[1]
      const point = hex === undefined ? -1 : Number.parseInt(hex, 16)
      if (point < 0 || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return null
      decoded += String.fromCodePoint(point)
      at += (hex?.length ?? 0) + 3
    } else if (code === PLUS && /^[0-9A-F]{2}$/.test(text.slice(at + 1, at + 3))) {
      decoded += String.fromCharCode(hexPairAt(text, at + 1))
      at += 2
    } else decoded += text.charAt(at)
  }
  return decoded
}

/** In ASCII alone: RFC 6533 §3 utf-8-addr-xtext. */
export function encodeUnitext(text: string): string {
  let encoded = ''
  for (const char of text) {
    const isPlain = /[!-~]/.test(char) && !/[+=\\]/.test(char)
    const hex = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')
    encoded += isPlain ? char : `\\x{${hex}}`
  }
  return encoded
}

/** ORCPT made of an address, for one that came without it: RFC 3461 §5.2.1. */
export function originalRecipient(address: string): string {
  const isPlain = /^[\x20-\x7e]*$/.test(address)
  return isPlain ? `rfc822;${encodeXtext(address)}` : `utf-8;${encodeUnitext(address)}`
}

/** `\x{10FFFF}`. */
const MAX_EMBEDDED = 10
const EQUALS = 0x3d
const PLUS = 0x2b
const BACKSLASH = 0x5c
