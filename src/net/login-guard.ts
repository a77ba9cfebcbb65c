import { hash } from 'node:crypto'

import { DAY_MS, MINUTE_MS } from '../base/durations.ts'
import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import type { AuthLimits } from '../base/limits.ts'
import type { Credentials, Identity, ScramVerifier } from '../syntax/sasl/credentials.ts'
import { netsOf } from './admission.ts'

/**
 * Bounds the guessing of passwords, over all protocols and connections together.
 *
 * - A network that failed too often, in a minute or a day, is told to come back later. The same
 *   wrong password for the same login counts once a day: a telephone that was not told of a new
 *   password does not lock out its office.
 * - An account at which many fail, wherever they come from, answers slowly; its owner is not locked
 *   out, and an address that logged in there before is not slowed down.
 *
 * Loopback is not counted by network.
 */
export class LoginGuard {
  readonly #credentials: Credentials
  readonly #limits: AuthLimits
  readonly #clock: Clock
  readonly #minute = new Counter(MINUTE_MS)
  readonly #day = new Counter(DAY_MS)
  readonly #accounts: Counter
  readonly #guesses = new Counter(DAY_MS)
  readonly #welcome = new Counter(DAY_MS)

  constructor(credentials: Credentials, limits: AuthLimits, clock: Clock) {
    this.#credentials = credentials
    this.#limits = limits
    this.#clock = clock
    this.#accounts = new Counter(limits.accountWindowMs)
  }

  /** The credentials as a client at this address may ask them. */
  from(address: string): Credentials {
    const nets = netsOf(address)
    return {
      checkPassword: (login, password) => this.#check(address, nets, login, password),
      scramVerifier: (login) => this.#verifier(nets, login),
      // Each is a guess of its own: the password is not known here.
      scramFailed: (login) => this.#failed(nets, login, null),
    }
  }

  async #check(
    address: string,
    nets: readonly string[],
    login: string,
    password: string,
  ): Promise<Identity | null> {
    this.#refuseGuessers(nets)
    const place = `${address} ${keyOf(login)}`
    if (this.#isUnderAttack(login) && this.#welcome.get(place, this.#now) === 0)
      await new Promise<void>((resolve) => {
        this.#clock.after(this.#limits.accountDelayMs, resolve)
      })
    const identity = await this.#credentials.checkPassword(login, password)
    if (identity === null) this.#failed(nets, login, password)
    else this.#welcome.add(place, this.#now)
    return identity
  }

  #verifier(nets: readonly string[], login: string): ScramVerifier {
    this.#refuseGuessers(nets)
    return this.#credentials.scramVerifier(login)
  }

  #isUnderAttack(login: string): boolean {
    return this.#accounts.get(keyOf(login), this.#now) >= this.#limits.accountFailures
  }

  #refuseGuessers(nets: readonly string[]): void {
    const { failuresPerMinutePerNet: perMinute, failuresPerDayPerNet: perDay } = this.#limits
    for (const [width, net] of nets.entries())
      if (
        this.#minute.get(net, this.#now) >= (perMinute[width] ?? 0) ||
        this.#day.get(net, this.#now) >= (perDay[width] ?? 0)
      )
        throw new Refusal('authenticationBusy', 'too many failed logins from your network')
  }

  #failed(nets: readonly string[], login: string, password: string | null): void {
    if (password !== null) {
      const guess = hash('sha256', `${nets[0] ?? ''}\0${keyOf(login)}\0${password}`, 'base64')
      if (this.#guesses.add(guess, this.#now) > 1) return
    }
    this.#accounts.add(keyOf(login), this.#now)
    for (const net of nets) {
      this.#minute.add(net, this.#now)
      this.#day.add(net, this.#now)
    }
  }

  get #now(): number {
    return this.#clock.monotonicMs()
  }
}

/** Beyond this many names the oldest window is given up early, rather than memory. */
const MAX_NAMES = 100_000

function keyOf(login: string): string {
  return login.normalize('NFC').toLowerCase().slice(0, 320)
}

/** Counts by name over the last window or two: what is older than two windows is forgotten. */
class Counter {
  readonly #windowMs: number
  #startMs = Number.NEGATIVE_INFINITY
  #now = new Map<string, number>()
  #before = new Map<string, number>()

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  get(name: string, nowMs: number): number {
    this.#turn(nowMs)
    return (this.#now.get(name) ?? 0) + (this.#before.get(name) ?? 0)
  }

  /** @returns the count with this one */
  add(name: string, nowMs: number): number {
    this.#turn(nowMs)
    this.#now.set(name, (this.#now.get(name) ?? 0) + 1)
    return this.get(name, nowMs)
  }

  #turn(nowMs: number): void {
    const age = nowMs - this.#startMs
    if (age < this.#windowMs && this.#now.size < MAX_NAMES) return
    this.#before = age < 2 * this.#windowMs ? this.#now : new Map()
    this.#now = new Map()
    this.#startMs = nowMs
  }
}
