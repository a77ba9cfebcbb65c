/**
 * F01 of receiving, with real servers on the other side: Postfix and Exim send us mail while we are
 * killed at random moments. They have taken responsibility for it, and try again until we say 250.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { domainAtPort, EXIM, HOW_TO_INSTALL, type MailPeer, POSTFIX } from '../../bench/peers.ts'
import { hasGreeting, startWaybill, type Waybill } from '../support/waybill.ts'
import { ImapClient } from '../support/imap-client.ts'
import { bodyOf, makeMessage, messageIdOf, sha256 } from '../support/message.ts'
import { run } from '../support/programs.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { Ledger } from './ledger.ts'
import { SeededRandom } from './random.ts'
import { until } from './sending.ts'
import { checkStore } from './server.ts'

export interface ReceivingOptions {
  /** Messages that the two of them take from us, together. */
  readonly messages: number
  /** Times that our server is killed; 0: nothing goes wrong, and nothing may come twice. */
  readonly kills: number
  readonly seed: number
  readonly progress?: (line: string) => void
}

export interface ReceivingReport {
  readonly acknowledged: number
  readonly arrived: number
  readonly kills: number
  /** Copies beyond the first: their 250 was cut off by a kill, so that they were sent again. */
  readonly copies: number
  readonly lost: readonly string[]
  readonly altered: readonly string[]
  /** Of `waybill check --deep`; null when the store is well. */
  readonly broken: string | null
}

/** A reason not to run, or false. */
export async function missingPeers(): Promise<string | false> {
  const running = (await hasGreeting(POSTFIX.port)) && (await hasGreeting(EXIM.port))
  return running ? false : HOW_TO_INSTALL
}

export async function receivingCampaign(options: ReceivingOptions): Promise<ReceivingReport> {
  const { messages, kills, progress } = options
  const random = new SeededRandom(options.seed)
  await using server = await startWaybill({
    settings: { log: { max_size: '1 GiB', daily: false } },
  })
  const domain = domainAtPort(server.ports.smtp)
  const account = `${ACCOUNT}@${domain}`
  await server.cliOk(['domain', 'add', domain])
  await server.addAccount(account, PASSWORD)
  using ledger = new Ledger(join(server.folder, 'ledger'))
  const mailbox = new Mailbox(server, ledger, account)
  const stopped = new AbortController()
  const feeding = { messages, account, ledger, signal: stopped.signal }
  const feeders = [POSTFIX, EXIM, POSTFIX, EXIM].map((peer) => feed(peer, feeding))
  const flushes = new Flushes()
  try {
    for (let kill = 1; kill <= kills; kill++) {
      const goal = (kill * messages * MOSTLY) / kills
      await until(() => ledger.acknowledged.size >= goal, 'mail is taken by the peers')
      await sleep(random.between(5, 400))
      await server.kill()
      await server.start()
      flushes.begin()
      progress?.(`kill ${kill}/${kills}: ${ledger.acknowledged.size} taken by the peers`)
    }
    await until(() => ledger.acknowledged.size >= messages, 'every message is taken')
    await mailbox.untilAll(kills > 0 ? () => flushes.begin() : () => {})
  } finally {
    stopped.abort()
    await Promise.all(feeders)
    await flushes.ended()
  }
  // What the peers send again after a cut 250 comes late.
  if (kills > 0) await mailbox.untilQuiet()
  return {
    ...{ acknowledged: ledger.acknowledged.size, arrived: mailbox.count, kills },
    ...{ copies: mailbox.copies, lost: mailbox.missing(), altered: mailbox.altered },
    broken: await checkStore(server),
  }
}

interface Feeding {
  readonly messages: number
  readonly account: string
  readonly ledger: Ledger
  readonly signal: AbortSignal
}

let counter = 0

/** Hands messages to a peer until there are enough. */
async function feed(peer: MailPeer, { messages, account, ledger, signal }: Feeding) {
  const isDone = () => signal.aborted || ledger.sent.size >= messages
  while (!isDone()) {
    await using smtp = await SmtpClient.open(peer.port)
    for (let number = 0; number < PER_CONNECTION && !isDone(); number++) {
      const id = `${++counter}.${process.pid}@chaos.test`
      const bodyOctets = counter % 10 === 0 ? 90_000 : 900
      const message = makeMessage({ id, from: SENDER, to: account, bodyOctets })
      const bodyHash = sha256(bodyOf(message))
      ledger.attempt({ id, accounts: [account], bodyHash, octets: message.length, logged: true })
      const { code, text } = await smtp.send({ from: SENDER, to: [account] }, message)
      if (code !== 250) throw new Error(`${peer.name}: ${code} ${text}`)
      ledger.acknowledge(id)
    }
  }
}

/** Has the peers try again what waits, for by themselves they wait minutes. */
class Flushes {
  readonly #running = new Map<string, Promise<unknown>>()

  begin(): void {
    this.#start('postfix', ['postqueue', '-f'])
    this.#start('exim', ['exim4', '-qff'])
  }

  async ended(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  #start(root: string, command: readonly string[]): void {
    if (this.#running.has(root)) return
    const ran = run(PEERS, ['run', root, ...command], { timeoutMs: PATIENCE_MS })
    const ended = ran.catch(() => undefined).finally(() => this.#running.delete(root))
    this.#running.set(root, ended)
  }
}

/** What arrived. */
class Mailbox {
  readonly altered: string[] = []
  readonly #server: Waybill
  readonly #ledger: Ledger
  readonly #account: string
  /** Message-ID → copies. */
  readonly #seen = new Map<string, number>()
  #lastUid = 0

  constructor(server: Waybill, ledger: Ledger, account: string) {
    this.#server = server
    this.#ledger = ledger
    this.#account = account
  }

  get count(): number {
    return this.#seen.size
  }

  get copies(): number {
    return [...this.#seen.values()].reduce((sum, times) => sum + times - 1, 0)
  }

  missing(): string[] {
    return [...this.#ledger.acknowledged].filter((id) => !this.#seen.has(id))
  }

  /** As long as some still come: those that do not are reported as lost. */
  async untilAll(tryAgain: () => void): Promise<void> {
    let lastChange = Date.now()
    while (Date.now() - lastChange < PATIENCE_MS) {
      tryAgain()
      if ((await this.#read()) > 0) lastChange = Date.now()
      if (this.missing().length === 0) return
      await sleep(1000)
    }
  }

  async untilQuiet(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      await sleep(1000)
      if ((await this.#read()) > 0) quiet = 0
    }
  }

  /** @returns how many came since the last time */
  async #read(): Promise<number> {
    await using imap = await ImapClient.login(this.#server.ports.imaps, this.#account, PASSWORD)
    const { untagged } = await imap.ok('EXAMINE INBOX')
    const words = untagged.map(({ text }) => text).join('\n')
    const uidNext = Number(/\[UIDNEXT (\d+)\]/.exec(words)?.[1])
    let came = 0
    for (let from = this.#lastUid + 1; from < uidNext; from += PAGE) {
      const to = Math.min(from + PAGE, uidNext) - 1
      const answer = await imap.ok(`UID FETCH ${from}:${to} (UID BODY.PEEK[])`)
      for (const { literals } of answer.untagged)
        if (literals[0] !== undefined) {
          this.#note(literals[0])
          came++
        }
      this.#lastUid = to
    }
    return came
  }

  #note(octets: Buffer): void {
    const id = messageIdOf(octets) ?? ''
    const sent = this.#ledger.sent.get(id)
    if (sent === undefined) {
      this.altered.push(`a message nobody sent: ${id}`)
      return
    }
    this.#seen.set(id, (this.#seen.get(id) ?? 0) + 1)
    if (sha256(bodyOf(octets)) !== sent.bodyHash) this.altered.push(id)
  }
}

const PEERS = new URL('../../bench/peers.sh', import.meta.url).pathname
const ACCOUNT = 'ann'
const PASSWORD = 'chaos and order'
const SENDER = 'sender@client.test'
const PER_CONNECTION = 50
const PAGE = 500
const MOSTLY = 0.95
const PATIENCE_MS = 120_000
