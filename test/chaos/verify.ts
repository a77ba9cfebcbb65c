/** Is everything there that was acknowledged, once, and unchanged? In the mailboxes and in the log. */
import assert from 'node:assert/strict'
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { ImapClient } from '../support/imap-client.ts'
import { bodyOf, messageIdOf, sha256 } from '../support/message.ts'
import type { Waybill } from '../support/waybill.ts'
import type { Ledger } from './ledger.ts'
import { ACCOUNTS, PASSWORD } from './load.ts'

export interface Findings {
  /** Acknowledged, and missing from a mailbox. */
  readonly lost: string[]
  /** More than one copy in one mailbox. */
  readonly duplicated: string[]
  /** A body that is not the one sent. */
  readonly altered: string[]
  /** Messages of which a log line is missing, or there more than once. */
  readonly log: string[]
}

export function isClean(findings: Findings): boolean {
  return Object.values(findings).every((list: string[]) => list.length === 0)
}

/** Reads every mailbox from where it stopped the last time, and remembers what it saw. */
export class StoreReader {
  readonly #server: Waybill
  readonly #ledger: Ledger
  /** Account → Message-ID → copies. */
  readonly #seen = new Map(
    ACCOUNTS.map((account) => [account as string, new Map<string, number>()]),
  )
  readonly #lastUid = new Map<string, number>()
  readonly #altered: string[] = []

  constructor(server: Waybill, ledger: Ledger) {
    this.#server = server
    this.#ledger = ledger
  }

  async read(): Promise<Pick<Findings, 'lost' | 'duplicated' | 'altered'>> {
    for (const account of ACCOUNTS) await this.#readAccount(account)
    const lost: string[] = []
    const duplicated: string[] = []
    for (const id of this.#ledger.acknowledged) {
      for (const account of this.#ledger.sent.get(id)?.accounts ?? []) {
        if (!this.#seen.get(account)?.has(id)) lost.push(`${id} for ${account}`)
      }
    }
    for (const [account, copies] of this.#seen) {
      for (const [id, count] of copies) if (count > 1) duplicated.push(`${id} for ${account}`)
    }
    return { lost, duplicated, altered: this.#altered }
  }

  async #readAccount(account: string): Promise<void> {
    await using imap = await ImapClient.login(this.#server.ports.imaps, account, PASSWORD)
    const { untagged } = await imap.ok('EXAMINE INBOX')
    const exists = numberIn(untagged, /^\* (\d+) EXISTS/)
    const uidNext = numberIn(untagged, /\[UIDNEXT (\d+)\]/)
    const from = (this.#lastUid.get(account) ?? 0) + 1
    if (uidNext > from) {
      const answer = await imap.ok(`UID FETCH ${from}:${uidNext - 1} (UID BODY.PEEK[])`)
      for (const response of answer.untagged) {
        const [octets] = response.literals
        if (octets !== undefined) this.#note(account, octets)
      }
    }
    this.#lastUid.set(account, uidNext - 1)
    const seen = [...(this.#seen.get(account)?.values() ?? [])].reduce(
      (sum, count) => sum + count,
      0,
    )
    assert.equal(exists, seen, `messages in the INBOX of ${account}: some that were there are gone`)
  }

  #note(account: string, octets: Buffer): void {
    const id = messageIdOf(octets)
    const sent = id === null ? undefined : this.#ledger.sent.get(id)
    if (id === null || sent === undefined) {
      this.#altered.push(`${account} has a message nobody sent: ${id}`)
      return
    }
    const copies = this.#seen.get(account)
    copies?.set(id, (copies.get(id) ?? 0) + 1)
    if (sha256(bodyOf(octets)) !== sent.bodyHash) this.#altered.push(`${id} for ${account}`)
  }
}

interface Logged {
  messageId: string
  arrivals: number
  completed: number
  /** Final address → delivery lines. */
  readonly deliveries: Map<string, number>
}

/** Reads mainlog from where it stopped the last time. Knows the format from its description only. */
export class LogReader {
  readonly #path: string
  readonly #ledger: Ledger
  #offset = 0
  #partial = ''
  /** Exim's message id → what the log says of it. */
  readonly #messages = new Map<string, Logged>()
  readonly #strange: string[] = []

  constructor(server: Waybill, ledger: Ledger) {
    this.#path = join(server.dataFolder, 'log', 'mainlog')
    this.#ledger = ledger
  }

  /** Lines follow their reply by a moment: gives the log five seconds to become complete. */
  async read(): Promise<Pick<Findings, 'log'>> {
    for (let tries = 0; ; tries++) {
      this.#readOn()
      const wrong = this.#wrong()
      if (wrong.length === 0 || tries === 50) return { log: wrong }
      await sleep(100)
    }
  }

  #readOn(): void {
    if (!existsSync(this.#path)) return
    const size = statSync(this.#path).size
    assert.ok(size >= this.#offset, 'mainlog became shorter')
    const chunk = Buffer.alloc(size - this.#offset)
    const file = openSync(this.#path, 'r')
    readSync(file, chunk, 0, chunk.length, this.#offset)
    closeSync(file)
    this.#offset = size
    const lines = (this.#partial + chunk.toString('utf8')).split('\n')
    this.#partial = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
  }

  #line(line: string): void {
    const match = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:(\w{6}-\w{11}-\w{4}) (\S+) ?)?(.*)$/.exec(
      line,
    )
    if (!match) {
      this.#strange.push(`not a log line: ${JSON.stringify(line.slice(0, 200))}`)
      return
    }
    const [, id, mark, rest = ''] = match
    if (id === undefined) return
    const logged = this.#messages.get(id) ?? newLogged()
    this.#messages.set(id, logged)
    if (mark === '<=') {
      logged.arrivals++
      logged.messageId = / id=(\S+)/.exec(rest)?.[1] ?? ''
    } else if (mark === '=>' || mark === '->') {
      const [first = '', second = ''] = rest.split(' ')
      const address = first.includes('@') ? first : second.replace(/^<(.*)>$/, '$1')
      logged.deliveries.set(address, (logged.deliveries.get(address) ?? 0) + 1)
    } else if (mark === 'Completed') logged.completed++
  }

  #wrong(): string[] {
    const wrong = [...this.#strange]
    const byMessageId = new Map<string, Logged[]>()
    for (const logged of this.#messages.values()) {
      const same = byMessageId.get(logged.messageId)
      if (same) same.push(logged)
      else byMessageId.set(logged.messageId, [logged])
    }
    for (const [id, sent] of this.#ledger.sent) {
      if (!sent.logged) continue
      const logged = byMessageId.get(id) ?? []
      if (logged.length === 0 && !this.#ledger.acknowledged.has(id)) continue
      const problem = problemOf(logged, sent.accounts)
      if (problem !== null) wrong.push(`${id}: ${problem}`)
    }
    return wrong
  }
}

function newLogged(): Logged {
  return { messageId: '', arrivals: 0, completed: 0, deliveries: new Map() }
}

/** What is wrong with the lines of one message; null when each is there exactly once. */
function problemOf(logged: readonly Logged[], accounts: readonly string[]): string | null {
  const [only, ...more] = logged
  if (only === undefined) return 'no arrival line'
  if (more.length > 0) return `${logged.length} messages in the log`
  if (only.arrivals !== 1) return `${only.arrivals} arrival lines`
  if (only.completed !== 1) return `${only.completed} Completed lines`
  for (const account of accounts) {
    const lines = only.deliveries.get(account) ?? 0
    if (lines !== 1) return `${lines} delivery lines for ${account}`
  }
  return only.deliveries.size === accounts.length ? null : 'a delivery to somebody else'
}

function numberIn(untagged: readonly { readonly text: string }[], pattern: RegExp): number {
  for (const { text } of untagged) {
    const match = pattern.exec(text)
    if (match) return Number(match[1])
  }
  throw new Error(`no response matches ${pattern}`)
}
