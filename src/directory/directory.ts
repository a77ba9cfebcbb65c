import { createHmac, randomBytes } from 'node:crypto'

import type { Clock } from '../base/clock.ts'
import { Refusal, SyntaxFault } from '../base/faults.ts'
import type { AuthLimits } from '../base/limits.ts'
import type { Database } from '../db/database.ts'
import type { Write } from '../db/statement.ts'
import { type Address, formatAddress, parseAddress, tryAddress } from '../syntax/address/address.ts'
import { domainToAscii } from '../syntax/address/domain.ts'
import { canonicalLocalpart } from '../syntax/address/localpart.ts'
import {
  type AccountRow,
  accountOf,
  addAlias,
  addDomain,
  CATCH_ALL,
  findAccountRow,
  findDomain,
  findKeepsSent,
  findRoom,
  keepSecret,
  listAccounts,
  listAliases,
  listDomains,
  type NewAccountRow,
  type RemovedAccount,
  removeAlias,
  removeDomain,
  setAccount,
  setAlias,
} from './entries.ts'
import { Answers } from './answers.ts'
import { LoginCache } from './login-cache.ts'
import { fakeScram, parseScram, PasswordHasher } from './password.ts'
import { type RelayRules, readRelayRules } from './relay-rules.ts'
import { isOfHost, type RouteOptions, routeAddress } from './route.ts'
import { SenderRewriting } from './srs.ts'
import { StandingLogins } from './standing-logins.ts'
import type {
  Account,
  AccountId,
  Alias,
  AliasTarget,
  Credentials,
  Directory,
  DirectoryAdmin,
  Domain,
  Identity,
  LoginWatch,
  NewAccount,
  OutsideDestination,
  Route,
  RouteContext,
  ScramVerifier,
} from './types.ts'

export interface DirectoryOptions extends RouteOptions {
  readonly database: Database
  readonly clock: Clock
  readonly limits: AuthLimits
  /** The two writes that also concern the store; see `src/writes.ts`. */
  readonly addAccount: Write<NewAccountRow, Account>
  readonly removeAccount: Write<{ id: AccountId }, RemovedAccount>
  /** Called after an account was removed, with the blob files that may go. */
  readonly onRemoved: (removed: RemovedAccount) => void
}

/**
 * Opens the directory. The first time, makes the secrets that unknown logins are answered with and
 * that addresses of forwarded mail are signed with.
 */
export async function openDirectory(options: DirectoryOptions): Promise<DatabaseDirectory> {
  const secretFor = (name: string) =>
    options.database.write(keepSecret, { name, octets: new Uint8Array(randomBytes(32)) })
  const [login, srs] = await Promise.all([secretFor('unknown-login'), secretFor('srs')])
  return new DatabaseDirectory(options, login, new SenderRewriting(srs, options.clock))
}

export class DatabaseDirectory implements Directory, Credentials, LoginWatch, DirectoryAdmin {
  readonly #options: DirectoryOptions
  readonly #database: Database
  readonly #secret: Uint8Array
  readonly #srs: SenderRewriting
  readonly #hasher: PasswordHasher
  readonly #cache: LoginCache
  readonly #logins = new StandingLogins()
  readonly #answers = new Answers()

  constructor(options: DirectoryOptions, secret: Uint8Array, srs: SenderRewriting) {
    this.#options = options
    this.#srs = srs
    this.#database = options.database
    this.#secret = secret
    this.#hasher = new PasswordHasher(options.limits)
    this.#cache = new LoginCache(options.clock)
  }

  route(address: string, context: RouteContext = NOBODY): Route {
    const relayRules = this.#relayRules()
    const { catchOutside, isThisServer } = this.#options
    const names = isThisServer === undefined ? {} : { isThisServer }
    const forwardedFrom = (localpart: string) => this.#srs.original(localpart)
    const find = () =>
      this.#database.read(
        routeAddress(address, { ...names, catchOutside, relayRules, ...context, forwardedFrom }),
      )
    // What is remembered is for mail that stays here: it does not depend on the sender.
    return this.#answers.route(address, find)
  }

  /**
   * Where mail for an address goes that is in the queue already: by the rules of this moment. For a
   * domain of ours that is the domain itself: mail for it waited when the domain came here.
   * @param inNameOf  as in {@link Destination}
   * @returns null: this is not an address
   */
  wayNow(address: string, inNameOf: string | null): OutsideDestination | null {
    const domain = tryAddress(address)?.domain
    if (domain === undefined) return null
    const relay = this.isLocalDomain(domain) ? null : this.#relayRules().find(domain, inNameOf)
    return relay === null ? `mx:${domain}` : `relay:${relay.name}`
  }

  #relayRules(): RelayRules {
    return this.#answers.relayRules(() => this.#database.read(readRelayRules()))
  }

  ownsAddress(identity: Identity, address: string): boolean {
    const parsed = tryAddress(address)
    if (parsed === null || !this.isLocalDomain(parsed.domain)) return false
    return this.route(address).destinations.some(
      (found) => found.kind === 'account' && found.account.id === identity.accountId,
    )
  }

  /**
   * The reverse-path of mail that an alias of ours sends on: an address of ours that leads back to
   * the sender (SRS).
   * @param alias  the address that forwards
   * @returns null: as it is, for it is ours already, or would become too long
   */
  forwardedSender(sender: string, alias: string): string | null {
    const [from, by] = [sender, alias].map(tryAddress)
    if (!from || !by || this.isLocalDomain(from.domain)) return null
    return this.#srs.forwarded(sender, by.domain)
  }

  /** The sender that a reverse-path of ours stands for; any other stays as it is. */
  senderOf(reversePath: string): string {
    const parsed = tryAddress(reversePath)
    if (parsed === null || !this.isLocalDomain(parsed.domain)) return reversePath
    return this.#srs.original(parsed.localpart) ?? reversePath
  }

  isLocalDomain(domain: string): boolean {
    const name = domainToAscii(domain)
    if (name === null) return false
    return this.#answers.isDomain(name, () => this.#database.read(findDomain(name)) !== undefined)
  }

  isOfHost(address: Address): boolean {
    return isOfHost(address, this.#options)
  }

  room(id: AccountId): number | null | undefined {
    return this.#answers.room(id, () => this.#database.read(findRoom(id)))
  }

  keepsSent(id: AccountId): boolean {
    return this.#answers.keepsSent(id, () => this.#database.read(findKeepsSent(id)))
  }

  async checkPassword(login: string, password: string): Promise<Identity | null> {
    const row = this.#row(login)
    const identity = row?.enabled ? this.#identityOf(row) : null
    if (row && this.#cache.knows(row, password)) return identity
    const right = await this.#hasher.check(password, row?.password ?? null)
    if (!row || !right || identity === null) return null
    this.#cache.remember(row, password)
    return identity
  }

  scramVerifier(login: string): ScramVerifier {
    const row = this.#row(login)
    if (row?.enabled) return { ...parseScram(row.scram), identity: this.#identityOf(row) }
    const seed = createHmac('sha256', this.#secret).update(login.normalize('NFC')).digest()
    return { ...fakeScram(seed), identity: null }
  }

  watchLogin(identity: Identity, ended: (why: string) => void): Disposable | null {
    return this.#logins.watchLogin(identity, ended)
  }

  /** Counting failures is for whoever knows where they come from. */
  scramFailed(): void {}

  domains(): readonly Domain[] {
    return this.#database.read(listDomains())
  }

  async addDomain(name: string): Promise<Domain> {
    const nowMs = this.#options.clock.nowMs()
    return await this.#change(addDomain, { name: requireDomainName(name), nowMs })
  }

  async removeDomain(name: string): Promise<void> {
    await this.#change(removeDomain, { name: requireDomainName(name) })
  }

  accounts(domain?: string): readonly Account[] {
    return this.#database.read(listAccounts(domainFilter(domain)))
  }

  findAccount(address: string): Account | undefined {
    const row = this.#row(address)
    return row && accountOf(row)
  }

  async addAccount(address: string, options: NewAccount): Promise<Account> {
    const { localpart, domain } = requireAddress(address)
    if (!this.#database.read(findDomain(domain)))
      throw new Refusal('notFound', `no domain ${domain}; add it: waybill domain add ${domain}`)
    const { hash, scram } = await this.#hasher.store(options.password)
    return await this.#change(this.#options.addAccount, {
      domain,
      key: canonicalLocalpart(localpart),
      localpart,
      password: hash,
      scram,
      quotaOctets: requireQuota(options.quotaOctets),
      enabled: options.enabled,
      copyToSent: options.copyToSent ?? false,
      nowMs: this.#options.clock.nowMs(),
    })
  }

  async setAccount(address: string, change: Partial<NewAccount>): Promise<Account> {
    const account = this.#requireAccount(address)
    const stored =
      change.password === undefined ? undefined : await this.#hasher.store(change.password)
    const changed = await this.#change(setAccount, {
      id: account.id,
      password: stored?.hash,
      scram: stored?.scram,
      quotaOctets: change.quotaOctets === undefined ? undefined : requireQuota(change.quotaOctets),
      enabled: change.enabled,
      copyToSent: change.copyToSent,
      nowMs: this.#options.clock.nowMs(),
    })
    if (!changed.enabled) this.#logins.end(account.id, 'the account was disabled')
    else if (stored !== undefined) this.#logins.end(account.id, 'the password was changed')
    return changed
  }

  async removeAccount(address: string): Promise<void> {
    const { id } = this.#requireAccount(address)
    const removed = await this.#change(this.#options.removeAccount, { id })
    this.#logins.end(id, 'the account was removed')
    this.#options.onRemoved(removed)
  }

  aliases(domain?: string): readonly Alias[] {
    return this.#database.read(listAliases(domainFilter(domain)))
  }

  async addAlias(address: string, target: AliasTarget): Promise<Alias> {
    return await this.#change(addAlias, this.#aliasEntry(address, target))
  }

  async setAlias(address: string, target: AliasTarget): Promise<Alias> {
    return await this.#change(setAlias, this.#aliasEntry(address, target))
  }

  async removeAlias(address: string): Promise<void> {
    await this.#change(removeAlias, aliasKey(address))
  }

  /** Something else that ways depend on has changed: the rules of relays. */
  forgetAnswers(): void {
    this.#answers.forget()
  }

  /** Every write of the directory: what was answered before it may be wrong after it. */
  async #change<Args, Result>(write: Write<Args, Result>, args: Args): Promise<Result> {
    try {
      return await this.#database.write(write, args)
    } finally {
      this.#answers.forget()
    }
  }

  #aliasEntry(address: string, target: AliasTarget) {
    const nowMs = this.#options.clock.nowMs()
    return { ...aliasKey(address), target: requireTarget(target), nowMs }
  }

  #identityOf(row: AccountRow): Identity {
    const { id, address } = accountOf(row)
    return this.#logins.identityOf(id, address)
  }

  #row(login: string): AccountRow | undefined {
    const address = tryAddress(login)
    if (address === null) return undefined
    return this.#database.read(
      findAccountRow(address.domain, canonicalLocalpart(address.localpart)),
    )
  }

  #requireAccount(address: string): Account {
    const account = this.findAccount(formatAddress(requireAddress(address)))
    if (account === undefined) throw new Refusal('notFound', `no account ${address}`)
    return account
  }
}

const NOBODY: RouteContext = { sender: null }

function requireAddress(text: string): Address {
  try {
    return parseAddress(text)
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error
    throw new Refusal(
      'invalid',
      `"${text}" is not an address like jane@example.com: ${error.message}`,
    )
  }
}

function requireDomainName(text: string): string {
  const name = domainToAscii(text)
  if (name === null || !name.includes('.'))
    throw new Refusal('invalid', `"${text}" is not a domain name like example.com`)
  return name
}

function domainFilter(domain: string | undefined): string | null {
  return domain === undefined ? null : requireDomainName(domain)
}

/** `*@example.com` is the catch-all of example.com. */
function aliasKey(address: string): { domain: string; key: string; localpart: string } {
  if (address.startsWith(`${CATCH_ALL}@`))
    return { domain: requireDomainName(address.slice(2)), key: CATCH_ALL, localpart: CATCH_ALL }
  const { localpart, domain } = requireAddress(address)
  return { domain, key: canonicalLocalpart(localpart), localpart }
}

function requireTarget(target: AliasTarget): AliasTarget {
  switch (target.kind) {
    case 'blackhole':
      return target
    case 'fail': {
      const text = target.text.trim()
      if (text === '' || text.length > 400 || /[^\x20-\x7e]/.test(text))
        throw new Refusal('invalid', 'the text of :fail: is 1 to 400 printable ASCII characters')
      return { kind: 'fail', text }
    }
    case 'addresses': {
      if (target.addresses.length === 0)
        throw new Refusal('invalid', 'an alias leads to at least one address')
      const addresses = target.addresses.map((text) => formatAddress(requireAddress(text)))
      return { kind: 'addresses', addresses: [...new Set(addresses)] }
    }
    default:
      return target satisfies never
  }
}

function requireQuota(quotaOctets: number | null): number | null {
  if (quotaOctets !== null && !(Number.isSafeInteger(quotaOctets) && quotaOctets >= 0))
    throw new Refusal('invalid', 'a quota is a whole number of octets, 0 or more')
  return quotaOctets
}
