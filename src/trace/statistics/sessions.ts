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
import { ErrorShapes } from './errors.ts'
import { addressKey, hostLabel, mailboxKey } from './keys.ts'
import { shapeOf } from './shape.ts'
import type { Slots } from './slots.ts'
import {
  newAttempts,
  newConnections,
  newTraffic,
  type Saying,
  type Statistics,
} from './statistics.ts'
import { countOne, ownText, rowOf, type Tally } from './tally.ts'

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
  /** When connections began that have not ended, by host, oldest first. */
  readonly open = new Map<string, number[]>()
  /** Ends of connections that began before this part of the log. */
  readonly early: Event[] = []

  readonly #statistics: Statistics
  readonly #slots: Slots
  readonly #errors: ErrorShapes
  readonly #isFirst: boolean

  constructor(statistics: Statistics, slots: Slots, isFirst: boolean) {
    this.#statistics = statistics
    this.#slots = slots
    this.#errors = new ErrorShapes(statistics)
    this.#isFirst = isFirst
  }

  take(event: SessionEvent): void {
    switch (event.type) {
      case 'rejected':
        this.#rejected(event)
        return
      case 'authenticationFailed':
        this.#failedLogin(addressKey(event.host), event.login, 'smtp', event.atMs, 1)
        return
      case 'loggedIn':
      case 'loginFailed':
      case 'loggedOut':
      case 'noLogin':
        this.#login(event)
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
        this.#say(this.#statistics.queueActions, event.action, event.text)
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
    this.#slots.add(event.atMs, field, 1)
    const host = rowOf(rejectedHosts, addressKey(event.host), newTraffic)
    if (event.temporary) host.deferred++
    else host.count++
    if (event.phase === 'RCPT' && event.subject !== null)
      countOne(rejectedRecipients, mailboxKey(event.subject.replace(/^<|>$/g, '')))
    if (event.from !== undefined) countOne(rejectedSenders, mailboxKey(event.from))
    this.#errors.rejected(event)
  }

  #login(event: LoggedIn): void {
    const { totals, services, attemptsByAddress, attemptsByAccount, connectedUsers } =
      this.#statistics
    const address = event.remoteAddress ?? '(unknown)'
    if (event.type === 'loginFailed') {
      const attempts = event.attempts ?? 1
      this.#failedLogin(address, event.login, event.service, event.atMs, attempts)
      return
    }
    if (event.type === 'loggedOut') {
      if (event.login === null) return
      const row = rowOf(connectedUsers, event.login, newTraffic)
      row.octets += octetsOf(event)
      row.count++
      return
    }
    const isLogin = event.type === 'loggedIn'
    totals[isLogin ? 'logins' : 'noLogins']++
    if (isLogin && event.tls) totals.loginsTls++
    const rows = [
      rowOf(services, event.service, newAttempts),
      rowOf(attemptsByAddress, address, newAttempts),
    ]
    if (event.login !== null) rows.push(rowOf(attemptsByAccount, event.login, newAttempts))
    for (const row of rows) {
      if (isLogin) row.successes++
      else row.withoutTrying++
    }
  }

  #failedLogin(
    address: string,
    login: string | null,
    service: string,
    atMs: number,
    attempts: number,
  ): void {
    const { totals, services, attemptsByAddress, attemptsByAccount } = this.#statistics
    totals.authenticationFailures += attempts
    this.#slots.add(atMs, 'authenticationFailures', attempts)
    const rows = [
      rowOf(services, service, newAttempts),
      rowOf(attemptsByAddress, address, newAttempts),
    ]
    if (login !== null && login !== '') rows.push(rowOf(attemptsByAccount, login, newAttempts))
    for (const row of rows) {
      row.count += attempts
      row.lastMs = Math.max(row.lastMs, atMs)
    }
  }

  #filed(event: Filed): void {
    const { filed, filedBy } = this.#statistics
    countOne(filed, event.action)
    if (event.action === 'saved' && event.login !== null) {
      const row = rowOf(filedBy, mailboxKey(event.login), newTraffic)
      row.count++
      row.octets += event.sizeOctets ?? 0
    }
    if (event.action === 'failed' || event.action === 'rejected') this.#errors.notFiled(event)
  }

  #warning({ program, text }: Warning): void {
    const { totals, warnings } = this.#statistics
    totals.warnings++
    if (text.startsWith('reject_warning')) totals.rejectWarnings++
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
    countOne(topics, topic)
    if (topic === 'connected') this.#connected(note)
    else if (topic === 'disconnected') this.#disconnected(note)
    else if (topic === 'scan') this.#scanned(text)
    else if (program?.endsWith('/master') === true) this.#say(masterMessages, program, text)
    else if (text.startsWith('connect to ')) this.#say(connectFailures, program ?? '', text)
  }

  #connected({ host, program, atMs }: Note): void {
    if (host === null) return
    const key = `${program ?? ''} ${hostLabel(host)}${host.port ?? ''}`
    const began = this.open.get(key)
    if (began !== undefined && began.length < MAX_OPEN_OF_HOST) began.push(atMs)
    else if (began === undefined && this.open.size < MAX_OPEN_HOSTS)
      this.open.set(ownText(key), [atMs])
  }

  #disconnected(note: Note): void {
    const { host, program, atMs } = note
    if (host === null) return
    const key = `${program ?? ''} ${hostLabel(host)}${host.port ?? ''}`
    const began = this.open.get(key)
    const beganMs = began?.shift()
    if (began?.length === 0) this.open.delete(key)
    if (beganMs === undefined) {
      if (!this.#isFirst && this.early.length < MAX_EARLY) this.early.push(structuredClone(note))
      return
    }
    const { totals, connectedHosts } = this.#statistics
    const lengthMs = Math.max(0, atMs - beganMs)
    totals.connections++
    totals.connectionMs += lengthMs
    this.#slots.add(atMs, 'connections', 1)
    this.#slots.add(atMs, 'connectionMs', lengthMs)
    const row = rowOf(connectedHosts, addressKey(host), newConnections)
    row.count++
    row.connectionMs += lengthMs
    row.maxMs = Math.max(row.maxMs, lengthMs)
  }

  /** SpamAssassin, rspamd and amavis each say it in their own words. */
  #scanned(text: string): void {
    const { totals } = this.#statistics
    if (SPAM.test(text)) totals.spam++
    else if (HAM.test(text)) totals.ham++
  }

  #say(tally: Tally<Saying>, program: string, text: string): void {
    const row = rowOf(tally, `${program}\n${shapeOf(text)}`, (key) => ({
      key,
      count: 0,
      program: ownText(program),
      example: ownText(text.slice(0, MAX_EXAMPLE_CHARS)),
    }))
    row.count++
  }
}

/** `in=12, out=345` of a session that ended. */
function octetsOf({ counts }: LoggedIn): number {
  return (counts?.['in'] ?? 0) + (counts?.['out'] ?? 0)
}

const SPAM =
  /identified spam|Passed SPAM|Blocked SPAM|flagged as Spam|rejected message: score|detected message as spam/i
const HAM = /clean message|Passed CLEAN|isn't spam|detected message as NOT spam|Not running SA/i
const MAX_EXAMPLE_CHARS = 1_000
const MAX_OPEN_OF_HOST = 1_000
const MAX_OPEN_HOSTS = 50_000
const MAX_EARLY = 20_000
