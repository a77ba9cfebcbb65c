/**
 * Names for what nobody else should read: the same text has the same one in all of a bundle, and
 * another in the next bundle. Nobody finds the text by trying, for the key is thrown away.
 */
import { createHmac } from 'node:crypto'
import { domainToASCII } from 'node:url'

export type Kind = 'user' | 'host' | 'ip' | 'id' | 'url' | 'subject' | 'mailbox' | 'word'

export class Pseudonyms {
  readonly #key: Uint8Array
  readonly #known = new Map<string, string>()

  /** @param key  of this run only; 32 octets */
  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** `host-k3f9x2m1qa`. Names of hosts and addresses are the same in upper and lower case. */
  of(kind: Kind, text: string): string {
    const same = `${kind} ${(kind === 'host' ? aLabels(text) : text).toLowerCase()}`
    const known = this.#known.get(same)
    if (known !== undefined) return known
    const digest = createHmac('sha256', this.#key).update(same).digest()
    const pseudonym = `${kind}-${lettersOf(digest)}`
    // A log of a flood has no end of names: those that are forgotten are computed again.
    if (this.#known.size >= MOST_KEPT) this.#known.clear()
    this.#known.set(same, pseudonym)
    return pseudonym
  }

  /** `user-…@host-…`: who has the same host can be seen. */
  ofAddress(address: string): string {
    const at = address.lastIndexOf('@')
    const host = address.slice(at + 1).replace(/\.$/, '')
    const user = `${plainLocalpart(address.slice(0, at))}@${aLabels(host)}`
    return `${this.of('user', user)}@${this.of('host', host)}`
  }
}

/** Names in Unicode and as A-labels (RFC 5890 §2.3.2.1) are the same. */
function aLabels(host: string): string {
  return /[^\x00-\x7f]/.test(host) ? domainToASCII(host) || host : host
}

/** Quotes that are not needed, and octets as the log has them: `"odd\040name"` is `odd name`. */
function plainLocalpart(localpart: string): string {
  const bare = /^"(.*)"$/s.exec(localpart)?.[1] ?? localpart
  return bare
    .replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
    .replace(/\\(.)/gs, '$1')
    .normalize('NFC')
}

/** 50 bits. */
function lettersOf(digest: Uint8Array): string {
  return Array.from(digest.subarray(0, CHARS), (octet) => ALPHABET[octet & 31]).join('')
}

const CHARS = 10
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const MOST_KEPT = 50_000
