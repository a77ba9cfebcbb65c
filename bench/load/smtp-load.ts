/**
 * The load: a process of its own that sends unique messages over a number of connections, one command
 * at a time as most clients do, and prints one line of JSON. It must be faster than any server it
 * measures: `npm run bench -- smtp-accept` prints what it reaches against a server that does nothing.
 */
import { connect } from 'node:net'

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

/** One connection at a time; when it has ended, the next one takes its place. */
function openConnection(shared: Shared): void {
  const { commands, load, latencies } = shared
  if (shared.started >= load.messages) return
  /** -1 greeting, -2 EHLO, -3 QUIT, otherwise the command that waits for its reply. */
  let step = -1
  let onConnection = 0
  let dotAt = 0
  let partial = ''
  const socket = connect({ host: '127.0.0.1', port: load.port, noDelay: true })

  const begin = () => {
    shared.started++
    onConnection++
    step = 0
    socket.write(commands[0] ?? '')
  }
  const quit = () => {
    step = -3
    socket.write('QUIT\r\n')
  }
  const sendMessage = () => {
    const message = Buffer.from(shared.template)
    message.write(String(shared.started).padStart(NUMBER_DIGITS, '0'), shared.markAt, 'latin1')
    dotAt = performance.now()
    socket.write(message)
  }
  const accepted = () => {
    latencies[shared.accepted++] = performance.now() - dotAt
    settle(shared)
    if (onConnection < load.perConnection && shared.started < load.messages) begin()
    else quit()
  }
  const replied = (line: string) => {
    const first = line.charCodeAt(0)
    if (first !== 0x32 && first !== 0x33) socket.destroy(new Error(line))
    else if (step === -1) {
      step = -2
      socket.write('EHLO load.test\r\n')
    } else if (step === -2) begin()
    else if (step === -3) socket.end()
    else if (step < commands.length - 1) socket.write(commands[++step] ?? '')
    else if (step++ === commands.length - 1) sendMessage()
    else accepted()
  }
  socket.on('data', (chunk) => {
    const lines = (partial + chunk.toString('latin1')).split('\n')
    partial = lines.pop() ?? ''
    for (const line of lines) if (line[3] !== '-') replied(line)
  })
  socket.on('error', (error) => {
    shared.failure ??= error.message
  })
  socket.on('close', () => {
    if (step !== -3) fail(shared, step >= 0)
    openConnection(shared)
  })
}

/** A message that failed is counted, not sent again. */
function fail(shared: Shared, inTransaction: boolean): void {
  shared.failure ??= 'the server closed the connection'
  if (!inTransaction) shared.started++
  shared.failed++
  settle(shared)
}

function settle(shared: Shared): void {
  if (shared.accepted + shared.failed >= shared.load.messages) shared.finished()
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
  for (let client = 0; client < load.clients; client++) openConnection(shared)
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
