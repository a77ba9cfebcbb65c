/**
 * F01 of sending, with a real server on the other side: mail goes to Postfix by TLS and AUTH while
 * ours is killed and Postfix is aborted, both at random moments.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { HOW_TO_INSTALL, PEER_RECIPIENT, POSTFIX, SUBMISSION } from '../../bench/peers.ts'
import { messageIdOf } from '../support/message.ts'
import { run } from '../support/programs.ts'
import { hasGreeting, startWaybill, type Waybill } from '../support/waybill.ts'
import { Ledger } from './ledger.ts'
import { SeededRandom } from './random.ts'
import { ACCOUNT, SENDERS, type SendingOptions, submit, until } from './sending.ts'
import { checkStore } from './server.ts'
import { LogReader } from './verify.ts'

export interface PeerReport {
  readonly acknowledged: number
  /** Messages that Postfix delivered at least once. */
  readonly arrived: number
  readonly kills: number
  /** Times that Postfix was aborted. */
  readonly aborts: number
  /** Copies beyond the first: of ours, and of Postfix' own deliveries that were cut short. */
  readonly copies: number
  readonly lost: readonly string[]
  readonly log: readonly string[]
  readonly broken: string | null
}

/** A reason not to run, or false. */
export async function missingPostfix(): Promise<string | false> {
  return (await hasGreeting(SUBMISSION.port)) ? false : HOW_TO_INSTALL
}

export async function peerCampaign(options: SendingOptions): Promise<PeerReport> {
  const random = new SeededRandom(options.seed)
  await using server = await startWaybill({
    accounts: { [ACCOUNT]: 'chaos and order' },
    settings: {
      log: { max_size: '1 GiB', daily: false },
      outgoing: { retry: ['1 s'] },
      limits: {
        smtp: {
          max_outbound_per_user_per_day: 0,
          max_first_time_recipients_per_user_per_day: 0,
        },
      },
    },
  })
  await addRelay(server)
  using ledger = new Ledger(join(server.folder, 'ledger'))
  const log = new LogReader(server, ledger)
  const stopped = new AbortController()
  const { messages } = options
  const submission = { messages, signal: stopped.signal, recipient: () => PEER_RECIPIENT }
  const senders = Array.from({ length: SENDERS }, () => submit(server, ledger, submission))
  let aborts = 0
  const delivered = new Delivered(ledger)
  try {
    for (let kill = 1; kill <= options.kills; kill++) {
      const goal = (kill * messages * 0.95) / options.kills
      await until(() => ledger.acknowledged.size >= goal, 'mail is taken')
      await sleep(random.between(5, 400))
      if (random.next() < 0.25) aborts += await abortPostfix(random)
      await server.kill()
      await server.start()
      const counts = `${ledger.acknowledged.size} taken, ${delivered.read()} arrived`
      options.progress?.(`kill ${kill}/${options.kills}: ${counts}`)
    }
    await until(() => ledger.acknowledged.size >= messages, 'every message is taken')
    await delivered.untilAll()
  } finally {
    stopped.abort()
    await Promise.all(senders)
  }
  const found = await log.read()
  const broken = await checkStore(server)
  const arrived = delivered.read()
  return {
    ...{ acknowledged: ledger.acknowledged.size, arrived, kills: options.kills, aborts, broken },
    copies: delivered.copies,
    lost: delivered.missing(),
    log: found.log,
  }
}

async function addRelay(server: Waybill): Promise<void> {
  await server.cliOk(
    [
      ...['relay', 'add', 'postfix', '--host', `127.0.0.1:${SUBMISSION.port}`, '--all'],
      ...['--tls', 'starttls', '--no-check', '--user', SUBMISSION.user, '--password-stdin'],
    ],
    { input: `${SUBMISSION.password}\n` },
  )
}

/** `postfix abort` ends every process of it at once. @returns 1 */
async function abortPostfix(random: SeededRandom): Promise<number> {
  const peers = new URL('../../bench/peers.sh', import.meta.url).pathname
  await run(peers, ['run', 'postfix', 'postfix', 'abort'])
  await sleep(random.between(5, 500))
  await run(peers, ['run', 'postfix', 'postfix', 'start'])
  await sleep(random.between(5, 1500))
  return 1
}

/** What Postfix delivered. */
class Delivered {
  readonly #ledger: Ledger
  readonly #sinceMs = Date.now() - 1000
  /** Message-ID → copies. */
  readonly #seen = new Map<string, number>()

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** Beyond the first of each. */
  get copies(): number {
    return [...this.#seen.values()].reduce((sum, times) => sum + times - 1, 0)
  }

  missing(): string[] {
    return [...this.#ledger.acknowledged].filter((id) => !this.#seen.has(id))
  }

  /** Takes what is new from the Maildir. @returns how many messages came so far */
  read(): number {
    for (const { path, text } of POSTFIX.deliveredSince(this.#sinceMs)) {
      const id = messageIdOf(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'))
      if (id === null || !this.#ledger.sent.has(id)) continue
      this.#seen.set(id, (this.#seen.get(id) ?? 0) + 1)
      rmSync(path)
    }
    return this.#seen.size
  }

  /** As long as some still come: those that do not are reported as lost. */
  async untilAll(): Promise<void> {
    let lastChange = Date.now()
    let before = -1
    while (Date.now() - lastChange < STANDSTILL_MS) {
      const now = this.read()
      if (this.missing().length === 0) return
      if (now !== before) lastChange = Date.now()
      before = now
      await sleep(500)
    }
  }
}

const STANDSTILL_MS = 60_000
