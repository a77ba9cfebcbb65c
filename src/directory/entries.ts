/**
 * Domains, accounts and aliases in the database. This room owns the tables `domain`, `alias` and
 * `secret`, and of `account` all but the columns the store counts with.
 */
import { counted } from '../base/counted.ts'
import { Refusal } from '../base/faults.ts'
import { all, change, defineWrite, one, type Steps, type Write } from '../db/statement.ts'
import { formatAddress } from '../syntax/address/address.ts'
import type { Account, AccountId, Alias, AliasTarget, Domain, DomainId } from './types.ts'

interface DomainRow {
  readonly id: number
  readonly name: string
  readonly created_ms: number
}

export interface AccountRow {
  readonly id: number
  readonly localpart: string
  readonly domain: string
  readonly password: string
  readonly scram: string
  readonly quota_octets: number | null
  readonly used_octets: number
  readonly messages: number
  readonly enabled: number
  readonly copy_to_sent: number
  readonly created_ms: number
}

interface AliasRow {
  readonly localpart: string
  readonly domain: string
  readonly kind: AliasTarget['kind']
  readonly target: string
  readonly created_ms: number
}

const ACCOUNT = `SELECT account.id, localpart, domain.name AS domain, password, scram, quota_octets,
    used_octets, messages, enabled, copy_to_sent, account.created_ms
  FROM account JOIN domain ON domain.id = account.domain_id`
const ALIAS = `SELECT localpart, domain.name AS domain, kind, target, alias.created_ms
  FROM alias JOIN domain ON domain.id = alias.domain_id`

export function* findDomain(name: string): Steps<Domain | undefined> {
  const row = yield* one<DomainRow>('SELECT * FROM domain WHERE name = ?', name)
  return row && domainOf(row)
}

export function* listDomains(): Steps<Domain[]> {
  const rows = yield* all<DomainRow>('SELECT * FROM domain ORDER BY name')
  return rows.map(domainOf)
}

/** The domain made first: mail for a bare `postmaster` goes there. */
export function* firstDomain(): Steps<Domain | undefined> {
  const row = yield* one<DomainRow>('SELECT * FROM domain ORDER BY id LIMIT 1')
  return row && domainOf(row)
}

export function* findAccountRow(domain: string, key: string): Steps<AccountRow | undefined> {
  return yield* one<AccountRow>(`${ACCOUNT} WHERE domain.name = ? AND key = ?`, domain, key)
}

function* findAccountById(id: AccountId): Steps<Account | undefined> {
  const row = yield* one<AccountRow>(`${ACCOUNT} WHERE account.id = ?`, id)
  return row && accountOf(row)
}

/** The room an account has left: octets, null without a limit, undefined when it is gone. */
export function* findRoom(id: AccountId): Steps<number | null | undefined> {
  const row = yield* one<{ room: number | null }>(
    'SELECT quota_octets - used_octets AS room FROM account WHERE id = ?',
    id,
  )
  return row?.room
}

export function* findKeepsSent(id: AccountId): Steps<boolean> {
  const row = yield* one<{ copy_to_sent: number }>(
    'SELECT copy_to_sent FROM account WHERE id = ?',
    id,
  )
  return row?.copy_to_sent === 1
}

/** The oldest account of a domain that may receive mail. */
export function* firstAccount(domain: string): Steps<Account | undefined> {
  const row = yield* one<AccountRow>(
    `${ACCOUNT} WHERE domain.name = ? AND enabled = 1 ORDER BY account.id LIMIT 1`,
    domain,
  )
  return row && accountOf(row)
}

export function* listAccounts(domain: string | null): Steps<Account[]> {
  if (domain !== null) yield* requireDomain(domain)
  const rows = yield* all<AccountRow>(
    `${ACCOUNT} WHERE ?1 IS NULL OR domain.name = ?1 ORDER BY domain.name, key`,
    domain,
  )
  return rows.map(accountOf)
}

export function* findAlias(domain: string, key: string): Steps<Alias | undefined> {
  const row = yield* one<AliasRow>(`${ALIAS} WHERE domain.name = ? AND key = ?`, domain, key)
  return row && aliasOf(row)
}

export function* listAliases(domain: string | null): Steps<Alias[]> {
  if (domain !== null) yield* requireDomain(domain)
  const rows = yield* all<AliasRow>(
    `${ALIAS} WHERE ?1 IS NULL OR domain.name = ?1 ORDER BY domain.name, key`,
    domain,
  )
  return rows.map(aliasOf)
}

export const addDomain = defineWrite(
  'addDomain',
  function* ({ name, nowMs }: { name: string; nowMs: number }): Steps<Domain> {
    if (yield* findDomain(name))
      throw new Refusal('alreadyExists', `the domain ${name} is there already`)
    yield* change('INSERT INTO domain (name, created_ms) VALUES (?, ?)', name, nowMs)
    return yield* requireDomain(name)
  },
)

export const removeDomain = defineWrite(
  'removeDomain',
  function* ({ name }: { name: string }): Steps<void> {
    const domain = yield* requireDomain(name)
    const used = yield* one<{ accounts: number; aliases: number }>(
      `SELECT (SELECT count(*) FROM account WHERE domain_id = ?1) AS accounts,
              (SELECT count(*) FROM alias WHERE domain_id = ?1) AS aliases`,
      domain.id,
    )
    if (used && used.accounts + used.aliases > 0)
      throw new Refusal(
        'inUse',
        `${name} still has ${counted(used.accounts, 'account')} and ` +
          `${counted(used.aliases, 'alias')}; remove them first`,
      )
    yield* change('DELETE FROM dkim_key WHERE domain_id = ?', domain.id)
    yield* change('DELETE FROM domain WHERE id = ?', domain.id)
  },
)

export interface NewAccountRow {
  readonly domain: string
  readonly key: string
  readonly localpart: string
  readonly password: string
  readonly scram: string
  readonly quotaOctets: number | null
  readonly enabled: boolean
  readonly copyToSent: boolean
  readonly nowMs: number
}

/**
 * Adding an account also makes its mailboxes, which are the store's: `createMailboxes` is passed in
 * where the writes are put together.
 */
export function defineAddAccount(
  createMailboxes: (account: AccountId) => Steps<void>,
): Write<NewAccountRow, Account> {
  return defineWrite('addAccount', function* (row: NewAccountRow): Steps<Account> {
    const domain = yield* requireDomain(row.domain)
    yield* refuseTaken(domain, row.key, `${row.localpart}@${domain.name}`)
    const { lastId } = yield* change(
      `INSERT INTO account (domain_id, key, localpart, password, scram, quota_octets, enabled,
         copy_to_sent, created_ms, password_set_ms, uid_validity)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[domain.id, row.key, row.localpart, row.password, row.scram, row.quotaOctets],
      ...[row.enabled ? 1 : 0, row.copyToSent ? 1 : 0],
      ...[row.nowMs, row.nowMs, Math.floor(row.nowMs / 1000)],
    )
    const id = lastId as AccountId
    yield* createMailboxes(id)
    const account = yield* findAccountById(id)
    if (account === undefined) throw new Error('the account is not there after it was added')
    return account
  })
}

export interface AccountChange {
  readonly id: AccountId
  /** Undefined leaves it as it is. */
  readonly password: string | undefined
  readonly scram: string | undefined
  readonly quotaOctets: number | null | undefined
  readonly enabled: boolean | undefined
  readonly copyToSent: boolean | undefined
  readonly nowMs: number
}

export const setAccount = defineWrite('setAccount', function* (set: AccountChange): Steps<Account> {
  if (set.password !== undefined && set.scram !== undefined)
    yield* change(
      'UPDATE account SET password = ?, scram = ?, password_set_ms = ? WHERE id = ?',
      ...[set.password, set.scram, set.nowMs, set.id],
    )
  if (set.quotaOctets !== undefined)
    yield* change('UPDATE account SET quota_octets = ? WHERE id = ?', set.quotaOctets, set.id)
  if (set.enabled !== undefined)
    yield* change('UPDATE account SET enabled = ? WHERE id = ?', set.enabled ? 1 : 0, set.id)
  if (set.copyToSent !== undefined)
    yield* change(
      'UPDATE account SET copy_to_sent = ? WHERE id = ?',
      ...[set.copyToSent ? 1 : 0, set.id],
    )
  const account = yield* findAccountById(set.id)
  if (account === undefined) throw new Refusal('notFound', 'the account was removed meanwhile')
  return account
})

export interface RemovedAccount {
  /** Blob files that nothing refers to any more. */
  readonly files: readonly string[]
}

/** Removing an account removes its mail first, which is the store's part. */
export function defineRemoveAccount(
  removeMail: (account: AccountId) => Steps<readonly string[]>,
): Write<{ id: AccountId }, RemovedAccount> {
  const run = function* ({ id }: { id: AccountId }): Steps<RemovedAccount> {
    const files = yield* removeMail(id)
    yield* change('DELETE FROM account WHERE id = ?', id)
    return { files }
  }
  return defineWrite('removeAccount', run, { freesSpace: true })
}

export interface AliasEntry {
  readonly domain: string
  readonly key: string
  readonly localpart: string
  readonly target: AliasTarget
  readonly nowMs: number
}

export const addAlias = defineWrite('addAlias', function* (entry: AliasEntry): Steps<Alias> {
  const domain = yield* requireDomain(entry.domain)
  yield* refuseTaken(domain, entry.key, `${entry.localpart}@${domain.name}`, 'alias')
  yield* change(
    'INSERT INTO alias VALUES (?, ?, ?, ?, ?, ?)',
    ...[domain.id, entry.key, entry.localpart, entry.target.kind],
    ...[targetText(entry.target), entry.nowMs],
  )
  return yield* requireAlias(entry)
})

export const setAlias = defineWrite('setAlias', function* (entry: AliasEntry): Steps<Alias> {
  yield* requireAlias(entry)
  const domain = yield* requireDomain(entry.domain)
  yield* change(
    'UPDATE alias SET kind = ?, target = ? WHERE domain_id = ? AND key = ?',
    ...[entry.target.kind, targetText(entry.target), domain.id, entry.key],
  )
  return yield* requireAlias(entry)
})

export const removeAlias = defineWrite(
  'removeAlias',
  function* (entry: Pick<AliasEntry, 'domain' | 'key' | 'localpart'>): Steps<void> {
    yield* requireAlias(entry)
    const domain = yield* requireDomain(entry.domain)
    yield* change('DELETE FROM alias WHERE domain_id = ? AND key = ?', domain.id, entry.key)
  },
)

/** Octets that are made once and stay the same for this installation. */
export const keepSecret = defineWrite(
  'keepSecret',
  function* ({ name, octets }: { name: string; octets: Uint8Array }): Steps<Uint8Array> {
    yield* change('INSERT OR IGNORE INTO secret VALUES (?, ?)', name, octets)
    const row = yield* one<{ octets: Uint8Array }>('SELECT octets FROM secret WHERE name = ?', name)
    return row?.octets ?? octets
  },
)

function* requireDomain(name: string): Steps<Domain> {
  const domain = yield* findDomain(name)
  if (domain === undefined)
    throw new Refusal('notFound', `no domain ${name} here; add it with: waybill domain add ${name}`)
  return domain
}

function* requireAlias(entry: Pick<AliasEntry, 'domain' | 'key' | 'localpart'>): Steps<Alias> {
  const alias = yield* findAlias(entry.domain, entry.key)
  if (alias === undefined)
    throw new Refusal('notFound', `no alias ${entry.localpart}@${entry.domain}`)
  return alias
}

/** An account may carry an alias of its own address (it then gets a copy by naming itself). */
function* refuseTaken(
  domain: Domain,
  key: string,
  address: string,
  what: 'account' | 'alias' = 'account',
): Steps<void> {
  const taken =
    what === 'alias' ? yield* findAlias(domain.name, key) : yield* findAccountRow(domain.name, key)
  if (taken) throw new Refusal('alreadyExists', `the ${what} ${address} is there already`)
}

function domainOf(row: DomainRow): Domain {
  return { id: row.id as DomainId, name: row.name, createdMs: row.created_ms }
}

export function accountOf(row: AccountRow): Account {
  return {
    id: row.id as AccountId,
    address: formatAddress({ localpart: row.localpart, domain: row.domain }),
    quotaOctets: row.quota_octets,
    usedOctets: row.used_octets,
    messages: row.messages,
    enabled: row.enabled === 1,
    copyToSent: row.copy_to_sent === 1,
    createdMs: row.created_ms,
  }
}

function aliasOf(row: AliasRow): Alias {
  const target: AliasTarget =
    row.kind === 'addresses'
      ? { kind: 'addresses', addresses: row.target.split('\n') }
      : row.kind === 'fail'
        ? { kind: 'fail', text: row.target }
        : { kind: 'blackhole' }
  const address =
    row.localpart === CATCH_ALL
      ? `${CATCH_ALL}@${row.domain}`
      : formatAddress({ localpart: row.localpart, domain: row.domain })
  return { address, target, createdMs: row.created_ms }
}

function targetText(target: AliasTarget): string {
  switch (target.kind) {
    case 'addresses':
      return target.addresses.join('\n')
    case 'fail':
      return target.text
    case 'blackhole':
      return ''
    default:
      return target satisfies never
  }
}

export const CATCH_ALL = '*'
