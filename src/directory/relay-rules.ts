/** Which relay takes which mail. */
import { all, type Steps } from '../db/statement.ts'
import { domainToAscii } from '../syntax/address/domain.ts'
import type { RelayRule } from './types.ts'

/** A row of `relay_rule`. */
export interface RuleRow {
  readonly kind: RelayRule['kind']
  /** As in {@link RelayRule}; empty for all. */
  readonly domain: string
  readonly relay: string
}

export interface FoundRelay {
  readonly name: string
  /** Why: the end of the sentence "the relay is for …". */
  readonly rule: string
}

/**
 * Which relay is for which mail: by the recipient's domain, else by the sender's, else for all. Of
 * several rules of one kind the one with the longest name counts: `example.com` before
 * `*.example.com`, and that before `*.com`.
 */
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
   * @param recipient  a domain, or an address literal
   * @param sender  the domain in whose name it is sent; null when there is none
   * @returns null: the mail goes to the MX
   */
  find(recipient: string, sender: string | null): FoundRelay | null {
    const to = longest(this.#byRecipient, recipient)
    if (to !== null) return found('recipient', to)
    const from = sender === null ? null : longest(this.#bySender, sender)
    if (from !== null) return found('sender', from)
    return this.#all === null ? null : { name: this.#all, rule: ruleText({ kind: 'all' }) }
  }
}

type Match = readonly [domain: string, relay: string]

/** The rule of the domain itself, else of the nearest domain above it. */
function longest(rules: ReadonlyMap<string, string>, domain: string): Match | null {
  const own = rules.get(domain)
  if (own !== undefined) return [domain, own]
  if (rules.size === 0 || domain.startsWith('[')) return null
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
    const pattern = `*${domain.slice(dot)}`
    const relay = rules.get(pattern)
    if (relay !== undefined) return [pattern, relay]
  }
  return null
}

/** Is the domain what a rule names, or below it? */
export function fitsRule(pattern: string, domain: string): boolean {
  return longest(new Map([[pattern, '']]), domain) !== null
}

function found(kind: 'sender' | 'recipient', [domain, name]: Match): FoundRelay {
  return { name, rule: ruleText({ kind, domain }) }
}

/** The end of the sentence "this relay is for …". */
export function ruleText(rule: RelayRule): string {
  if (rule.kind === 'all') return 'all other mail'
  return `mail ${rule.kind === 'sender' ? 'from' : 'to'} ${rule.domain}`
}

/** `Example.com`, or `*.example.com` for all below it, as rules are kept. Null: neither. */
export function parseRuleDomain(text: string): string | null {
  const isBelow = text.startsWith('*.')
  const domain = domainToAscii(isBelow ? text.slice(2) : text)
  return domain !== null && isBelow ? `*.${domain}` : domain
}

export function* readRelayRules(): Steps<RelayRules> {
  return new RelayRules(yield* all<RuleRow>('SELECT kind, domain, relay FROM relay_rule'))
}
