/**
 * F29: several sessions change the same mailboxes at once, at random. At checkpoints all of them,
 * and one that comes new, must agree on sequence numbers, UIDs, flags and modseqs.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { ImapClient } from '../support/imap-client.ts'
import type { Waybill } from '../support/waybill.ts'
import { fetchedOf, type Known, MailboxView } from './imap-view.ts'
import { ACCOUNTS, PASSWORD } from './load.ts'
import { SeededRandom } from './random.ts'
import { checkStore } from './server.ts'

export interface SessionsOptions {
  readonly sessions: number
  readonly rounds: number
  readonly roundMs: number
  readonly seed: number
}

export interface SessionsReport {
  readonly commands: number
  readonly messages: number
  /** What did not agree; empty is good. */
  readonly problems: readonly string[]
}

const MAILBOXES = ['INBOX', 'Archive']
const FLAGS = ['\\Seen', '\\Flagged', '\\Answered', '\\Deleted', 'Work', 'Home']
const [USER = ''] = ACCOUNTS

export async function runSessions(
  server: Waybill,
  { sessions, rounds, roundMs, seed }: SessionsOptions,
): Promise<SessionsReport> {
  const born = new Births()
  await using stack = new AsyncDisposableStack()
  const all: RandomSession[] = []
  for (let n = 0; n < sessions; n++) {
    const mailbox = MAILBOXES[n % MAILBOXES.length] ?? 'INBOX'
    const random = new SeededRandom(seed * 1000 + n)
    all.push(stack.use(await RandomSession.open(server, { mailbox, random, born, name: `s${n}` })))
  }
  const problems: string[] = []
  for (let round = 0; round < rounds && problems.length === 0; round++) {
    const endMs = performance.now() + roundMs
    await Promise.all(all.map((session) => session.runUntil(endMs)))
    for (const mailbox of MAILBOXES) {
      const here = all.filter((session) => session.mailbox === mailbox)
      problems.push(...(await agree(server, mailbox, here, born)))
    }
    const broken = await checkStore(server)
    if (broken !== null) problems.push(broken)
  }
  const commands = all.reduce((sum, session) => sum + session.commands, 0)
  return { commands, messages: born.count, problems: [...problems, ...born.problems] }
}

/** Lists the mailbox anew and compares everybody's view with it. */
async function agree(
  server: Waybill,
  mailbox: string,
  sessions: readonly RandomSession[],
  born: Births,
): Promise<string[]> {
  await using fresh = await ImapClient.login(server.ports.imaps, USER, PASSWORD)
  await fresh.ok(`EXAMINE ${mailbox}`)
  const { untagged } = await fresh.ok('FETCH 1:* (UID FLAGS MODSEQ)')
  const listed = untagged
    .filter(({ text }) => / FETCH /.test(text))
    .map(({ text }): Known => ({ uid: null, flags: '', modSeq: 0, ...fetchedOf(text) }))
  const problems: string[] = []
  for (const session of sessions) problems.push(...(await session.compare(listed)))
  const highest = Math.max(0, ...listed.map(({ modSeq }) => modSeq))
  const uids = listed.map(({ uid }) => uid ?? 0)
  if ((await fresh.status(mailbox, 'HIGHESTMODSEQ')) < highest)
    problems.push(`${mailbox}: HIGHESTMODSEQ is below a message's`)
  if ((await fresh.status(mailbox, 'UIDNEXT')) <= Math.max(0, ...uids))
    problems.push(`${mailbox}: UIDNEXT is not above every UID`)
  const gone = new Set(sessions.flatMap(({ gone }) => gone))
  problems.push(...born.lost(mailbox, new Set(uids), gone))
  return problems
}

/** Every UID that APPENDUID or COPYUID promised. */
class Births {
  readonly problems: string[] = []
  readonly #uids = new Map<string, Set<number>>(MAILBOXES.map((name) => [name, new Set()]))
  readonly #moved = new Map<string, Set<number>>(MAILBOXES.map((name) => [name, new Set()]))

  get count(): number {
    return [...this.#uids.values()].reduce((sum, uids) => sum + uids.size, 0)
  }

  add(mailbox: string, uids: readonly number[]): void {
    const known = this.#uids.get(mailbox)
    for (const uid of uids) {
      if (known?.has(uid)) this.problems.push(`${mailbox}: UID ${uid} was given twice`)
      known?.add(uid)
    }
  }

  moved(mailbox: string, uids: readonly number[]): void {
    const known = this.#moved.get(mailbox)
    for (const uid of uids) {
      if (known?.has(uid)) this.problems.push(`${mailbox}: UID ${uid} was moved away twice`)
      known?.add(uid)
    }
  }

  lost(mailbox: string, there: ReadonlySet<number>, gone: ReadonlySet<number>): string[] {
    const moved = this.#moved.get(mailbox) ?? new Set()
    const problems: string[] = []
    for (const uid of this.#uids.get(mailbox) ?? []) {
      const left = gone.has(uid) || moved.has(uid)
      if (!left && !there.has(uid)) problems.push(`${mailbox}: UID ${uid} is lost`)
      if (left && there.has(uid)) problems.push(`${mailbox}: UID ${uid} is there and was removed`)
    }
    return problems
  }
}

interface SessionOptions {
  readonly mailbox: string
  readonly random: SeededRandom
  readonly born: Births
  readonly name: string
}

/** One client with one mailbox selected, that does what its random numbers say. */
class RandomSession implements AsyncDisposable {
  readonly mailbox: string
  commands = 0
  readonly #client: ImapClient
  readonly #options: SessionOptions
  readonly #view: MailboxView

  private constructor(client: ImapClient, options: SessionOptions) {
    this.mailbox = options.mailbox
    this.#client = client
    this.#options = options
    this.#view = new MailboxView(`${options.name} (${options.mailbox})`)
  }

  static async open(server: Waybill, options: SessionOptions): Promise<RandomSession> {
    const client = await ImapClient.login(server.ports.imaps, USER, PASSWORD)
    const session = new RandomSession(client, options)
    await session.#ask(`SELECT ${options.mailbox} (CONDSTORE)`)
    return session
  }

  get gone(): readonly number[] {
    return this.#view.gone
  }

  async runUntil(endMs: number): Promise<void> {
    while (performance.now() < endMs && this.#view.problems.length === 0) await this.#anything()
  }

  /** After NOOP this session knows all: is it what a new session is told? */
  async compare(listed: readonly Known[]): Promise<readonly string[]> {
    await this.#ask('NOOP')
    const { messages, problems } = this.#view
    if (messages.length !== listed.length)
      problems.push(`${this.#options.name}: ${messages.length} messages, ${listed.length} listed`)
    else for (const [at, message] of listed.entries()) this.#view.confirm(at + 1, message)
    await this.#ask('FETCH 1:* (UID FLAGS MODSEQ)')
    return problems
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
  }

  async #anything(): Promise<void> {
    const { random } = this.#options
    const { messages } = this.#view
    if (messages.length < 5 || random.next() < 0.15) return this.#append()
    const seqs = this.#someSeqs()
    const set = seqs.join(',')
    const uids = seqs.map((seq) => messages[seq - 1]?.uid).filter((uid) => uid !== null)
    switch (random.between(0, 7)) {
      case 0:
        await this.#ask(`FETCH ${set} (UID FLAGS)`)
        break
      case 1:
        await this.#ask(`STORE ${set} ${random.pick(['+', '-', ''])}FLAGS (${this.#someFlags()})`)
        break
      case 2:
        this.#view.forgetFlags(seqs)
        await this.#ask(`STORE ${set} +FLAGS.SILENT (${this.#someFlags()})`)
        this.#view.forgetFlags(seqs)
        break
      case 3:
        if (uids.length > 0) await this.#ask(`UID EXPUNGE ${uids.join(',')}`)
        break
      case 4:
        await this.#transfer(random.pick(['COPY', 'UID MOVE']), set, uids.join(','))
        break
      case 5:
        await this.#idle(random.between(0, 30))
        break
      case 6:
        await this.#ask('FETCH 1:* (UID FLAGS MODSEQ)')
        break
      default:
        await this.#ask('NOOP')
    }
  }

  async #append(): Promise<void> {
    const { random, born } = this.#options
    const mailbox = random.pick(MAILBOXES)
    const message = Buffer.from(`Subject: ${random.next()}\r\n\r\n${'x'.repeat(200)}\r\n`)
    const text = await this.#ask(`APPEND ${mailbox} (${this.#someFlags()})`, message)
    born.add(mailbox, [Number(/APPENDUID \d+ (\d+)/.exec(text)?.[1])])
  }

  async #transfer(command: string, seqs: string, uids: string): Promise<void> {
    const { random, born } = this.#options
    const target = random.pick(MAILBOXES)
    const set = command === 'COPY' ? seqs : uids
    if (set === '') return
    const text = await this.#ask(`${command} ${set} ${target}`)
    const copied = /COPYUID \d+ (\S+) ([\d:,]+)/.exec(text)
    if (copied === null) return
    born.add(target, numbersOf(copied[2] ?? ''))
    if (command !== 'COPY') born.moved(this.mailbox, numbersOf(copied[1] ?? ''))
  }

  async #idle(ms: number): Promise<void> {
    this.commands++
    await this.#client.idle()
    await sleep(ms)
    this.#view.take(await this.#client.done(), true)
  }

  /** @returns the status text, and the untagged OK that MOVE answers with */
  async #ask(...parts: readonly (string | Uint8Array)[]): Promise<string> {
    this.commands++
    const command = String(parts[0])
    const { status, text, untagged } = await this.#client.command(...parts)
    // NO: another session was faster. BAD: the two disagree about what is there.
    if (status === 'BAD') this.#view.problems.push(`${this.#options.name}: ${command}: BAD ${text}`)
    this.#view.take(untagged, !/^(FETCH|STORE|SEARCH)/.test(command))
    return [...untagged.map((response) => response.text), text].join('\n')
  }

  /** A few different messages, ascending. */
  #someSeqs(): number[] {
    const { random } = this.#options
    const last = this.#view.messages.length
    const seqs = Array.from({ length: random.between(1, 4) }, () => random.between(1, last))
    return [...new Set(seqs)].sort((a, b) => a - b)
  }

  #someFlags(): string {
    const { random } = this.#options
    return FLAGS.filter(() => random.next() < 0.3).join(' ')
  }
}

/** `1:3,7` as numbers. */
function numbersOf(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split(':').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}
