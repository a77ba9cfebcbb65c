/** The rows of the keys that sign: the table `dkim_key`. */
import { Refusal } from '../base/faults.ts'
import { all, change, defineWrite, one, type Steps } from '../db/statement.ts'
import { findDomain } from './entries.ts'
import type { Domain } from './types.ts'

/** `a=` of the signatures a key makes. */
export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256'

/**
 * What becomes of a key: pending (its record is to be published), active (it signs), retiring (it
 * signs no more, but what it signed is still under way), retired (its record may go).
 */
export type DkimState = 'pending' | 'active' | 'retiring' | 'retired'

/** A key as it is stored. */
export interface StoredDkimKey {
  /** A-labels. */
  readonly domain: string
  readonly selector: string
  readonly algorithm: DkimAlgorithm
  readonly state: DkimState
  /** PKCS #8, sealed. Empty of a retired key. */
  readonly sealedKey: Uint8Array
  /** The `p=` of its record. */
  readonly publicKey: string
  readonly createdMs: number
  /** Since when it is in this state. */
  readonly changedMs: number
}

/** Every key, or those of one domain: by domain, oldest first. @throws Refusal notFound (domain) */
export function* listDkimKeys(domain: string | null): Steps<StoredDkimKey[]> {
  if (domain !== null) yield* requireDomain(domain)
  const rows = yield* all<DkimRow>(
    `${KEY} WHERE ?1 IS NULL OR domain.name = ?1
     ORDER BY domain.name, dkim_key.created_ms, length(selector), algorithm DESC`,
    domain,
  )
  return rows.map(keyOf)
}

/** The keys of a domain that sign; none when the domain is not here. */
export function* listSigningKeys(domain: string): Steps<StoredDkimKey[]> {
  const rows = yield* all<DkimRow>(
    `${KEY} WHERE domain.name = ? AND state = 'active' ORDER BY algorithm DESC, selector`,
    domain,
  )
  return rows.map(keyOf)
}

export interface NewDkimKey {
  readonly selector: string
  readonly algorithm: DkimAlgorithm
  readonly sealedKey: Uint8Array
  readonly publicKey: string
}

export interface NewDkimKeys {
  readonly domain: string
  readonly keys: readonly NewDkimKey[]
  readonly nowMs: number
}

/**
 * Adds keys: the first ones of a domain sign at once, later ones wait to be published.
 * @throws Refusal notFound (domain), alreadyExists when keys are pending already
 */
export const addDkimKeys = defineWrite(
  'addDkimKeys',
  function* (added: NewDkimKeys): Steps<DkimState> {
    const { id } = yield* requireDomain(added.domain)
    const there = yield* all<{ state: DkimState }>(
      'SELECT state FROM dkim_key WHERE domain_id = ?',
      id,
    )
    if (there.some(({ state }) => state === 'pending'))
      throw new Refusal('alreadyExists', `${added.domain} has pending keys already`)
    const state = there.some((key) => key.state === 'active') ? 'pending' : 'active'
    for (const { selector, algorithm, sealedKey, publicKey } of added.keys)
      yield* change(
        `INSERT INTO dkim_key (domain_id, selector, algorithm, state, private_key, public_key,
         created_ms, changed_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)`,
        ...[id, selector, algorithm, state, sealedKey, publicKey, added.nowMs],
      )
    return state
  },
)

/**
 * These pending keys sign from now on, and those that did are retiring.
 * @throws Refusal notFound (domain, key), invalid for a key that is not pending
 */
export const activateDkimKeys = defineWrite(
  'activateDkimKeys',
  function* ({ domain, selectors, nowMs }: ActivateDkimKeys): Steps<void> {
    const found = yield* requireDomain(domain)
    const { id } = found
    for (const selector of selectors) yield* requirePending(found, selector)
    yield* change(
      `UPDATE dkim_key SET state = 'retiring', changed_ms = ? WHERE domain_id = ? AND state = 'active'`,
      ...[nowMs, id],
    )
    for (const selector of selectors)
      yield* change(
        `UPDATE dkim_key SET state = 'active', changed_ms = ? WHERE domain_id = ? AND selector = ?`,
        ...[nowMs, id, selector],
      )
  },
)

export interface ActivateDkimKeys {
  readonly domain: string
  readonly selectors: readonly string[]
  readonly nowMs: number
}

/** Keys that have been retiring since before `beforeMs` are retired, and cannot sign ever again. */
export const retireDkimKeys = defineWrite(
  'retireDkimKeys',
  function* ({ beforeMs, nowMs }: { beforeMs: number; nowMs: number }): Steps<number> {
    const { rows } = yield* change(
      `UPDATE dkim_key SET state = 'retired', changed_ms = ?, private_key = x''
       WHERE state = 'retiring' AND changed_ms < ?`,
      ...[nowMs, beforeMs],
    )
    return rows
  },
)

export const dkimWrites = [addDkimKeys, activateDkimKeys, retireDkimKeys]

function* requirePending({ id, name }: Domain, selector: string): Steps<void> {
  const row = yield* one<{ state: DkimState }>(
    'SELECT state FROM dkim_key WHERE domain_id = ? AND selector = ?',
    ...[id, selector],
  )
  if (row === undefined)
    throw new Refusal('notFound', `${name} has no key with the selector ${selector}`)
  if (row.state !== 'pending')
    throw new Refusal('invalid', `the key ${selector} of ${name} is ${row.state}, not pending`)
}

function* requireDomain(name: string): Steps<Domain> {
  const domain = yield* findDomain(name)
  if (domain === undefined) throw new Refusal('notFound', `no domain ${name}`)
  return domain
}

interface DkimRow {
  readonly domain: string
  readonly selector: string
  readonly algorithm: DkimAlgorithm
  readonly state: DkimState
  readonly private_key: Uint8Array
  readonly public_key: string
  readonly created_ms: number
  readonly changed_ms: number
}

const KEY = `SELECT domain.name AS domain, selector, algorithm, state, private_key, public_key,
    dkim_key.created_ms, changed_ms
  FROM dkim_key JOIN domain ON domain.id = dkim_key.domain_id`

function keyOf(row: DkimRow): StoredDkimKey {
  return {
    domain: row.domain,
    selector: row.selector,
    algorithm: row.algorithm,
    state: row.state,
    sealedKey: row.private_key,
    publicKey: row.public_key,
    createdMs: row.created_ms,
    changedMs: row.changed_ms,
  }
}
