/**
 * One IMAP session, from greeting to BYE; RFC 9051 §3.
 *
 *   notAuthenticated ──LOGIN, AUTHENTICATE──▶ authenticated ──SELECT, EXAMINE──▶ selected
 *          │                                    │      ◀──CLOSE, UNSELECT────────┘
 *          └───────────────LOGOUT, BYE──────────┴──▶ logout
 *
 * Commands see nothing else of the connection. What a state has stands in the state: only
 * `selected` has a mailbox.
 */
import { messageOf, Refusal } from '../base/faults.ts'
import type { Credentials, Identity } from '../directory/types.ts'
import { failureOf } from '../journal/doctor-session.ts'
import type { LoggedIn } from '../journal/event.ts'
import type { Stream } from '../net/types.ts'
import { writeFlags } from '../syntax/imap/flags.ts'
import type { Ranges, SequenceSet } from '../syntax/imap/sequence-set.ts'
import type { UidRanges } from '../store/types.ts'
import type { Dialect } from './command.ts'
import type { Input } from './input.ts'
import type { ImapOptions } from './options.ts'
import type { Output } from './output.ts'
import type { SelectedMailbox } from './selected.ts'
import type { UserSlots } from './user-slots.ts'

export type State =
  | { readonly name: 'notAuthenticated' }
  | { readonly name: 'authenticated'; readonly identity: Identity }
  | { readonly name: 'selected'; readonly identity: Identity; readonly mailbox: SelectedMailbox }
  | { readonly name: 'logout' }

export type StateName = Exclude<State['name'], 'logout'>

/** Longer than this without a pause, and other connections get a turn. */
const TURN_MS = 10

export class Session {
  readonly options: ImapOptions
  readonly stream: Stream
  readonly credentials: Credentials
  readonly input: Input
  readonly out: Output
  readonly slots: UserSlots
  state: State = { name: 'notAuthenticated' }
  /** ENABLE IMAP4rev2: names in UTF-8, ESEARCH, no RECENT. */
  rev2 = false
  /** RFC 7162 §3.1: MODSEQ in every FETCH response from here on. */
  condstore = false
  failedLogins = 0
  /** The doctor of this server looks, by its ID. */
  isOfDoctor = false
  /** How the login was done, for the log and for APPEND's arrival line. */
  mechanism: string | null = null
  /** That and why the right to the login has ended, for the peer; null: it stands. */
  revoked: string | null = null
  #login: Disposable | null = null
  #turnStartedMs = 0

  constructor(options: ImapOptions, stream: Stream, input: Input, out: Output, slots: UserSlots) {
    this.options = options
    this.stream = stream
    this.credentials = options.logins.from(stream.remote.address)
    this.input = input
    this.out = out
    this.slots = slots
  }

  get dialect(): Dialect {
    return { form: this.rev2 ? 'utf8' : 'utf7', limits: this.options.limits }
  }

  get canStartTls(): boolean {
    return this.stream.tls === null && this.options.tlsMode === 'starttls'
  }

  /** Passwords may be sent: there is TLS, or the operator does without. */
  get mayLogIn(): boolean {
    return this.stream.tls !== null || this.options.plaintextLogin === true
  }

  /** The command table has checked the state; a throw here is a bug in that table. */
  get identity(): Identity {
    if ('identity' in this.state) return this.state.identity
    throw new Error(`no identity while ${this.state.name}`)
  }

  get mailbox(): SelectedMailbox {
    if (this.state.name === 'selected') return this.state.mailbox
    throw new Error(`no mailbox while ${this.state.name}`)
  }

  resolve(set: SequenceSet, by: 'seq' | 'uid'): UidRanges {
    return asUids(this.mailbox.resolve(set, by))
  }

  unselect(): void {
    if (this.state.name === 'selected') {
      this.state = { name: 'authenticated', identity: this.state.identity }
    }
  }

  /** Tells the client what others changed in its mailbox. */
  sync(mayExpunge: boolean): void {
    if (this.state.name !== 'selected') return
    const { mailbox } = this.state
    const news = mailbox.sync(this.options.store, mayExpunge)
    if (news === null) {
      this.bye('The selected mailbox was deleted')
      return
    }
    for (const seq of news.expunged) this.out.untagged(`${seq} EXPUNGE`)
    if (news.exists !== null) this.out.untagged(`${news.exists} EXISTS`)
    if (news.keywords !== null) {
      this.out.untagged(`FLAGS (${writeFlags({ system: 31, keywords: news.keywords })})`)
    }
    for (const { seq, state } of news.changed) {
      const modSeq = this.condstore ? ` MODSEQ (${state.modSeq})` : ''
      const flags = writeFlags(state.flags)
      this.out.untagged(`${seq} FETCH (UID ${state.uid} FLAGS (${flags})${modSeq})`)
    }
  }

  /** RFC 7162 §3.1: the first use of CONDSTORE in a mailbox is answered with its HIGHESTMODSEQ. */
  enableCondstore(): void {
    if (this.condstore) return
    this.condstore = true
    if (this.state.name !== 'selected') return
    this.out.untagged(`OK [HIGHESTMODSEQ ${this.state.mailbox.modSeq}] Mod-sequences are shown`)
  }

  /** @returns false when the right to this login has ended since it was proven */
  logIn(identity: Identity): boolean {
    const revoke = (why: string) => this.guarded('the end of a login', () => this.#revoke(why))
    this.#login = this.options.logins.watchLogin(identity, revoke)
    if (this.#login === null) return false
    this.state = { name: 'authenticated', identity }
    return true
  }

  /** Ends at once; in the middle of a command, as soon as that can end. */
  #revoke(why: string): void {
    this.revoked = `Login ended, as ${why}`
    if (this.input.waiting) this.end(this.revoked)
  }

  /** A long command asks this between its steps. @throws Refusal */
  requireLogin(): void {
    if (this.revoked !== null) throw new Refusal('authenticationFailed', this.revoked)
  }

  /** Ends the session from our side, while it waits for the peer. */
  end(text: string): void {
    this.bye(text)
    this.out.flush()
    this.stream.end()
    this.input.close()
  }

  /** Says that this is the end; the command in hand is still answered. */
  bye(text: string, code: string | null = null): void {
    if (this.state.name === 'logout') return
    this.out.untagged(`BYE ${code === null ? '' : `[${code}] `}${text}`)
    this.leave(text)
  }

  /** The session is over; `reason` is for the log. Only the first one counts. */
  leave(reason: string): void {
    this.#login?.[Symbol.dispose]()
    if ('identity' in this.state) {
      this.recordLogin('loggedOut', this.state.identity.login, reason)
      this.slots.release(this.state.identity.accountId, this.stream.remote.address)
    }
    this.state = { name: 'logout' }
  }

  recordLogin(type: LoggedIn['type'], login: string | null, reason: string | null): void {
    const { stream, options } = this
    options.journal.record({
      type,
      atMs: options.clock.nowMs(),
      service: 'imap',
      login,
      mechanism: this.mechanism,
      remoteAddress: stream.remote.address,
      localAddress: stream.local.address,
      tls: stream.tls !== null,
      session: stream.id.toString(36),
      attempts: type === 'loginFailed' ? 1 : null,
      counts: null,
      reason: reason === null ? null : failureOf(this.isOfDoctor, reason),
    })
  }

  /**
   * Lets other connections have a turn when this one has had a long one.
   * @throws Refusal when the right to the login has ended
   */
  async breathe(): Promise<void> {
    this.requireLogin()
    const nowMs = this.options.clock.monotonicMs()
    if (nowMs - this.#turnStartedMs < TURN_MS) return
    this.out.flush()
    await new Promise((resolve) => setImmediate(resolve))
    this.#turnStartedMs = this.options.clock.monotonicMs()
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.options.clock.after(ms, resolve))
  }

  /** Runs what the event loop called; a throw there would end the process. */
  guarded(context: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.options.reportError(error, `${context}: ${messageOf(error)}`)
      this.stream.destroy()
    }
  }
}

/** Resolved UID numbers are UIDs. */
export function asUids(ranges: Ranges): UidRanges {
  return ranges as unknown as UidRanges
}
