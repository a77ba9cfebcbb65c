import { all, type Steps } from '../db/statement.ts'
import type { RelayRule } from './types.ts'

interface RuleRow {
  readonly kind: RelayRule['kind']
  readonly domain: string
  readonly relay: string
}

/** Which relay is for which mail: by the recipient's domain, else by the sender's, else for all. */
export class RelayRules {
  readonly #byRecipient = new Map<string, string>()
  readonly #bySender = new Map<string, string>()
  #all: string | null = null

  constructor(rows: readonly RuleRow[]) {
    for (const { kind, domain, relay } of rows) {
      if (kind === 'recipient') this.#byRecipient.set(domain, relay)
      else if (kind === 'sender') this.#bySender.set(domain, relay)
      else this.#all = relay
    }
  }

  /**
   * @param sender  the domain of the reverse-path; null when there is none
   * @returns null: the mail goes to the MX; `rule` ends the sentence "the relay is for …"
   */
  find(recipient: string, sender: string | null): { name: string; rule: string } | null {
    const to = this.#byRecipient.get(recipient)
    if (to !== undefined) return { name: to, rule: `mail to ${recipient}` }
    const from = sender === null ? undefined : this.#bySender.get(sender)
    if (from !== undefined) return { name: from, rule: `mail from ${sender}` }
    return this.#all === null ? null : { name: this.#all, rule: 'all mail to other servers' }
  }
}

export function* readRelayRules(): Steps<RelayRules> {
  return new RelayRules(yield* all<RuleRow>('SELECT kind, domain, relay FROM relay_rule'))
}
