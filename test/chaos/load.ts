/** Clients that send as fast as they can, over every way in, and keep the ledger. */
import { ImapClient } from '../support/imap-client.ts'
import { bodyOf, makeMessage, sha256 } from '../support/message.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import type { Waybill } from '../support/waybill.ts'
import type { Ledger } from './ledger.ts'
import type { SeededRandom } from './random.ts'

export const ACCOUNTS = ['ann@chaos.test', 'ben@chaos.test', 'cleo@chaos.test'] as const
/** An alias that leads to every account. */
export const EVERYONE = 'everyone@chaos.test'
export const PASSWORD = 'chaos and order'

/** How a message comes in. */
export type Way = 'data' | 'bdat' | 'append'

/** Mostly DATA, as in real life. */
const SENDERS: readonly Way[] = ['data', 'data', 'data', 'data', 'data', 'bdat', 'bdat', 'append']

let counter = 0

export class Load {
  readonly #server: Waybill
  readonly #ledger: Ledger
  readonly #random: SeededRandom
  readonly #run = `${process.pid}-${Date.now().toString(36)}`
  #stopping = false
  #senders: Promise<void>[] = []
  /** Refusals by their code or text: a full disk or a failed one makes many. */
  readonly refusals = new Map<string, number>()
  /** Why sessions broke off, and how often. */
  readonly failures = new Map<string, number>()

  constructor(server: Waybill, ledger: Ledger, random: SeededRandom) {
    this.#server = server
    this.#ledger = ledger
    this.#random = random
  }

  start(ways: readonly Way[] = SENDERS): void {
    this.#stopping = false
    this.#senders = ways.map((way) => this.#sendForever(way))
  }

  /** Waits until every sender noticed; those cut off by a crash notice at once. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#senders)
    this.#ledger.sync()
  }

  /** A message for this ledger, not yet sent. */
  compose(
    accounts: readonly string[],
    bodyOctets: number,
    logged = true,
  ): { id: string; message: Buffer } {
    const id = `${++counter}.${this.#run}@chaos.test`
    const message = makeMessage({ id, to: accounts.join(', '), bodyOctets })
    const bodyHash = sha256(bodyOf(message))
    this.#ledger.attempt({ id, accounts, bodyHash, octets: message.length, logged })
    return { id, message }
  }

  async #sendForever(way: Way): Promise<void> {
    while (!this.#stopping) {
      try {
        if (way === 'append') await this.#appendUntilCutOff()
        else await this.#sendUntilCutOff(way)
      } catch (error) {
        // The server was killed, or refuses to go on: what was not acknowledged stays so.
        count(this.failures, error instanceof Error ? error.message : String(error))
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  }

  async #sendUntilCutOff(way: 'data' | 'bdat'): Promise<void> {
    await using smtp = await SmtpClient.open(this.#server.ports.smtp)
    while (!this.#stopping) {
      const { to, accounts } = this.#recipients()
      const { id, message } = this.compose(accounts, this.#bodyOctets())
      await smtp.envelope({ from: 'sender@client.test', to })
      const reply = way === 'data' ? await smtp.data(message) : await this.#bdat(smtp, message)
      if (reply.code === 250) this.#ledger.acknowledge(id)
      else count(this.refusals, String(reply.code))
    }
  }

  async #bdat(smtp: SmtpClient, message: Buffer) {
    const half = Math.floor(message.length / 2)
    const first = await smtp.bdat(message.subarray(0, half), false)
    return first.code === 250 ? smtp.bdat(message.subarray(half), true) : first
  }

  async #appendUntilCutOff(): Promise<void> {
    const account = this.#random.pick(ACCOUNTS)
    await using imap = await ImapClient.login(this.#server.ports.imaps, account, PASSWORD)
    while (!this.#stopping) {
      const { id, message } = this.compose([account], this.#bodyOctets(), false)
      const result = await imap.command('APPEND INBOX (\\Seen)', message)
      if (result.status === 'OK') this.#ledger.acknowledge(id)
      else
        count(this.refusals, `APPEND ${result.status} ${/^\[\S+\]/.exec(result.text)?.[0] ?? ''}`)
    }
  }

  #recipients(): { to: readonly string[]; accounts: readonly string[] } {
    const choice = this.#random.next()
    if (choice < 0.1) return { to: [EVERYONE], accounts: ACCOUNTS }
    if (choice < 0.3) return { to: ACCOUNTS, accounts: ACCOUNTS }
    const account = this.#random.pick(ACCOUNTS)
    return { to: [account], accounts: [account] }
  }

  /** Most messages are small; some are large enough for a file of their own. */
  #bodyOctets(): number {
    const choice = this.#random.next()
    if (choice < 0.75) return this.#random.between(200, 8000)
    if (choice < 0.9) return this.#random.between(8000, 60_000)
    return this.#random.between(60_000, 400_000)
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}
