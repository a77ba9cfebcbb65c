/** Logins of a day, and of its last hour by network, with bounded memory whoever tries. */
import type { LoggedIn } from '../../journal/event.ts'
import { netOf } from './nets.ts'

/** Of one network, in the last hour. */
export interface Guessing {
  readonly net: string
  readonly failures: number
  /** Addresses of it. */
  readonly addresses: number
  /** The account most aimed at first. */
  readonly accounts: readonly string[]
  /** Accounts that were logged in to from there in the same hour. */
  readonly entered: readonly string[]
  /** Of these, those whose first login of the day from there came after failures: guessed, or mistyped. */
  readonly openedAfterFailures: readonly string[]
  /** Accounts that failed there and that nobody logged in to from there all day. */
  readonly neverEntered: readonly string[]
}

/** Failures at one account. */
export interface AimedAt {
  readonly account: string
  readonly failures: number
}

/** What is asked of the logins of a day. */
export class Attempts {
  readonly #hourFromMs: number
  readonly #nets = new Map<string, Net>()
  readonly #dayByAccount = new Map<string, number>()
  readonly #hourByAccount = new Map<string, number>()
  readonly #entered = new Set<string>()
  /** When an account was first logged in to from a network, by both. */
  readonly #firstLogins = new Map<string, number>()
  failures = 0
  failuresInHour = 0
  logins = 0

  /** @param hourFromMs  where the last hour begins */
  constructor(hourFromMs: number) {
    this.#hourFromMs = hourFromMs
  }

  take({ type, atMs, login, remoteAddress, attempts }: LoggedIn): void {
    const account = login === null || login === '' ? null : login.toLowerCase()
    const net = remoteAddress === null ? null : netOf(remoteAddress)
    const isInHour = atMs >= this.#hourFromMs
    if (type === 'loggedIn') {
      this.logins++
      if (account !== null && this.#entered.size < MOST_NAMES) this.#entered.add(account)
      if (net !== null && account !== null) {
        if (isInHour) this.#netOf(net)?.entered.add(account)
        addEarliest(this.#firstLogins, pairOf(net, account), atMs)
      }
      return
    }
    if (type !== 'loginFailed') return
    const count = attempts ?? 1
    this.failures += count
    if (account !== null) add(this.#dayByAccount, account, count)
    if (!isInHour) return
    this.failuresInHour += count
    if (account !== null) add(this.#hourByAccount, account, count)
    const counted = net === null ? undefined : this.#netOf(net)
    if (counted === undefined || remoteAddress === null) return
    counted.failures += count
    if (counted.addresses.size < MOST_PER_NET) counted.addresses.add(remoteAddress)
    if (account === null) return
    add(counted.accounts, account, count, MOST_PER_NET)
    addEarliest(counted.firstFailures, account, atMs, MOST_PER_NET)
  }

  /** Did somebody log in to it in the day? */
  hasEntered(account: string): boolean {
    return this.#entered.has(account.toLowerCase())
  }

  /** Networks with so many failures in the last hour, the worst first. */
  guessing(atLeast: number): Guessing[] {
    return [...this.#nets]
      .filter(([, { failures }]) => failures >= atLeast)
      .sort(([, a], [, b]) => b.failures - a.failures)
      .map(([net, found]) => this.#guessingOf(net, found))
  }

  #guessingOf(
    net: string,
    { failures, addresses, accounts, entered, firstFailures }: Net,
  ): Guessing {
    const firstLogin = (account: string) => this.#firstLogins.get(pairOf(net, account))
    const aimedAt = sorted(accounts).map(([account]) => account)
    return {
      ...{ net, failures, addresses: addresses.size, accounts: aimedAt, entered: [...entered] },
      openedAfterFailures: [...entered].filter((account) => {
        const [login, failure] = [firstLogin(account), firstFailures.get(account)]
        return login !== undefined && failure !== undefined && failure < login
      }),
      neverEntered: aimedAt.filter((account) => firstLogin(account) === undefined),
    }
  }

  /** Accounts with so many failures in the last hour, the worst first. */
  aimedAt(atLeast: number): AimedAt[] {
    return sorted(this.#hourByAccount)
      .filter(([, failures]) => failures >= atLeast)
      .map(([account, failures]) => ({ account, failures }))
  }

  /** The accounts with most failures of the day. */
  mostOfDay(limit: number): AimedAt[] {
    const most = sorted(this.#dayByAccount).slice(0, limit)
    return most.map(([account, failures]) => ({ account, failures }))
  }

  #netOf(net: string): Net | undefined {
    const known = this.#nets.get(net)
    if (known !== undefined || this.#nets.size >= MOST_NAMES) return known
    const made: Net = {
      ...{ failures: 0, addresses: new Set<string>() },
      ...{ accounts: new Map<string, number>(), entered: new Set<string>() },
      firstFailures: new Map<string, number>(),
    }
    this.#nets.set(net, made)
    return made
  }
}

interface Net {
  failures: number
  readonly addresses: Set<string>
  readonly accounts: Map<string, number>
  readonly entered: Set<string>
  /** By account. */
  readonly firstFailures: Map<string, number>
}

function add(counts: Map<string, number>, name: string, count: number, most = MOST_NAMES): void {
  const before = counts.get(name)
  if (before !== undefined || counts.size < most) counts.set(name, (before ?? 0) + count)
}

function addEarliest(
  times: Map<string, number>,
  name: string,
  atMs: number,
  most = MOST_NAMES,
): void {
  const before = times.get(name)
  if (before !== undefined || times.size < most) times.set(name, Math.min(atMs, before ?? atMs))
}

function pairOf(net: string, account: string): string {
  return `${net} ${account}`
}

function sorted(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([, a], [, b]) => b - a)
}

const MOST_NAMES = 20_000
const MOST_PER_NET = 200
