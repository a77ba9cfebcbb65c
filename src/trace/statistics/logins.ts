/** Counts logins of readers and senders, and attempts at them, by address, account and service. */
import type { LoggedIn } from '../../journal/event.ts'
import { COUNT, LAST_FAILURE_MS, OCTETS, SUCCESSES, WITHOUT_TRYING } from './kinds.ts'
import type { Slots } from './slots.ts'
import type { Statistics } from './statistics.ts'
import { addAt, placeOf, raiseAt, type Table } from './table.ts'

export class Logins {
  readonly #statistics: Statistics
  readonly #slots: Slots

  constructor(statistics: Statistics, slots: Slots) {
    this.#statistics = statistics
    this.#slots = slots
  }

  take(event: LoggedIn): void {
    const { totals } = this.#statistics
    const { login, service, attempts } = event
    const address = event.remoteAddress ?? '(unknown)'
    switch (event.type) {
      case 'loginFailed':
        this.failed(address, login, service, event.atMs, attempts ?? 1)
        break
      case 'loggedOut':
        this.#ended(event)
        break
      case 'loggedIn':
        totals.logins++
        if (event.tls) totals.loginsTls++
        for (const [table, key] of this.#rowsOf(address, login, service))
          addAt(table, placeOf(table, key), SUCCESSES, 1)
        break
      case 'noLogin':
        totals.noLogins++
        for (const [table, key] of this.#rowsOf(address, login, service))
          addAt(table, placeOf(table, key), WITHOUT_TRYING, 1)
        break
      default:
        event.type satisfies never
    }
  }

  /**
   * What the auth process says of a password is said again by the server that asked it: only that
   * counts as a failure of an address and an account. @param attempts  passwords tried
   */
  failed(
    address: string,
    login: string | null,
    service: string,
    atMs: number,
    attempts: number,
  ): void {
    const { totals, services } = this.#statistics
    if (service === AUTH) {
      addAt(services, placeOf(services, service), COUNT, attempts)
      return
    }
    totals.authenticationFailures += attempts
    this.#slots.at(atMs).authenticationFailures += attempts
    for (const [table, key] of this.#rowsOf(address, login, service)) {
      const place = placeOf(table, key)
      addAt(table, place, COUNT, attempts)
      raiseAt(table, place, LAST_FAILURE_MS, atMs)
    }
  }

  #ended({ login, counts }: LoggedIn): void {
    const { connectedUsers } = this.#statistics
    if (login === null) return
    const place = placeOf(connectedUsers, login)
    addAt(connectedUsers, place, COUNT, 1)
    addAt(connectedUsers, place, OCTETS, (counts?.['in'] ?? 0) + (counts?.['out'] ?? 0))
  }

  #rowsOf(address: string, login: string | null, service: string): [Table, string][] {
    const { services, attemptsByAddress, attemptsByAccount } = this.#statistics
    const rows: [Table, string][] = [
      [services, service],
      [attemptsByAddress, address],
    ]
    if (login !== null && login !== '') rows.push([attemptsByAccount, login])
    return rows
  }
}

const AUTH = 'auth'
