/**
 * F01 of sending: mail is submitted to others while our server is killed and theirs goes down, both
 * at random moments. What was acknowledged must arrive; twice only where nobody could know.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { MailSink, type Misbehaviour } from '../support/mail-sink.ts'
import { bodyOf, makeMessage, sha256 } from '../support/message.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'
import { Ledger } from './ledger.ts'
import { SeededRandom } from './random.ts'
import { checkStore } from './server.ts'
import { LogReader } from './verify.ts'

export interface SendingOptions {
  /** Messages to be acknowledged. */
  readonly messages: number
  /** Times that our server is killed. */
  readonly kills: number
  readonly seed: number
  readonly progress?: (line: string) => void
}

export interface SendingReport {
  readonly acknowledged: number
  /** Messages that the other server has. */
  readonly arrived: number
  readonly kills: number
  /** Times that the other server went down. */
  readonly outages: number
  /** Sent again, where the 250 was under way when a connection broke: nobody can avoid that. */
  readonly doubtful: number
  /** What must not be: empty. */
  readonly lost: readonly string[]
  /** Sent again though our server had said more after the 250: empty. */
  readonly duplicated: readonly string[]
  readonly log: readonly string[]
  /** Of `waybill check --deep`; null when the store is well. */
  readonly broken: string | null
}

export async function sendingCampaign(options: SendingOptions): Promise<SendingReport> {
  const random = new SeededRandom(options.seed)
  await using sink = await MailSink.open()
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
  const relay = ['--host', `127.0.0.1:${sink.port}`, '--tls', 'none', '--all']
  await server.cliOk(['relay', 'add', 'sink', ...relay])
  using ledger = new Ledger(join(server.folder, 'ledger'))
  const log = new LogReader(server, ledger)
  sink.misbehave = () => misbehaviour(random)

  const stopped = new AbortController()
  const senders = Array.from({ length: SENDERS }, () =>
    submit(server, ledger, {
      messages: options.messages,
      signal: stopped.signal,
      recipient: (number) => `user${number}@sink.test`,
    }),
  )
  const faults = new Faults(server, sink, random)
  try {
    await faults.happen(options, () => ledger.acknowledged.size)
    await untilArrived(sink, ledger, options)
  } finally {
    stopped.abort()
    await Promise.all(senders)
  }
  // From here on nothing goes wrong any more: what still waits must go.
  sink.misbehave = () => null
  const found = await log.read()
  const broken = await checkStore(server)
  return {
    ...{ kills: faults.kills, outages: faults.outages, broken, log: found.log },
    ...{ acknowledged: ledger.acknowledged.size, arrived: sink.count },
    lost: [...ledger.acknowledged].filter((id) => !sink.taken.has(id)),
    ...repeated(sink),
  }
}

/** Our server is killed, and theirs goes down, while mail comes in and goes out. */
class Faults {
  kills = 0
  outages = 0
  readonly #server: Waybill
  readonly #sink: MailSink
  readonly #random: SeededRandom

  constructor(server: Waybill, sink: MailSink, random: SeededRandom) {
    this.#server = server
    this.#sink = sink
    this.#random = random
  }

  /** Spreads the kills over the time that the messages take. */
  async happen({ messages, kills, progress }: SendingOptions, acknowledged: () => number) {
    while (this.kills < kills) {
      const goal = Math.min(messages, ((this.kills + 1) * messages) / kills) * MOSTLY
      await until(() => acknowledged() >= goal, 'mail is taken')
      await sleep(this.#random.between(5, 400))
      if (this.#random.next() < 0.3) await this.#outage()
      await this.#server.kill()
      this.kills++
      await this.#server.start()
      progress?.(
        `kill ${this.kills}/${kills}: ${acknowledged()} taken, ${this.#sink.count} arrived`,
      )
    }
  }

  async #outage(): Promise<void> {
    this.outages++
    await this.#sink.down()
    await sleep(this.#random.between(5, 1200))
    await this.#sink.up()
    await sleep(this.#random.between(5, 1500))
  }
}

interface Submission {
  /** Of the message of this number. */
  readonly recipient: (number: number) => string
  /** Of all senders together. */
  readonly messages: number
  readonly signal: AbortSignal
}

/** Submits until so many are acknowledged; what a crash cut off is not tried again. */
export async function submit(
  server: Waybill,
  ledger: Ledger,
  submission: Submission,
): Promise<void> {
  const { messages, signal, recipient } = submission
  const isDone = () => signal.aborted || ledger.acknowledged.size >= messages
  while (!isDone()) {
    try {
      await using smtp = await server.submission(ACCOUNT)
      while (!isDone()) {
        const { id, to, message } = compose(ledger, recipient)
        const reply = await smtp.send({ from: ACCOUNT, to: [to] }, message)
        if (reply.code !== 250) throw new Error(`${reply.code} ${reply.text}`)
        ledger.acknowledge(id)
      }
    } catch {
      await sleep(20) // It was killed.
    }
  }
}

let counter = 0

function compose(ledger: Ledger, recipient: Submission['recipient']) {
  const number = ++counter
  const id = `${number}.${process.pid}@chaos.test`
  const to = recipient(number)
  const message = makeMessage({
    id,
    from: ACCOUNT,
    to,
    bodyOctets: number % 10 === 0 ? 90_000 : 900,
  })
  const bodyHash = sha256(bodyOf(message))
  ledger.attempt({ id, accounts: [to], bodyHash, octets: message.length, logged: true })
  return { id, to, message }
}

/** Few, for each makes the other messages of its destination wait, too. */
function misbehaviour(random: SeededRandom): Misbehaviour | null {
  const chance = random.next()
  if (chance < 0.002) return 'close before 250'
  if (chance < 0.004) return 'close after 250'
  return chance < 0.006 ? 'defer' : null
}

async function untilArrived(sink: MailSink, ledger: Ledger, { messages }: SendingOptions) {
  await until(() => ledger.acknowledged.size >= messages, 'every message is taken')
  const left = new Set(ledger.acknowledged)
  await until(() => {
    for (const id of left) if (sink.taken.has(id)) left.delete(id)
    return left.size === 0
  }, 'every message arrives').catch(() => undefined) // Those that do not are reported as lost.
}

/** Waits as long as things go on: an end is seen when the condition holds, or after a long standstill. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`not in ${PATIENCE_MS / 1000} s: ${what}`)
    await sleep(10)
  }
}

function repeated(sink: MailSink): Pick<SendingReport, 'doubtful' | 'duplicated'> {
  const duplicated: string[] = []
  let doubtful = 0
  for (const [id, times] of sink.taken) {
    // What came last is the one that counted: whatever came before must have been in doubt.
    if (times.slice(0, -1).some(({ isInDoubt }) => !isInDoubt)) duplicated.push(id)
    else doubtful += times.length - 1
  }
  return { doubtful, duplicated }
}

export const ACCOUNT = 'ann@chaos.test'
export const SENDERS = 3
const PATIENCE_MS = 120_000
const MOSTLY = 0.95
