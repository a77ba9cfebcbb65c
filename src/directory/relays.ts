/** Smarthosts: what the operator says of them, checked, and their passwords, sealed. */
import { isIP } from 'node:net'

import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import type { Database } from '../db/database.ts'
import { domainToAscii } from '../syntax/address/domain.ts'
import {
  addRelay,
  findRelay,
  listRelays,
  type RelayEntry,
  rememberRelayLogin,
  removeRelay,
  type StoredRelay,
  setRelay,
} from './relay-entries.ts'
import { parseRuleDomain } from './relay-rules.ts'
import type { Seals, TextSeals } from './sealed.ts'
import type { NewRelay, OpenRelay, Relay, RelayAdmin, RelayHost, RelayRule } from './types.ts'

export interface RelaysOptions {
  readonly database: Database
  readonly clock: Clock
  readonly seals: Seals
  /** The ways of addresses may be others now, and what failed at this relay may work. */
  readonly onChanged: (name: string) => void | Promise<void>
}

export class Relays implements RelayAdmin {
  readonly #options: RelaysOptions

  constructor(options: RelaysOptions) {
    this.#options = options
  }

  relays(): readonly Relay[] {
    return this.#options.database.read(listRelays()).map(shown)
  }

  openRelay(name: string): OpenRelay {
    const stored = this.#require(name)
    const { sealedPassword } = stored
    const password = sealedPassword === null ? null : this.#texts(stored.name).open(sealedPassword)
    return { ...shown(stored), password }
  }

  async addRelay(name: string, relay: NewRelay): Promise<Relay> {
    const { database, onChanged } = this.#options
    const added = await database.write(addRelay, this.#entry(requireName(name), relay))
    await onChanged(added.name)
    return shown(added)
  }

  async setRelay(name: string, change: Partial<NewRelay>): Promise<Relay> {
    const { database, onChanged } = this.#options
    const stored = this.#require(name)
    const wanted: NewRelay = { ...stored, insecure: false, password: null, ...change }
    // A password belongs to its user.
    const keeps = change.password === undefined && wanted.user === stored.user
    const kept = keeps ? stored.sealedPassword : null
    const set = await database.write(setRelay, this.#entry(stored.name, wanted, kept))
    await onChanged(set.name)
    return shown(set)
  }

  async removeRelay(name: string): Promise<void> {
    const known = requireName(name)
    await this.#options.database.write(removeRelay, { name: known })
    await this.#options.onChanged(known)
  }

  /** Since when the relay refuses our login, and in which words; null: it takes it again. */
  async rememberLogin(name: string, refused: Relay['loginRefused']): Promise<void> {
    await this.#options.database.write(rememberRelayLogin, { name, refused })
  }

  #texts(name: string): TextSeals {
    return this.#options.seals.forTexts(relayPurpose(name))
  }

  #require(name: string): StoredRelay {
    const stored = this.#options.database.read(findRelay(requireName(name)))
    if (stored === undefined) throw new Refusal('notFound', `no relay ${name}`)
    return stored
  }

  /** @param kept  the sealed password from before, when there is no other */
  #entry(name: string, relay: NewRelay, kept: Uint8Array | null = null): RelayEntry {
    const { user, password, tls, checkCertificate, mechanism } = relay
    const hosts = relay.hosts.map(requireHost)
    if (hosts.length === 0) throw new Refusal('invalid', 'a relay has at least one host')
    requireSafety(hosts, relay)
    requireLogin(user, password)
    const sealedPassword = password === null ? kept : this.#texts(name).seal(password)
    if (user !== null && sealedPassword === null)
      throw new Refusal('invalid', `the user ${user} needs a password`)
    const rules = relay.rules.map(requireRule)
    const nowMs = this.#options.clock.nowMs()
    return { name, hosts, tls, checkCertificate, user, sealedPassword, mechanism, rules, nowMs }
  }
}

/** What its password is sealed for. */
export function relayPurpose(name: string): string {
  return `the password of the relay ${name}`
}

function shown({ sealedPassword: _sealed, ...relay }: StoredRelay): Relay {
  return relay
}

function requireName(text: string): string {
  const name = text.toLowerCase()
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name))
    throw new Refusal(
      'invalid',
      `"${text}" is no name for a relay: up to 64 letters, digits and the signs . _ -`,
    )
  return name
}

function requireHost({ host, port }: RelayHost): RelayHost {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const name = isIP(bare) === 0 ? domainToAscii(bare) : bare.toLowerCase()
  if (name === null)
    throw new Refusal('invalid', `"${host}" is neither a host name nor an IP address`)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Refusal('invalid', `"${port}" is no port: a number from 1 to 65535`)
  return { host: name, port }
}

/** Nothing goes in the clear over a network that others share, unless the operator insists. */
function requireSafety(hosts: readonly RelayHost[], { tls, insecure }: NewRelay): void {
  if (tls !== 'none' || insecure) return
  const open = hosts.find(({ host }) => !isNear(host))
  if (open !== undefined)
    throw new Refusal(
      'invalid',
      `everybody between here and ${open.host} could read the mail: use TLS, ` +
        'or say --insecure when that network is yours',
    )
}

/** This machine, or a private or link-local network. */
function isNear(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  switch (isIP(host)) {
    case 4:
      return /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\./.test(host)
    case 6:
      return /^(::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/.test(host)
    default:
      return false
  }
}

function requireLogin(user: string | null, password: string | null): void {
  if (password !== null && user === null)
    throw new Refusal('invalid', 'a password needs a user: --user')
  for (const [what, text] of [
    ['the user', user],
    ['the password', password],
  ] as const) {
    if (text === null) continue
    if (text === '' || text.length > MAX_SECRET_LENGTH || /[\0\r\n]/.test(text))
      throw new Refusal('invalid', `${what} is 1 to ${MAX_SECRET_LENGTH} characters in one line`)
  }
}

/** Access tokens are long. */
const MAX_SECRET_LENGTH = 8000

function requireRule(rule: RelayRule): RelayRule {
  if (rule.kind === 'all') return rule
  const domain = parseRuleDomain(rule.domain)
  if (domain === null)
    throw new Refusal(
      'invalid',
      `"${rule.domain}" is not a domain name like example.com, or *.example.com for all below it`,
    )
  return { kind: rule.kind, domain }
}
