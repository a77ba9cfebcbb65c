/**
 * How fast a queue is emptied into Postfix' smtp-sink, beside Postfix' own smtp client doing the same
 * on the same machine; and what 100,000 messages that wait cost in memory and at the start.
 *
 * Each server finds all messages in its queue: we at our start, Postfix when its queue manager, which
 * was stopped, goes on. The time is that from the first message in the sink until the last.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { findFreePorts } from '../test/support/free-ports.ts'
import { run } from '../test/support/programs.ts'
import { hasGreeting, startWaybill } from '../test/support/waybill.ts'
import { fillQueue } from './load/fill-queue.ts'
import { HOW_TO_INSTALL, POSTFIX } from './peers.ts'
import { peakOctets, residentOctets } from './processes.ts'
import { type Benchmark, columns, figure, median, mib, type Result } from './report.ts'

const MESSAGES = 5000
const SIZE_OCTETS = 4096
const ROUNDS = 3
const WAITING = 100_000
const MAX_WAITING_OCTETS = 256 * 2 ** 20
const MAX_START_MS = 3000
const PATIENCE_MS = 120_000
const PEERS = new URL('peers.sh', import.meta.url).pathname
const ACCOUNT = { 'sender@bench.test': 'bench password' }

export const queue: Benchmark = {
  name: 'queue',
  about: `${SIZE_OCTETS}-octet messages handed to a sink, beside Postfix; ${WAITING} messages that wait`,
  async run(note) {
    const results = [await waiting(note)]
    if (await hasGreeting(POSTFIX.port)) results.unshift(await sending(note))
    else note(HOW_TO_INSTALL)
    return results
  },
}

async function sending(note: (line: string) => void): Promise<Result> {
  const rates = new Map<string, number[]>([
    ['Waybill', []],
    ['Postfix', []],
  ])
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, emptied] of [
      ['Waybill', emptyOurs],
      ['Postfix', emptyPostfix],
    ] as const) {
      const rate = await emptied()
      rates.get(name)?.push(rate)
      note(`round ${round + 1}: ${name} ${figure(rate)} msg/s`)
    }
  const [ours = 0, theirs = 0] = [...rates.values()].map(median)
  return {
    headline: `queue, emptied into a sink: ${figure(ours / theirs)} × Postfix`,
    figures: columns([
      ['', 'msg/s', 'rounds'],
      ...[...rates].map(([name, all]) => [
        ...[name, figure(median(all)), all.map((rate) => figure(rate)).join(' ')],
      ]),
    ]),
  }
}

async function emptyOurs(): Promise<number> {
  await using sink = await startSink()
  await using server = await startWaybill({ accounts: ACCOUNT, start: false })
  await addRelay(server, sink.port)
  await fillQueue({ ...filling(server.dataFolder), messages: MESSAGES, dueInMs: -1000 })
  const rate = sink.rate(MESSAGES)
  await server.start()
  return await rate
}

async function emptyPostfix(): Promise<number> {
  await using sink = await startSink()
  const postfix = (...words: string[]) => run(PEERS, ['run', 'postfix', ...words])
  await postfix('postconf', '-e', `relayhost=[127.0.0.1]:${sink.port}`)
  await postfix('postfix', 'reload')
  await sleep(1000)
  await run('pkill', ['-STOP', '-x', 'qmgr'])
  const filled = await run(
    PEERS,
    [
      ...['source', '-s', '20', '-m', `${MESSAGES}`, '-l', `${SIZE_OCTETS}`, '-d'],
      ...['-f', 'sender@bench.test', '-t', 'user@sink.test', `127.0.0.1:${POSTFIX.port}`],
    ],
    { timeoutMs: PATIENCE_MS },
  )
  if (filled.status !== 0) throw new Error(`smtp-source: ${filled.stderr}`)
  const rate = sink.rate(MESSAGES)
  await run('pkill', ['-CONT', '-x', 'qmgr'])
  return await rate
}

interface Sink extends AsyncDisposable {
  readonly port: number
  /** Messages a second, once it has had so many. */
  rate(messages: number): Promise<number>
}

/** Postfix' server that throws mail away; it counts on its standard output. */
async function startSink(): Promise<Sink> {
  const [port = 0] = await findFreePorts(1)
  const child = spawn(PEERS, ['sink', `${port}`], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  let count = 0
  let text = ''
  let firstMs = Number.NaN
  let lastMs = Number.NaN
  child.stdout.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-200)
    const now = Number(/mesg=(\d+)[^=]*$/.exec(text)?.[1] ?? count)
    if (now === count) return
    lastMs = performance.now()
    if (count === 0) firstMs = lastMs
    count = now
  })
  while (!(await hasGreeting(port))) await sleep(20)
  return {
    port,
    async rate(messages) {
      const deadline = performance.now() + PATIENCE_MS
      while (count < messages) {
        if (performance.now() > deadline) throw new Error(`the sink has only ${count} messages`)
        await sleep(5)
      }
      return ((messages - 1) * 1000) / (lastMs - firstMs)
    },
    async [Symbol.asyncDispose]() {
      await run('pkill', ['-f', `smtp-sink.*:${port}`])
      await exit
    },
  }
}

async function waiting(note: (line: string) => void): Promise<Result> {
  const [port = 0] = await findFreePorts(1)
  await using server = await startWaybill({ accounts: ACCOUNT, start: false })
  await addRelay(server, port)
  note(`putting ${WAITING} messages into the queue`)
  await fillQueue({ ...filling(server.dataFolder), messages: WAITING, dueInMs: -1000 })
  const began = performance.now()
  await server.start()
  const startMs = performance.now() - began
  // Nobody listens on the port: it tries, and then they all wait.
  await sleep(15_000)
  const [resident, peak] = [residentOctets(server.pid), peakOctets(server.pid)]
  return {
    headline: `queue, ${WAITING} messages that wait: ${figure(peak / MAX_WAITING_OCTETS)} × the limit of memory, ${figure(startMs / MAX_START_MS)} × that of the start`,
    figures: columns([
      ['', 'measured', 'limit'],
      ['peak memory', mib(peak), mib(MAX_WAITING_OCTETS)],
      ['resident after 15 s', mib(resident), mib(MAX_WAITING_OCTETS)],
      ['from the command until every port answers', `${figure(startMs)} ms`, `${MAX_START_MS} ms`],
    ]),
  }
}

function filling(dataFolder: string) {
  return { dataFolder, sizeOctets: SIZE_OCTETS, destination: 'relay:sink' }
}

async function addRelay(
  server: { cliOk(args: readonly string[]): Promise<string> },
  port: number,
): Promise<void> {
  const how = ['--host', `127.0.0.1:${port}`, '--tls', 'none', '--all']
  await server.cliOk(['relay', 'add', 'sink', ...how])
}
