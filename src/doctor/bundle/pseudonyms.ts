/**
 * Names for what nobody else should read: the same text has the same one in all of a bundle, and
 * another in the next bundle. Nobody finds the text by trying, for the key is thrown away.
 */
import { createHmac } from 'node:crypto'

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
    const same = `${kind} ${text.toLowerCase()}`
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
    return `${this.of('user', `${address.slice(0, at)}@${host}`)}@${this.of('host', host)}`
  }
}

/** 50 bits. */
function lettersOf(digest: Uint8Array): string {
  return Array.from(digest.subarray(0, CHARS), (octet) => ALPHABET[octet & 31]).join('')
}

const CHARS = 10
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const MOST_KEPT = 50_000
