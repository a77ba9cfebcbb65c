import { ownText } from '../../base/own-text.ts'

/** What `X=` says; the word itself is kept, to know it again. */
export interface Cipher {
  readonly word: string
  readonly version: string
  readonly cipher: string
  readonly bits: number
}

/** `TLS1.3:TLS_AES_256_GCM_SHA384:256`; a word of another form is all version. */
export function readCipher(word: string): Cipher {
  // A log has few ciphers.
  for (const cipher of RECENT) if (cipher.word === word) return cipher
  const cipher = split(ownText(word))
  RECENT[next] = cipher
  next = (next + 1) % RECENT.length
  return cipher
}

function split(word: string): Cipher {
  const first = word.indexOf(':')
  const last = word.lastIndexOf(':')
  const isWhole = first >= 0 && last > first
  return {
    word,
    version: isWhole ? word.slice(0, first) : word,
    cipher: isWhole ? word.slice(first + 1, last) : '',
    bits: isWhole ? Number.parseInt(word.slice(last + 1), 10) || 0 : 0,
  }
}

const RECENT: Cipher[] = Array.from({ length: 4 }, () => split(''))
let next = 0
