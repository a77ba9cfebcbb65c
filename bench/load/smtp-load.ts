/**
 * The load: a process of its own that sends unique messages over a number of connections, one command
 * at a time as most clients do, and prints one line of JSON. It must be faster than any server it
 * measures: `npm run bench -- smtp-accept` prints what it reaches against a server that does nothing.
 */
import { connect, type Socket } from 'node:net'

export interface SmtpLoad {
  readonly port: number
  readonly messages: number
  readonly clients: number
  /** Size of each message with its header, octets. */
  readonly sizeOctets: number
  readonly from: string
  readonly recipients: readonly string[]
  /** Messages on one connection: 1 is a connection for each message. */
  readonly perConnection: number
}

export interface SmtpLoadResult {
  /** Milliseconds since the epoch, with fractions: the first connect and the last 250. */
  readonly startedMs: number
  readonly endedMs: number
  readonly accepted: number
  readonly failed: number
  /** The first thing that went wrong; null when all is well. */
  readonly failure: string | null
  /** From the final dot to its 250, milliseconds. */
  readonly replyMedianMs: number
  readonly reply99Ms: number
}

const NUMBER_DIGITS = 12
const NUMBER_MARK = '#'.repeat(NUMBER_DIGITS)
const run = `${Date.now().toString(36)}${process.pid}`

/** The commands of a transaction, in order; the message itself comes after DATA. */
function makeCommands(load: SmtpLoad): Buffer[] {
  return [
    `MAIL FROM:<${load.from}>\r\n`,
    ...load.recipients.map((address) => `RCPT TO:<${address}>\r\n`),
    'DATA\r\n',
  ].map((line) => Buffer.from(line))
}

function makeTemplate(load: SmtpLoad): Buffer {
  const header = [
    `From: <${load.from}>`,
    `To: <${load.recipients[0] ?? ''}>`,
    'Date: Fri, 20 Nov 2026 09:00:00 +0000',
    `Message-ID: <${NUMBER_MARK}.${run}@load.test>`,
    'Subject: a message of the load generator',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=us-ascii',
  ]
  const text = `${header.join('\r\n')}\r\n\r\n`
  const line = 'It was a bright cold day in April, and the clocks were striking on.\r\n'
  const body = line
    .repeat(Math.ceil(load.sizeOctets / line.length))
    .slice(0, load.sizeOctets - text.length - 2)
  return Buffer.from(`${text}${body}\r\n.\r\n`)
}

interface Shared {
  readonly load: SmtpLoad
  readonly commands: readonly Buffer[]
  readonly template: Buffer
  readonly markAt: number
  readonly latencies: Float64Array
  started: number
  accepted: number
  failed: number
  failure: string | null
  finished: () => void
}

/** One client: opens a connection, sends, opens the next. */
class Client {
  readonly #shared: Shared
  #socket: Socket | null = null
  /** -1 greeting, -2 EHLO, -3 QUIT, otherwise the index of the command that waits for its reply. */
  #step = -1
  #onConnection = 0
  #dotAt = 0

  constructor(shared: Shared) {
    this.#shared = shared
  }

  open(): void {
    if (this.#shared.started >= this.#shared.load.messages) return
    this.#step = -1
    this.#onConnection = 0
    const socket = connect({ host: '127.0.0.1', port: this.#shared.load.port, noDelay: true })
    this.#socket = socket
    let partial = ''
    socket.on('data', (chunk) => {
      const text = partial + chunk.toString('latin1')
      const lines = text.split('\n')
      partial = lines.pop() ?? ''
      for (const line of lines) if (line[3] !== '-') this.#replied(line)
    })
    socket.on('error', (error) => this.#broke(error.message))
    socket.on('close', () => {
      if (this.#step !== -3) this.#broke('the server closed the connection')
    })
  }

  #replied(line: string): void {
    const { commands, load } = this.#shared
    const first = line.charCodeAt(0)
    if (first !== 0x32 && first !== 0x33) return this.#broke(line)
    if (this.#step === -1) {
      this.#step = -2
      this.#socket?.write('EHLO load.test\r\n')
    } else if (this.#step === -2) this.#begin()
    else if (this.#step === -3) this.#socket?.end()
    else if (this.#step < commands.length - 1) this.#socket?.write(commands[++this.#step] ?? '')
    else if (this.#step === commands.length - 1) {
      this.#step++
      this.#sendMessage()
    } else this.#accepted(load)
  }

  #begin(): void {
    this.#shared.started++
    this.#onConnection++
    this.#step = 0
    this.#socket?.write(this.#shared.commands[0] ?? '')
  }

  #sendMessage(): void {
    const message = Buffer.from(this.#shared.template)
    message.latin1Write(
      String(this.#shared.started).padStart(NUMBER_DIGITS, '0'),
      this.#shared.markAt,
    )
    this.#dotAt = performance.now()
    this.#socket?.write(message)
  }

  #accepted(load: SmtpLoad): void {
    const { latencies } = this.#shared
    latencies[this.#shared.accepted++] = performance.now() - this.#dotAt
    if (this.#shared.accepted + this.#shared.failed === load.messages) this.#shared.finished()
    if (this.#onConnection < load.perConnection && this.#shared.started < load.messages) {
      this.#begin()
      return
    }
    this.#step = -3
    this.#socket?.write('QUIT\r\n')
    this.open()
  }

  /** A message that failed is counted, not sent again. */
  #broke(reason: string): void {
    const inTransaction = this.#step >= 0
    this.#step = -3
    this.#socket?.destroy()
    this.#shared.failure ??= reason
    if (!inTransaction) this.#shared.started++
    this.#shared.failed++
    if (this.#shared.accepted + this.#shared.failed >= this.#shared.load.messages) {
      this.#shared.finished()
    } else this.open()
  }
}

async function send(load: SmtpLoad): Promise<SmtpLoadResult> {
  const template = makeTemplate(load)
  const { promise, resolve } = Promise.withResolvers<void>()
  const shared: Shared = {
    load,
    commands: makeCommands(load),
    template,
    markAt: template.indexOf(NUMBER_MARK),
    latencies: new Float64Array(load.messages),
    started: 0,
    accepted: 0,
    failed: 0,
    failure: null,
    finished: resolve,
  }
  const startedMs = performance.timeOrigin + performance.now()
  for (let client = 0; client < load.clients; client++) new Client(shared).open()
  await promise
  const endedMs = performance.timeOrigin + performance.now()
  const sorted = shared.latencies.subarray(0, shared.accepted).sort()
  return {
    startedMs,
    endedMs,
    accepted: shared.accepted,
    failed: shared.failed,
    failure: shared.failure,
    replyMedianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    reply99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
  }
}

if (import.meta.main) {
  const result = await send(JSON.parse(process.argv[2] ?? '{}') as SmtpLoad)
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
