/**
 * The keys that sign a domain's mail (DKIM): made, shown, exchanged for new ones.
 *
 * A key's life: pending → active → retiring → retired. The first keys of a domain are active at
 * once: a signature whose record is not published yet counts as none (RFC 6376 §6.1.2), so it does
 * no harm. Later ones stay pending until their records are seen in DNS.
 */
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import type { Database } from '../db/database.ts'
import { domainToAscii } from '../syntax/address/domain.ts'
import {
  activateDkimKeys,
  addDkimKeys,
  type DkimAlgorithm,
  type DkimState,
  listDkimKeys,
  listSigningKeys,
  type NewDkimKey,
  retireDkimKeys,
  type StoredDkimKey,
} from './dkim-entries.ts'
import type { Seals } from './sealed.ts'

/** A key, without the part that is secret. */
export interface DkimKey {
  /** A-labels. */
  readonly domain: string
  readonly selector: string
  readonly algorithm: DkimAlgorithm
  readonly state: DkimState
  /** Where its record is published: `wb2611r._domainkey.example.com`. */
  readonly recordName: string
  /** The text of its TXT record, in one piece. */
  readonly record: string
  readonly createdMs: number
  /** Since when it is in this state. */
  readonly changedMs: number
}

/** A key that signs, opened: what `trust/dkim/signer.ts` takes. */
export interface OpenDkimKey {
  readonly selector: string
  readonly algorithm: DkimAlgorithm
  readonly privateKey: KeyObject
}

export interface DkimKeysOptions {
  readonly database: Database
  readonly clock: Clock
  readonly seals: Seals
}

/** Every change passes through one of these: what it keeps in memory is forgotten with each. */
export class DkimKeys {
  readonly #options: DkimKeysOptions
  readonly #open = new Map<string, readonly OpenDkimKey[]>()

  constructor(options: DkimKeysOptions) {
    this.#options = options
  }

  /**
   * The keys that sign for exactly this domain, as A-labels; RSA first. Empty: none, or not ours.
   * @throws KeyFileFault when there are keys and they cannot be opened
   */
  signingKeys(domain: string): readonly OpenDkimKey[] {
    const known = this.#open.get(domain)
    if (known !== undefined) return known
    const keys = this.#options.database
      .read(listSigningKeys(domain))
      .map((key) => this.#opened(key))
    // Users choose the domains that are asked for.
    if (this.#open.size >= MAX_KEPT_DOMAINS) this.#open.clear()
    this.#open.set(domain, keys)
    return keys
  }

  /** After a domain was added or removed. */
  forget(): void {
    this.#open.clear()
  }

  /** All, or those of one domain; retires what is due. @throws Refusal invalid, notFound (domain) */
  async list(domain?: string): Promise<readonly DkimKey[]> {
    const name = domain === undefined ? null : requireDomainName(domain)
    await this.#retire()
    return this.#options.database.read(listDkimKeys(name)).map(shown)
  }

  /**
   * Makes the next keys of a domain, one of each algorithm: active when it has none that sign, else
   * pending. When some are pending already, nothing is made.
   * @returns the keys that are new or pending
   * @throws Refusal invalid, notFound (domain); KeyFileFault
   */
  async rotate(domain: string): Promise<readonly DkimKey[]> {
    const { database, clock } = this.#options
    const name = requireDomainName(domain)
    const there = await this.list(name)
    const pending = there.filter(({ state }) => state === 'pending')
    if (pending.length > 0) return pending
    const nowMs = clock.nowMs()
    const taken = new Set(there.map(({ selector }) => selector))
    const keys = await Promise.all(
      newSelectors(nowMs, taken).map((made) => this.#newKey(name, made)),
    )
    await this.#change(() => database.write(addDkimKeys, { domain: name, keys, nowMs }))
    const made = new Set(keys.map(({ selector }) => selector))
    return (await this.list(name)).filter(({ selector }) => made.has(selector))
  }

  /**
   * The pending keys sign from now on; those that did are retiring.
   * @param selectors  the pending keys whose records were seen
   * @returns all keys of the domain @throws Refusal invalid, notFound
   */
  async activate(domain: string, selectors: readonly string[]): Promise<readonly DkimKey[]> {
    const { database, clock } = this.#options
    const name = requireDomainName(domain)
    if (selectors.length === 0) throw new Refusal('notFound', `${name} has no pending keys`)
    const nowMs = clock.nowMs()
    await this.#change(() => database.write(activateDkimKeys, { domain: name, selectors, nowMs }))
    return await this.list(name)
  }

  async #retire(): Promise<void> {
    const { database, clock } = this.#options
    const nowMs = clock.nowMs()
    const beforeMs = nowMs - RETIRING_MS
    const isDue = ({ state, changedMs }: StoredDkimKey) =>
      state === 'retiring' && changedMs < beforeMs
    if (!database.read(listDkimKeys(null)).some(isDue)) return
    await this.#change(() => database.write(retireDkimKeys, { beforeMs, nowMs }))
  }

  async #change<Result>(write: () => Promise<Result>): Promise<Result> {
    try {
      return await write()
    } finally {
      this.#open.clear()
    }
  }

  async #newKey(domain: string, { selector, algorithm }: NamedAlgorithm): Promise<NewDkimKey> {
    const { privateKey, publicKey } = await GENERATE[algorithm]()
    const secret = privateKey.export({ format: 'der', type: 'pkcs8' })
    const sealedKey = this.#options.seals.seal(dkimPurpose(domain, selector), secret)
    secret.fill(0)
    return { selector, algorithm, sealedKey, publicKey: publicText(publicKey, algorithm) }
  }

  #opened({ domain, selector, algorithm, sealedKey }: StoredDkimKey): OpenDkimKey {
    const secret = this.#options.seals.open(dkimPurpose(domain, selector), sealedKey)
    const key = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
    const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
    key.fill(0)
    return { selector, algorithm, privateKey }
  }
}

interface NamedAlgorithm {
  readonly selector: string
  readonly algorithm: DkimAlgorithm
}

/** `wb2611r` and `wb2611e`: the month, and the algorithm; the second ones of a month are `wb2611r2` … */
function newSelectors(nowMs: number, taken: ReadonlySet<string>): NamedAlgorithm[] {
  const month = new Date(nowMs).toISOString().slice(2, 7).replace('-', '')
  for (let count = 1; ; count++) {
    const ending = count === 1 ? '' : String(count)
    const selectors: readonly NamedAlgorithm[] = [
      { selector: `wb${month}r${ending}`, algorithm: 'rsa-sha256' },
      { selector: `wb${month}e${ending}`, algorithm: 'ed25519-sha256' },
    ]
    if (!selectors.some(({ selector }) => taken.has(selector))) return [...selectors]
  }
}

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const generate = promisify(generateKeyPair)
const GENERATE: { readonly [A in DkimAlgorithm]: () => Promise<KeyPair> } = {
  // RFC 8301 §3.2: at least 1024, better 2048; a longer one does not fit everywhere.
  'rsa-sha256': () => generate('rsa', { modulusLength: 2048 }),
  'ed25519-sha256': () => generate('ed25519', {}),
}

/** `p=`: RFC 6376 §3.6.1 has the whole SubjectPublicKeyInfo of RSA, RFC 8463 §4 the key alone. */
function publicText(key: KeyObject, algorithm: DkimAlgorithm): string {
  const der = key.export({ format: 'der', type: 'spki' })
  return (algorithm === 'rsa-sha256' ? der : der.subarray(-32)).toString('base64')
}

function shown({ sealedKey: _sealed, publicKey, ...key }: StoredDkimKey): DkimKey {
  return {
    ...key,
    recordName: `${key.selector}._domainkey.${key.domain}`,
    record: `v=DKIM1; k=${key.algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519'}; p=${publicKey}`,
  }
}

/** What its private key is sealed for. */
export function dkimPurpose(domain: string, selector: string): string {
  return `DKIM key ${selector}._domainkey.${domain}`
}

function requireDomainName(text: string): string {
  const name = domainToAscii(text)
  if (name === null) throw new Refusal('invalid', `"${text}" is not a domain name like example.com`)
  return name
}

/** Signatures hold for seven days (`x=`), and are made when a message is accepted. */
const RETIRING_MS = 8 * 24 * 60 * 60_000
const MAX_KEPT_DOMAINS = 10_000
