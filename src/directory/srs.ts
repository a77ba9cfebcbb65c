/**
 * Forwarded mail is sent under an address of ours that only we can make (SRS), so that its bounces
 * come back and go on to its sender.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

import type { Clock } from '../base/clock.ts'
import { DAY_MS } from '../base/durations.ts'
import { latin1OfUtf8 } from '../base/octets.ts'
import { type Address, formatAddress, tryAddress } from '../syntax/address/address.ts'
import { base32, formatSrs, parseSrs, type Srs, srsTarget } from '../syntax/address/srs.ts'

/** Bounces come within five days, from most; after so many an address is no use to spammers either. */
const MAX_AGE_DAYS = 21
/** 40 bits: nobody finds one by trying. */
const HASH_CHARS = 8
/** RFC 5321 §4.5.3.1.3, without the brackets. */
const MAX_PATH_OCTETS = 254
/** Stamps begin again after so many days. */
const CYCLE_DAYS = 1024

export class SenderRewriting {
  readonly #secret: Uint8Array
  readonly #clock: Clock

  constructor(secret: Uint8Array, clock: Clock) {
    this.#secret = secret
    this.#clock = clock
  }

  /**
   * The reverse-path for mail of this sender that leaves through an address of `domain`.
   * @returns null when there is none, because it would be too long for SMTP: the sender stays
   */
  forwarded(sender: string, domain: string): string | null {
    const from = tryAddress(sender)
    if (from === null || from.domain.startsWith('[')) return null
    const address = formatAddress({ localpart: formatSrs(this.#signed(from)), domain })
    return latin1OfUtf8(address).length <= MAX_PATH_OCTETS ? address : null
  }

  /** The sender that a localpart of ours stands for; null: we did not make it, or long ago. */
  original(localpart: string): string | null {
    const srs = parseSrs(localpart)
    if (srs === null || !isSame(srs.hash, this.#hash(srs)) || !this.#isFresh(srs)) return null
    const target = srsTarget(srs)
    return target === null ? null : formatAddress(target)
  }

  /** SRS1 leads past this server's forerunners to the first of them, which knows the sender. */
  #signed({ localpart, domain }: Address): Srs {
    const before = parseSrs(localpart)
    const srs: Srs =
      before === null
        ? { kind: 'SRS0', hash: '', stamp: this.#today(), domain, localpart }
        : before.kind === 'SRS0'
          ? { kind: 'SRS1', hash: '', domain, rest: localpart.slice('SRS0'.length) }
          : { ...before, hash: '' }
    return { ...srs, hash: this.#hash(srs) }
  }

  /** Of the lower case: some servers on the way change it. */
  #hash(srs: Srs): string {
    const text = formatSrs({ ...srs, hash: '' }).toLowerCase()
    const digest = createHmac('sha256', this.#secret).update(text).digest()
    return base32(digest).slice(0, HASH_CHARS)
  }

  #isFresh(srs: Srs): boolean {
    if (srs.kind === 'SRS1') return true
    const age = (this.#today() - srs.stamp + CYCLE_DAYS) % CYCLE_DAYS
    // Of tomorrow, when the clock was put back.
    return age <= MAX_AGE_DAYS || age === CYCLE_DAYS - 1
  }

  #today(): number {
    return Math.floor(this.#clock.nowMs() / DAY_MS) % CYCLE_DAYS
  }
}

function isSame(given: string, right: string): boolean {
  const [one, other] = [given, right].map((text) => Buffer.from(text.toUpperCase()))
  if (one === undefined || other === undefined || one.length !== other.length) return false
  return timingSafeEqual(one, other)
}
