/** Counts what happens in sessions and to the server itself: rejections, logins, connections, alarms. */
import type {
  AuthenticationFailed,
  Event,
  Filed,
  LoggedIn,
  Note,
  Panic,
  QueueAction,
  Rejected,
  Warning,
} from '../../journal/event.ts'
import { withoutSecrets } from '../secrets.ts'
import { ErrorShapes } from './errors.ts'
import { addressKey, mailboxKey } from './keys.ts'
import { CONNECTION_MS, COUNT, MAX_CONNECTION_MS, OCTETS, TEMPORARILY } from './kinds.ts'
import { Logins } from './logins.ts'
import { OpenConnections } from './open-connections.ts'
import { ownText } from '../../base/own-text.ts'
import { shapeOf } from './shape.ts'
import type { Slots } from './slots.ts'
import type { Saying, Statistics } from './statistics.ts'
import { addAt, countIn, placeOf, raiseAt } from './table.ts'
import { countKind, type Tally } from './tally.ts'

export type SessionEvent =
  | Rejected
  | AuthenticationFailed
  | LoggedIn
  | Filed
  | Warning
  | Panic
  | QueueAction
  | Note

export class Sessions {
  readonly open = new OpenConnections()
  /** Ends of connections that began before this part of the log. */
  readonly early: Event[] = []

  readonly #statistics: Statistics
  readonly #slots: Slots
  readonly #errors: ErrorShapes
  readonly #logins: Logins
  readonly #isFirst: boolean

  constructor(statistics: Statistics, slots: Slots, isFirst: boolean) {
    this.#statistics = statistics
    this.#slots = slots
    this.#errors = new ErrorShapes(statistics)
    this.#logins = new Logins(statistics, slots)
    this.#isFirst = isFirst
  }

  take(event: SessionEvent): void {
    switch (event.type) {
      case 'rejected':
        this.#rejected(event)
        return
      case 'authenticationFailed':
        this.#logins.failed(addressKey(event.host), event.login, 'smtp', event.atMs, 1)
        return
      case 'loggedIn':
      case 'loginFailed':
      case 'loggedOut':
      case 'noLogin':
        this.#logins.take(event)
        return
      case 'filed':
        this.#filed(event)
        return
      case 'warning':
        this.#warning(event)
        return
      case 'panic':
        this.#alarm(event)
        return
      case 'queueAction':
        this.#action(event.action, event.text)
        return
      case 'note':
        this.#note(event)
        return
      default:
        event satisfies never
    }
  }

  #rejected(event: Rejected): void {
    const { totals, rejectedHosts, rejectedRecipients, rejectedSenders } = this.#statistics
    const field = event.temporary ? 'temporarilyRejected' : 'rejected'
    totals[field]++
    this.#slots.at(event.atMs)[field]++
    const place = placeOf(rejectedHosts, addressKey(event.host))
    addAt(rejectedHosts, place, event.temporary ? TEMPORARILY : COUNT, 1)
    if (event.phase === 'RCPT' && event.subject !== null)
      countIn(rejectedRecipients, mailboxKey(event.subject.replace(/^<|>$/g, '')))
    if (event.from !== undefined) countIn(rejectedSenders, mailboxKey(event.from))
    this.#errors.rejected(event)
  }

  #filed(event: Filed): void {
    const { filed, filedBy } = this.#statistics
    countIn(filed, event.action)
    if (event.action === 'saved') this.#slots.at(event.atMs).saved++
    if (event.action === 'saved' && event.login !== null) {
      const place = placeOf(filedBy, mailboxKey(event.login))
      addAt(filedBy, place, COUNT, 1)
      addAt(filedBy, place, OCTETS, event.sizeOctets ?? 0)
    }
    if (event.action === 'failed' || event.action === 'rejected') this.#errors.notFiled(event)
  }

  #action(action: string, text: string): void {
    const { totals, queueActions } = this.#statistics
    if (text.startsWith('hold: ')) totals.held++
    if (text.startsWith('discard: ') || action === 'discarded') totals.discarded++
    this.#say(queueActions, action, text)
  }

  #warning({ program, text }: Warning): void {
    const { totals, warnings } = this.#statistics
    if (text.startsWith('reject_warning: ')) {
      totals.rejectWarnings++
      this.#action('reject warning', text.slice('reject_warning: '.length))
      return
    }
    totals.warnings++
    this.#say(warnings, program ?? '', text)
  }

  #alarm({ severity, program, text }: Panic): void {
    const { totals, alarms } = this.#statistics
    totals[`${severity}s`]++
    this.#say(alarms, `${severity}${program === null ? '' : ` ${program}`}`, text)
  }

  #note(note: Note): void {
    const { topics, masterMessages, connectFailures } = this.#statistics
    const { topic, program, text } = note
    countIn(topics, topic)
    if (topic === 'connected') this.#connected(note)
    else if (topic === 'disconnected') this.#disconnected(note)
    else if (topic === 'scan') this.#scanned(text)
    else if (program?.endsWith('/master') === true) this.#say(masterMessages, program, text)
    else if (text.startsWith('hold: ')) this.#action('held', text)
    else if (text.startsWith('discard: ')) this.#action('discarded', text)
    else if (text.startsWith('connect to ')) this.#say(connectFailures, program ?? '', text)
  }

  #connected({ host, program, atMs }: Note): void {
    if (host !== null && !this.open.begin({ host, program, atMs }))
      this.#statistics.totals.unjoinedConnections++
  }

  #disconnected(note: Note): void {
    const { host, program, atMs } = note
    if (host === null) return
    const beganMs = this.open.end(host, program)
    if (beganMs === undefined) {
      if (this.#isFirst) return
      if (this.early.length < MAX_EARLY) this.early.push(structuredClone(note))
      else this.#statistics.totals.unjoinedConnections++
      return
    }
    const { totals, connectedHosts } = this.#statistics
    const lengthMs = Math.max(0, atMs - beganMs)
    totals.connections++
    totals.connectionMs += lengthMs
    const slot = this.#slots.at(atMs)
    slot.connections++
    slot.connectionMs += lengthMs
    if (lengthMs > slot.longestConnectionMs) slot.longestConnectionMs = lengthMs
    const place = placeOf(connectedHosts, addressKey(host), host.name ?? '')
    addAt(connectedHosts, place, COUNT, 1)
    addAt(connectedHosts, place, CONNECTION_MS, lengthMs)
    raiseAt(connectedHosts, place, MAX_CONNECTION_MS, lengthMs)
  }

  /** SpamAssassin, rspamd and amavis each say it in their own words. */
  #scanned(text: string): void {
    const { totals } = this.#statistics
    if (SPAM.test(text)) totals.spam++
    else if (HAM.test(text)) totals.ham++
  }

  #say(tally: Tally<Saying>, program: string, said: string): void {
    const text = withoutSecrets(said)
    countKind(tally, `${program}\n${shapeOf(text)}`, (key) => ({
      key,
      count: 0,
      program: ownText(program),
      example: ownText(text.slice(0, MAX_EXAMPLE_CHARS)),
    }))
  }
}

const SPAM =
  /identified spam|Passed SPAM|Blocked SPAM|flagged as Spam|rejected message: score|detected message as spam/i
const HAM = /clean message|Passed CLEAN|isn't spam|detected message as NOT spam|Not running SA/i
const MAX_EXAMPLE_CHARS = 1_000
const MAX_EARLY = 20_000
