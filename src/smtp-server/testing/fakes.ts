/** Stand-ins for the rooms below, small enough to see through. */
import { type Clock, systemClock } from '../../base/clock.ts'
import { Refusal } from '../../base/faults.ts'
import { DEFAULT_LIMITS, type Limits } from '../../base/limits.ts'
import { systemRandom } from '../../base/random.ts'
import type { Body, BodyWriter, Delivery, Submission } from '../../delivery/types.ts'
import type {
  Account,
  AccountId,
  Credentials,
  Destination,
  Directory,
  Route,
} from '../../directory/types.ts'
import type { Event, Journal, MessageId } from '../../journal/event.ts'
import { revocableLogins } from '../../net/testing/revocable-logins.ts'
import { parseAddress } from '../../syntax/address/address.ts'
import { canonicalLocalpart, splitTag } from '../../syntax/address/localpart.ts'
import type { Skeleton } from '../../syntax/mime/skeleton.ts'
import { makeScramVerifier } from '../../syntax/sasl/scram.ts'
import type { SmtpOptions } from '../options.ts'

/** The one domain that is ours. */
const OURS = 'ours.test'
export const PASSWORD = 'pencil'

/** jane and bob live at ours.test; others: full@, disabled@, fail@, blackhole@, team@, broken@. */
export class FakeDirectory implements Directory, Credentials {
  readonly #accounts = new Map<string, Account>()

  constructor() {
    for (const name of ['jane', 'bob', 'full', 'postmaster']) this.#add(name, true)
    this.#add('disabled', false)
  }

  route(text: string): Route {
    const address = text === 'postmaster' ? `${text}@${OURS}` : text
    return { steps: [], destinations: this.#destinations(address) }
  }

  ownsAddress(identity: { accountId: AccountId }, address: string): boolean {
    return this.#destinations(address).some(
      (found) => found.kind === 'account' && found.account.id === identity.accountId,
    )
  }

  isLocalDomain(domain: string): boolean {
    return domain === OURS
  }

  isOfHost(): boolean {
    return false
  }

  room(): null {
    return null
  }

  keepsSent(): boolean {
    return false
  }

  async checkPassword(login: string, password: string) {
    if (login === 'busy') throw new Refusal('authenticationBusy')
    const account = this.#accounts.get(login)
    if (account === undefined || password !== PASSWORD) return null
    return { accountId: account.id, login }
  }

  scramVerifier(login: string) {
    const account = this.#accounts.get(login)
    const identity = account === undefined ? null : { accountId: account.id, login }
    return { ...makeScramVerifier(PASSWORD, Buffer.from('salt'), 4096), identity }
  }

  scramFailed(): void {}

  #add(name: string, enabled: boolean): void {
    const address = `${name}@${OURS}`
    const id = (this.#accounts.size + 1) as AccountId
    const counters = {
      quotaOctets: null,
      usedOctets: 0,
      messages: 0,
      createdMs: 0,
      copyToSent: false,
    }
    this.#accounts.set(address, { id, address, enabled, ...counters })
  }

  #destinations(text: string): readonly Destination[] {
    const { localpart, domain } = parseAddress(text)
    const parents: readonly string[] = []
    const refused = (reason: Extract<Destination, { kind: 'refused' }>['reason'], why: string) =>
      [{ kind: 'refused', reason, address: text, parents, text: why }] as const
    if (domain !== OURS)
      return [
        { kind: 'outside', address: text, parents, destination: `mx:${domain}`, inNameOf: null },
      ]
    const { base, tag } = splitTag(canonicalLocalpart(localpart))
    if (base === 'broken') throw new Error('SQLITE_IOERR: disk I/O error')
    if (base === 'fail') return refused('policy', 'she has moved to there.example')
    if (base === 'blackhole') return [{ kind: 'blackhole', address: text, parents }]
    if (base === 'team') {
      return ['jane', 'bob'].flatMap((name) => this.#destinations(`${name}@${OURS}`))
    }
    const account = this.#accounts.get(`${base}@${OURS}`)
    if (account === undefined) return refused('noSuchUser', 'Unknown user')
    if (!account.enabled) return refused('userDisabled', 'this account is disabled')
    return [{ kind: 'account', account, address: text, parents, tag }]
  }
}

export interface Accepted {
  readonly submission: Submission
  readonly text: string
}

/** Keeps messages in an array. */
export class FakeDelivery implements Delivery {
  readonly accepted: Accepted[] = []
  /** Bodies opened, and of those, thrown away. */
  opened = 0
  disposed = 0
  /** What the next `accept` throws. */
  failure: Error | null = null
  /** What `accept` waits for. */
  gate: Promise<void> | null = null
  /** What `checkRoom` throws without accounts: the disk guard. */
  full: Error | null = null
  #count = 0

  newMessageId(): MessageId {
    return `1vnYk2-00000000BQ5-${String(this.#count++).padStart(4, '0')}` as MessageId
  }

  openBody(): BodyWriter {
    this.opened++
    return new FakeBody(() => void this.disposed++)
  }

  async accept(submission: Submission): Promise<void> {
    if (this.failure !== null) throw this.failure
    await this.gate
    if (submission.giveUp?.aborted) throw new Refusal('tryLater')
    const { content } = submission.body
    const octets = content.kind === 'memory' ? content.octets : new Uint8Array(0)
    this.accepted.push({ submission, text: Buffer.from(octets).toString('latin1') })
  }

  async append(): Promise<never> {
    throw new Error('not by SMTP')
  }

  checkRoom(_sizeOctets: number, accounts: readonly AccountId[]): void {
    if (this.full !== null) throw this.full
    if (accounts.includes(FULL)) throw new Refusal('overQuota')
  }
}

/** full@ours.test. */
const FULL = 3 as AccountId

class FakeBody implements BodyWriter {
  sizeOctets = 0
  readonly #chunks: Uint8Array[] = []
  readonly #onDispose: () => void

  constructor(onDispose: () => void) {
    this.#onDispose = onDispose
  }

  write(octets: Uint8Array): boolean {
    this.sizeOctets += octets.length
    this.#chunks.push(octets)
    return true
  }

  async drained(): Promise<void> {}

  async finish(): Promise<Body> {
    const octets = Buffer.concat(this.#chunks)
    const facts = { sizeOctets: this.sizeOctets, hash: '', skeleton: SKELETON, eightBitFrom: null }
    return { ...facts, content: { kind: 'memory', octets } }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#onDispose()
  }
}

const NONE = { from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [] }
const SKELETON: Skeleton = {
  envelope: { date: null, subject: null, inReplyTo: null, messageId: null, ...NONE },
  root: {
    type: 'text',
    subtype: 'plain',
    parameters: [],
    id: null,
    description: null,
    encoding: '7bit',
    md5: null,
    disposition: null,
    language: [],
    location: null,
    headerStart: 0,
    bodyStart: 0,
    bodyEnd: 0,
    lines: 0,
    children: [],
    message: null,
  },
}

export class FakeJournal implements Journal {
  readonly events: Event[] = []

  record(event: Event): void {
    this.events.push(event)
  }

  /** The texts of the notes. */
  get notes(): readonly string[] {
    return this.events.flatMap((event) => (event.type === 'note' ? [event.text] : []))
  }
}

/** Real time, but a timer of an abandoned session keeps no test running. */
const TEST_CLOCK: Clock = {
  ...systemClock,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

export interface FakeServer {
  readonly options: SmtpOptions
  readonly directory: FakeDirectory
  readonly delivery: FakeDelivery
  readonly journal: FakeJournal
  /** What the server reported as its own faults. */
  readonly faults: unknown[]
  /** Ends the right of whoever is logged in. */
  readonly revoke: (why: string) => void
}

/** An SMTP server on fakes. Delays for errors and failed logins are taken out. */
export function fakeServer(
  change: Partial<SmtpOptions> = {},
  smtp: Partial<Limits['smtp']> = {},
): FakeServer {
  const directory = new FakeDirectory()
  const delivery = new FakeDelivery()
  const journal = new FakeJournal()
  const faults: unknown[] = []
  const { logins, revoke } = revocableLogins(directory)
  const limits: Limits = {
    ...(change.limits ?? DEFAULT_LIMITS),
    smtp: { ...DEFAULT_LIMITS.smtp, errorDelayMs: 0, authFailureDelayMs: 0, ...smtp },
  }
  const options: SmtpOptions = {
    role: 'mx',
    hostName: 'mx.ours.test',
    directory,
    logins,
    delivery,
    journal,
    clock: TEST_CLOCK,
    random: systemRandom,
    tlsMode: 'starttls',
    catchOutside: false,
    reportError: (error) => void faults.push(error),
    ...change,
    limits,
  }
  return { options, directory, delivery, journal, faults, revoke }
}
