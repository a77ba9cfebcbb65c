/** The same IMAP commands on the same 10,000 messages, ours and Dovecot's, in turn. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { ImapClient } from '../test/support/imap-client.ts'
import { hasGreeting, startWaybill } from '../test/support/waybill.ts'
import { makeCorpus } from './corpus.ts'
import { DOVECOT, HOW_TO_INSTALL, PEER_RECIPIENT, POSTFIX } from './peers.ts'
import { type Benchmark, columns, figure } from './report.ts'

const MESSAGES = 10_000
const ROUNDS = 3
const LOADERS = 8
const PASSWORD = 'bench password'

/** A command, and what puts things back before the next round. */
const COMMANDS: readonly { readonly text: string; readonly undo?: string }[] = [
  { text: 'SELECT INBOX' },
  { text: 'FETCH 1:* (FLAGS UID)' },
  { text: 'FETCH 1:* (UID ENVELOPE)' },
  { text: 'FETCH 1:* (UID BODYSTRUCTURE)' },
  { text: 'FETCH 1:* (UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)])' },
  { text: 'FETCH 1:* BODY.PEEK[]' },
  { text: 'UID FETCH 5000 BODY.PEEK[]' },
  { text: 'SEARCH UNSEEN' },
  { text: 'SEARCH FROM "x.test"' },
  { text: 'SEARCH TEXT "nothere"' },
  { text: 'SEARCH BODY "XXXX"' },
  { text: 'STORE 1:* +FLAGS.SILENT (\\Seen)', undo: 'STORE 1:* -FLAGS.SILENT (\\Seen)' },
  { text: 'STATUS INBOX (MESSAGES UNSEEN)' },
]

interface Server {
  readonly name: string
  readonly port: number
  readonly user: string
  readonly password: string
}

interface Timed {
  readonly firstMs: number
  readonly bestMs: number
  readonly octets: number
}

export const imapCommands: Benchmark = {
  name: 'imap-commands',
  about: `IMAP commands on ${MESSAGES} messages, beside Dovecot`,
  async run(note) {
    await using waybill = await startWaybill({
      accounts: { [PEER_RECIPIENT]: PASSWORD },
      plainImap: true,
      settings: { limits: { imap: { max_commands_per_minute: 1_000_000 } } },
    })
    const ours: Server = {
      name: 'Waybill',
      port: waybill.ports.imapPlain,
      user: PEER_RECIPIENT,
      password: PASSWORD,
    }
    const servers = [ours]
    if (await hasGreeting(DOVECOT.port)) {
      POSTFIX.clear()
      POSTFIX.fill(makeCorpus(MESSAGES))
      servers.push({ name: 'Dovecot', ...DOVECOT })
    } else note(HOW_TO_INSTALL)
    const began = performance.now()
    await appendCorpus(ours)
    note(`${MESSAGES} messages appended in ${figure((performance.now() - began) / 1000)} s`)
    const clients = new Map<string, TimingClient>()
    for (const server of servers) clients.set(server.name, await TimingClient.login(server))
    const results = []
    for (const { text, undo } of COMMANDS) {
      const timed = await timeCommand(clients, text, undo)
      const own = timed.get('Waybill')
      const other = timed.get('Dovecot')
      if (!own) throw new Error('nothing was measured')
      results.push({ text, own, other })
      note(
        `${text}: ${figure(own.bestMs)} ms${other ? `, Dovecot ${figure(other.bestMs)} ms` : ''}`,
      )
    }
    for (const client of clients.values()) client.close()
    const slower = results.filter(({ own, other }) => other && own.bestMs > other.bestMs)
    return [
      {
        headline:
          servers.length === 1
            ? 'imap-commands: Dovecot is not running, so there is no ratio'
            : `imap-commands: Waybill is at least as fast as Dovecot in ${results.length - slower.length} of ${results.length} commands`,
        figures: columns([
          ['', '× as fast', 'Waybill best', '(first)', 'Dovecot best', '(first)'],
          ...results.map(({ text, own, other }) => [
            text.length > 60 ? `${text.slice(0, 57)}…` : text,
            other ? figure(other.bestMs / own.bestMs) : '–',
            `${figure(own.bestMs)} ms`,
            `(${figure(own.firstMs)})`,
            other ? `${figure(other.bestMs)} ms` : '–',
            other ? `(${figure(other.firstMs)})` : '–',
          ]),
        ]),
      },
    ]
  },
}

async function appendCorpus(server: Server): Promise<void> {
  const corpus = makeCorpus(MESSAGES)
  const load = async () => {
    await using imap = await ImapClient.open(server.port)
    await imap.ok(`LOGIN ${server.user} "${server.password}"`)
    for (const message of corpus) await imap.ok('APPEND INBOX', message)
  }
  await Promise.all(Array.from({ length: LOADERS }, load))
}

async function timeCommand(
  clients: ReadonlyMap<string, TimingClient>,
  text: string,
  undo: string | undefined,
): Promise<Map<string, Timed>> {
  const timed = new Map<string, Timed>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, client] of clients) {
      const began = performance.now()
      const octets = await client.command(text)
      const tookMs = performance.now() - began
      const before = timed.get(name)
      timed.set(name, {
        firstMs: before?.firstMs ?? tookMs,
        bestMs: Math.min(before?.bestMs ?? tookMs, tookMs),
        octets,
      })
      if (undo !== undefined) await client.command(undo)
    }
  }
  return timed
}

/** A tagged OK may carry all capabilities. */
const LAST_LINE_OCTETS = 2000

/** Reads an answer without looking at it: only its end matters, and how many octets it has. */
class TimingClient {
  readonly #socket: Socket
  #tag = 0

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  static async login(server: Server): Promise<TimingClient> {
    const socket = connect({ host: '127.0.0.1', port: server.port, noDelay: true })
    await once(socket, 'data')
    const client = new TimingClient(socket)
    await client.command(`LOGIN ${server.user} "${server.password}"`)
    return client
  }

  /** @returns octets received */
  async command(text: string): Promise<number> {
    const tag = `bench${++this.#tag}`
    const end = new RegExp(`(?:^|\\r\\n)${tag} (OK|NO|BAD)[^\\r\\n]*\\r\\n$`)
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    let octets = 0
    let tail = ''
    const read = (chunk: Buffer) => {
      octets += chunk.length
      const last = chunk.toString('latin1', Math.max(0, chunk.length - LAST_LINE_OCTETS))
      tail = (tail + last).slice(-LAST_LINE_OCTETS)
      const match = end.exec(tail)
      if (match?.[1] === 'OK') resolve(octets)
      else if (match) reject(new Error(`${text}: ${match[0].trim()}`))
    }
    this.#socket.on('data', read)
    this.#socket.write(`${tag} ${text}\r\n`)
    try {
      return await promise
    } finally {
      this.#socket.off('data', read)
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}
