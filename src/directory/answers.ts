import type { RelayRules } from './relay-rules.ts'
import type { AccountId, Destination, Route } from './types.ts'

/**
 * What was answered lately, so that the same question about an address does not go to the database
 * for every message. Everything is forgotten when anything in the directory changes; all changes
 * pass through one `DatabaseDirectory`, because one process holds the data folder.
 */
export class Answers {
  readonly #routes = new Map<string, Route>()
  readonly #domains = new Map<string, boolean>()
  readonly #unlimited = new Set<AccountId>()
  readonly #keepsSent = new Map<AccountId, boolean>()
  #relayRules: RelayRules | null = null

  route(address: string, find: () => Route): Route {
    const known = this.#routes.get(address)
    if (known !== undefined) return known
    const route = find()
    // Strangers can ask for any number of addresses that are not here, and users for those elsewhere.
    const isHere = ({ kind }: Destination) => kind !== 'refused' && kind !== 'outside'
    if (route.destinations.every(isHere)) remember(this.#routes, address, route)
    return route
  }

  isDomain(name: string, find: () => boolean): boolean {
    const known = this.#domains.get(name)
    if (known !== undefined) return known
    const is = find()
    if (is) remember(this.#domains, name, is)
    return is
  }

  /** @param find  the room left in octets; null without a limit; undefined when the account is gone */
  room(id: AccountId, find: () => number | null | undefined): number | null | undefined {
    if (this.#unlimited.has(id)) return null
    const room = find()
    if (room === null) this.#unlimited.add(id)
    return room
  }

  keepsSent(id: AccountId, find: () => boolean): boolean {
    const known = this.#keepsSent.get(id)
    if (known !== undefined) return known
    const keeps = find()
    this.#keepsSent.set(id, keeps)
    return keeps
  }

  relayRules(find: () => RelayRules): RelayRules {
    this.#relayRules ??= find()
    return this.#relayRules
  }

  forget(): void {
    this.#relayRules = null
    this.#routes.clear()
    this.#domains.clear()
    this.#unlimited.clear()
    this.#keepsSent.clear()
  }
}

const MAX_ANSWERS = 5000

function remember<Answer>(answers: Map<string, Answer>, question: string, answer: Answer): void {
  if (answers.size >= MAX_ANSWERS) answers.clear()
  answers.set(question, answer)
}
