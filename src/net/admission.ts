import { isIPv6 } from 'node:net'

import type { Clock } from '../base/clock.ts'
import type { ConnectionLimits } from '../base/limits.ts'
import type { Occupancy } from './occupancy.ts'

/**
 * How many connections one address, and the networks around it, may hold and open.
 *
 * Counted at three widths: IPv4 /32, /26, /21; IPv6 /64, /48, /32. The address of a peer is the
 * operating system's word, so it cannot be forged over TCP. Loopback is not counted.
 */
export class Admission {
  readonly #limits: ConnectionLimits
  readonly #clock: Clock
  readonly #factor: number
  readonly #open = new Map<string, number>()
  readonly #recent = new Map<string, number>()
  readonly #occupancy: Occupancy
  #minute = 0

  /**
   * @param factor  times the limits of port 25: many people behind one address read their mail
   * @param occupancy  of all listeners together
   */
  constructor(limits: ConnectionLimits, clock: Clock, factor: number, occupancy: Occupancy) {
    this.#limits = limits
    this.#occupancy = occupancy
    this.#clock = clock
    this.#factor = factor
  }

  /** Counts the connection in, or says why not. Dispose what it returns when the connection ends. */
  admit(address: string): Disposable | 'server is full' | 'too many connections from your network' {
    if (this.#occupancy.isFull) return 'server is full'
    const keys = netsOf(address)
    this.#turnMinute()
    for (const [width, key] of keys.entries()) {
      const open = this.#open.get(key) ?? 0
      const recent = this.#recent.get(key) ?? 0
      const maxOpen = (this.#limits.maxPerNet[width] ?? 0) * this.#factor
      const maxNew = (this.#limits.newPerMinutePerNet[width] ?? 0) * this.#factor
      if (open >= maxOpen || recent >= maxNew) return 'too many connections from your network'
    }
    this.#occupancy.enter()
    for (const key of keys) {
      this.#open.set(key, (this.#open.get(key) ?? 0) + 1)
      this.#recent.set(key, (this.#recent.get(key) ?? 0) + 1)
    }
    return { [Symbol.dispose]: () => this.#leave(keys) }
  }

  #leave(keys: readonly string[]): void {
    this.#occupancy.leave()
    for (const key of keys) {
      const open = (this.#open.get(key) ?? 1) - 1
      if (open > 0) this.#open.set(key, open)
      else this.#open.delete(key)
    }
  }

  #turnMinute(): void {
    const minute = Math.floor(this.#clock.monotonicMs() / 60_000)
    if (minute === this.#minute) return
    this.#minute = minute
    this.#recent.clear()
  }
}

function isLoopback(plain: string): boolean {
  return plain === '::1' || plain.startsWith('127.')
}

/** `::ffff:192.0.2.1` is 192.0.2.1. */
export function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** The three networks of an address, narrowest first; none for loopback, which is not counted. */
export function netsOf(address: string): readonly string[] {
  const plain = withoutMapping(address)
  if (isLoopback(plain)) return []
  return isIPv6(plain) ? netsOfIPv6(plain) : netsOfIPv4(plain)
}

function netsOfIPv4(address: string): readonly string[] {
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return [32, 26, 21].map((bits) => `${Math.floor(number / 2 ** (32 - bits))}/${bits}`)
}

function netsOfIPv6(address: string): readonly string[] {
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros: string[] = Array(Math.max(0, 8 - left.length - right.length)).fill('0')
  const groups = [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16))
  return [4, 3, 2].map((count) => `${groups.slice(0, count).join(':')}/${count * 16}`)
}
