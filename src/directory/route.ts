/**
 * Where an address goes: alias → account (with `+tag`) → back to a sender whose mail was forwarded
 * (SRS) → catch-all → postmaster → unknown; one at the name of this server itself: postmaster; and
 * one of another domain: relay → MX.
 *
 * Every step is recorded with the rule that made it; `waybill route` prints them. An alias may lead
 * to further addresses; loops and depth over {@link MAX_DEPTH} are refused with the path shown.
 */
import type { Steps } from '../db/statement.ts'
import { type Address, formatAddress, parseAddress, tryAddress } from '../syntax/address/address.ts'
import { canonicalLocalpart, splitTag } from '../syntax/address/localpart.ts'
import { parseSrs } from '../syntax/address/srs.ts'
import {
  accountOf,
  CATCH_ALL,
  findAccountRow,
  findAlias,
  findDomain,
  firstAccount,
  firstDomain,
} from './entries.ts'
import type { RelayRules } from './relay-rules.ts'
import type { Account, Alias, Destination, Route, RouteContext, RouteStep } from './types.ts'

const MAX_DEPTH = 20
/** An alias may fan out to at most so many addresses in all. */
const MAX_DESTINATIONS = 1000

export interface RouteOptions {
  /** In dev mode: the account that catches mail for all other domains. Null outside dev mode. */
  readonly catchOutside: string | null
  /**
   * Is this domain or address literal a name of this server, though none that it takes all mail for?
   * Undefined: it has no such name.
   */
  readonly isThisServer?: (domain: string) => boolean
}

/** How one address is followed. */
export interface WalkOptions extends RouteOptions, RouteContext {
  readonly relayRules: RelayRules
  /** The sender that a localpart of forwarded mail stands for (SRS); null: it is none of ours. */
  readonly forwardedFrom: (localpart: string) => string | null
}

/** Follows an address to its ends. Never throws for an address, however odd. */
export function* routeAddress(text: string, options: WalkOptions): Steps<Route> {
  const walk = new Walk(options)
  yield* walk.follow(text, [])
  return { steps: walk.steps, destinations: walk.destinations() }
}

type Refused = Extract<Destination, { kind: 'refused' }>

class Walk {
  readonly steps: RouteStep[] = []
  readonly #found: Destination[] = []
  readonly #options: WalkOptions
  /** The aliases between the first address and here: one of them again would be a loop. */
  readonly #passed: Alias[] = []

  constructor(options: WalkOptions) {
    this.#options = options
  }

  /** An account or an address elsewhere that is reached twice gets one copy. */
  destinations(): readonly Destination[] {
    const seen = new Set<number | string>()
    return this.#found.filter((found) => {
      if (found.kind !== 'account' && found.kind !== 'outside') return true
      const end = found.kind === 'account' ? found.account.id : found.address
      if (seen.has(end)) return false
      seen.add(end)
      return true
    })
  }

  *follow(text: string, parents: readonly string[]): Steps<void> {
    const address = yield* this.#read(text)
    if (address === undefined) {
      this.#refuse(text, parents, 'noSuchUser', 'this is not an address')
      return
    }
    const shown = formatAddress(address)
    if (parents.length >= MAX_DEPTH || this.#found.length >= MAX_DESTINATIONS) {
      const path = [...parents].reverse().join(' → ')
      this.#refuse(shown, parents, 'loop', `the aliases lead too far: ${path} → ${shown}`)
      return
    }
    if (!(yield* findDomain(address.domain))) yield* this.#elsewhere(address, shown, parents)
    else yield* this.#local(address, shown, parents)
  }

  /** A bare `postmaster` (RFC 5321 §4.5.1) belongs to the first domain. */
  *#read(text: string): Steps<Address | undefined> {
    if (text.toLowerCase() === POSTMASTER) {
      const domain = yield* firstDomain()
      return domain && { localpart: POSTMASTER, domain: domain.name }
    }
    return tryAddress(text) ?? undefined
  }

  *#local(address: Address, shown: string, parents: readonly string[]): Steps<void> {
    const { localpart, domain } = address
    const { base, tag } = splitTag(localpart)
    const names: { name: string; tag: string | null }[] = [{ name: localpart, tag: null }]
    if (tag !== null) names.push({ name: base, tag })
    let loops = false
    for (const { name, tag } of names) {
      const key = canonicalLocalpart(name)
      const alias = yield* findAlias(domain, key)
      if (alias && !this.#hasPassed(alias))
        return yield* this.#alias(alias, 'alias', shown, parents)
      // On the way round, an alias stands aside for the account of its name.
      loops ||= alias !== undefined
      const row = yield* findAccountRow(domain, key)
      if (row) return this.#account(accountOf(row), shown, parents, tag)
    }
    if (parseSrs(localpart) !== null) return yield* this.#forwarded(localpart, shown, parents)
    const rest = yield* findAlias(domain, CATCH_ALL)
    if (rest && !loops && !this.#hasPassed(rest))
      return yield* this.#alias(rest, 'catch-all', shown, parents)
    if (canonicalLocalpart(base) === POSTMASTER) {
      const account = yield* firstAccount(domain)
      if (account) {
        this.#step(shown, 'postmaster', `no such account or alias: the domain's first account`)
        return this.#account(account, shown, parents, null)
      }
    }
    if (isRole(localpart)) {
      this.#step(shown, POSTMASTER, 'no such account or alias: to the postmaster')
      return yield* this.follow(`${POSTMASTER}@${domain}`, [shown, ...parents])
    }
    if (loops) {
      const path = [...parents].reverse().join(' → ')
      this.#refuse(shown, parents, 'loop', `the aliases lead in a circle: ${path} → ${shown}`)
    } else this.#refuse(shown, parents, 'noSuchUser', 'Unknown user')
  }

  /** A bounce of mail that was forwarded here. What is forged or too old leads nowhere. */
  *#forwarded(localpart: string, shown: string, parents: readonly string[]): Steps<void> {
    const sender = this.#options.forwardedFrom(localpart)
    if (sender === null) {
      this.#refuse(shown, parents, 'noSuchUser', 'Unknown user')
      return
    }
    this.#step(shown, 'srs', `back to ${sender}, whose mail was forwarded`)
    yield* this.follow(sender, [shown, ...parents])
  }

  #hasPassed({ address }: Alias): boolean {
    return this.#passed.some((passed) => passed.address === address)
  }

  *#alias(alias: Alias, rule: string, shown: string, parents: readonly string[]): Steps<void> {
    const { target } = alias
    switch (target.kind) {
      case 'fail':
        this.#step(shown, rule, `${alias.address}: refused with "${target.text}"`)
        this.#refuse(shown, parents, 'policy', target.text)
        return
      case 'blackhole':
        this.#step(shown, rule, `${alias.address}: thrown away`)
        this.#found.push({ kind: 'blackhole', address: shown, parents })
        return
      case 'addresses':
        this.#step(shown, rule, `${alias.address} → ${target.addresses.join(', ')}`)
        this.#passed.push(alias)
        for (const next of target.addresses) yield* this.follow(next, [shown, ...parents])
        this.#passed.pop()
        return
      default:
        target satisfies never
    }
  }

  #account(account: Account, address: string, parents: readonly string[], tag: string | null) {
    if (!account.enabled) {
      this.#refuse(address, parents, 'userDisabled', 'this account is disabled')
      return
    }
    const tagged = tag === null ? '' : `, tag ${tag}`
    this.#step(address, 'account', `delivered to ${account.address}${tagged}`)
    this.#found.push({ kind: 'account', account, address, parents, tag })
  }

  *#elsewhere(address: Address, shown: string, parents: readonly string[]): Steps<void> {
    if (isOfHost(address, this.#options)) return yield* this.#ofHost(shown, parents)
    const { catchOutside } = this.#options
    if (catchOutside === null) {
      this.#outside(address.domain, shown, parents)
      return
    }
    const { localpart, domain } = parseAddress(catchOutside)
    const row = yield* findAccountRow(domain, canonicalLocalpart(localpart))
    if (!row) {
      this.#refuse(shown, parents, 'relayDenied', `${catchOutside}, which catches it, is missing`)
      return
    }
    this.#step(shown, 'caught', `other domains are kept in ${catchOutside} and never sent`)
    this.#account(accountOf(row), shown, parents, null)
  }

  /** Notices come from here, and answers to them are for whoever looks after the server. */
  *#ofHost(shown: string, parents: readonly string[]): Steps<void> {
    const first = yield* firstDomain()
    if (first === undefined) {
      this.#refuse(shown, parents, 'noSuchUser', 'Unknown user')
      return
    }
    this.#step(shown, 'host', `this server: to the postmaster of its first domain`)
    yield* this.follow(`${POSTMASTER}@${first.name}`, [shown, ...parents])
  }

  #outside(domain: string, address: string, parents: readonly string[]): void {
    const inNameOf = this.#inNameOf(parents)
    const relay = this.#options.relayRules.find(domain, inNameOf)
    if (relay === null) this.#step(address, 'mx', `sent to the mail server of ${domain}`)
    else this.#step(address, 'relay', `sent by the relay ${relay.name}, which is for ${relay.rule}`)
    const destination =
      relay === null ? (`mx:${domain}` as const) : (`relay:${relay.name}` as const)
    this.#found.push({ kind: 'outside', address, parents, destination, inNameOf })
  }

  /**
   * The domain whose relay takes it. Forwarded mail is sent in the name of the alias that forwards
   * it (SRS), not of its sender; mail from <> in that of whom it is sent for.
   */
  #inNameOf(parents: readonly string[]): string | null {
    const { sender, sentFor = null } = this.#options
    const address = parents[0] ?? sender ?? sentFor
    return address === null ? null : (tryAddress(address)?.domain ?? null)
  }

  #refuse(address: string, parents: readonly string[], reason: Refused['reason'], text: string) {
    this.#step(address, RULE[reason], text)
    this.#found.push({ kind: 'refused', reason, address, parents, text })
  }

  #step(address: string, rule: string, text: string): void {
    this.steps.push({ address, rule, text })
  }
}

/** Does it belong to who looks after this server, wherever mail for the domain may go otherwise? */
export function isOfHost(
  { localpart, domain }: Address,
  { isThisServer }: Pick<RouteOptions, 'isThisServer'>,
): boolean {
  const isTheirs = canonicalLocalpart(localpart) === POSTMASTER || isRole(localpart)
  return isTheirs && isThisServer?.(domain) === true
}

/**
 * Addresses that stand for the postmaster where nobody has them: RFC 2142 §4, who sends our notices,
 * and whom cron and other programs of a machine write to.
 */
function isRole(localpart: string): boolean {
  return ROLES.has(canonicalLocalpart(localpart))
}

const POSTMASTER = 'postmaster'
const ROLES: ReadonlySet<string> = new Set(['abuse', 'mailer-daemon', 'root'])

const RULE: { readonly [R in Refused['reason']]: string } = {
  noSuchUser: 'unknown',
  relayDenied: 'outside',
  userDisabled: 'disabled',
  policy: 'refused',
  loop: 'loop',
}
