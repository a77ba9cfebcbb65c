/**
 * How many messages a second are accepted and delivered durably: from the first connection until the
 * last message is readable, by STATUS for us, as a file in the Maildir for the others.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { findProgram, run } from '../test/support/programs.ts'
import { startWaybill } from '../test/support/waybill.ts'
import type { SmtpLoad, SmtpLoadResult } from './load/smtp-load.ts'
import { HOW_TO_INSTALL, PEER_RECIPIENT, runningPeers } from './peers.ts'
import { startProgram } from './processes.ts'
import { type Benchmark, columns, figure, median, type Result } from './report.ts'

const CLIENTS = 20
const SIZE_OCTETS = 4096
const ROUNDS = 3
/** Ours closes a connection after 100 messages; so does the generator, with every server. */
const KEPT = 100
const PATIENCE_MS = 120_000

/** A server that the same load is sent to. */
interface Target {
  readonly name: string
  readonly port: number
  /** Messages of one round: enough for some seconds. */
  readonly messages: number
  clear(): Promise<void>
  delivered(): Promise<number>
}

interface Round {
  readonly perSecond: number
  readonly load: SmtpLoadResult
}

export const smtpAccept: Benchmark = {
  name: 'smtp-accept',
  about: `${SIZE_OCTETS}-octet messages from ${CLIENTS} clients, accepted and readable, beside Postfix and Exim`,
  async run(note) {
    await using server = await startWaybill({ accounts: { [PEER_RECIPIENT]: 'bench password' } })
    await using imap = await server.imap(PEER_RECIPIENT)
    const ours: Target = {
      name: 'Waybill',
      port: server.ports.smtp,
      messages: 4000,
      async clear() {
        await imap.ok('SELECT INBOX')
        await imap.ok('STORE 1:* +FLAGS.SILENT (\\Deleted)')
        await imap.ok('CLOSE')
      },
      delivered: () => imap.status('INBOX', 'MESSAGES'),
    }
    const peers = (await runningPeers()).map(
      (peer): Target => ({
        name: peer.name,
        port: peer.port,
        messages: peer.name === 'Exim' ? 200 : 1500,
        clear: async () => peer.clear(),
        delivered: async () => peer.delivered(),
      }),
    )
    if (peers.length === 0) note(HOW_TO_INSTALL)
    const targets = [ours, ...peers]
    const results: Result[] = []
    for (const [title, perConnection] of [
      ['a connection a message', 1],
      ['kept connections', KEPT],
    ] as const) {
      results.push(await compare(title, perConnection, targets, note))
    }
    const check = await crossCheck(targets)
    if (check !== null) results.push(check)
    return results
  },
}

async function compare(
  title: string,
  perConnection: number,
  targets: readonly Target[],
  note: (line: string) => void,
): Promise<Result> {
  const rounds = new Map<string, Round[]>(targets.map(({ name }) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of targets) {
      const measured = await measure(target, perConnection)
      rounds.get(target.name)?.push(measured)
      note(`${title}, round ${round + 1}: ${target.name} ${figure(measured.perSecond)} msg/s`)
    }
  }
  const rates = new Map(
    [...rounds].map(([name, all]) => [name, median(all.map((one) => one.perSecond))]),
  )
  const own = rates.get('Waybill') ?? 0
  const ratios = [...rates].slice(1).map(([name, rate]) => `${figure(own / rate)} × ${name}`)
  const limit = await sinkLimit(perConnection)
  return {
    headline: `smtp-accept, ${title}: ${ratios.length > 0 ? ratios.join(', ') : `${figure(own)} msg/s`}`,
    figures: columns([
      ['', 'msg/s', 'rounds', 'reply 50 %', 'reply 99 %'],
      ...[...rounds].map(([name, all]) => [
        name,
        figure(rates.get(name) ?? 0),
        all.map((one) => figure(one.perSecond)).join(' '),
        `${figure(median(all.map((one) => one.load.replyMedianMs)))} ms`,
        `${figure(median(all.map((one) => one.load.reply99Ms)))} ms`,
      ]),
      ['a server that does nothing', figure(limit), '', '', ''],
    ]),
  }
}

async function measure(target: Target, perConnection: number): Promise<Round> {
  await target.clear()
  const before = await target.delivered()
  const load = await sendLoad({
    port: target.port,
    messages: target.messages,
    clients: CLIENTS,
    sizeOctets: SIZE_OCTETS,
    from: 'sender@load.test',
    recipients: [PEER_RECIPIENT],
    perConnection,
  })
  if (load.failed > 0) throw new Error(`${target.name}: ${load.failed} failed: ${load.failure}`)
  const deadline = Date.now() + PATIENCE_MS
  while ((await target.delivered()) - before < load.accepted) {
    if (Date.now() > deadline) throw new Error(`${target.name} has not delivered all`)
    await sleep(10)
  }
  const readableMs = performance.timeOrigin + performance.now()
  return { perSecond: (load.accepted * 1000) / (readableMs - load.startedMs), load }
}

async function sendLoad(load: SmtpLoad): Promise<SmtpLoadResult> {
  await using generator = startProgram('load/smtp-load.ts', JSON.stringify(load))
  return JSON.parse(await generator.line()) as SmtpLoadResult
}

/** What the generator reaches when the server has nothing to do: figures near it say little. */
async function sinkLimit(perConnection: number): Promise<number> {
  await using sink = startProgram('load/sink.ts')
  const load = await sendLoad({
    port: Number(await sink.line()),
    messages: 6000,
    clients: CLIENTS,
    sizeOctets: SIZE_OCTETS,
    from: 'sender@load.test',
    recipients: [PEER_RECIPIENT],
    perConnection,
  })
  return (load.accepted * 1000) / (load.endedMs - load.startedMs)
}

/** The same with Postfix' own generator, up to the last 250: our generator must not favour us. */
async function crossCheck(targets: readonly Target[]): Promise<Result | null> {
  const script = new URL('peers.sh', import.meta.url).pathname
  if (targets.length < 2 || findProgram('chroot') === null) return null
  const rates: [name: string, rate: number][] = []
  for (const target of targets) {
    await target.clear()
    const began = performance.now()
    const ran = await run(
      script,
      [
        ...[
          'source',
          '-s',
          String(CLIENTS),
          '-m',
          String(target.messages),
          '-l',
          String(SIZE_OCTETS),
        ],
        ...['-f', 'sender@load.test', '-t', PEER_RECIPIENT, `127.0.0.1:${target.port}`],
      ],
      { timeoutMs: PATIENCE_MS },
    )
    if (ran.status !== 0) return null
    rates.push([target.name, (target.messages * 1000) / (performance.now() - began)])
  }
  const own = rates[0]?.[1] ?? 0
  const ratios = rates.slice(1).map(([name, rate]) => `${figure(own / rate)} × ${name}`)
  return {
    headline: `smtp-accept, a connection a message, sent by Postfix' smtp-source: ${ratios.join(', ')}`,
    figures: columns([['', 'msg/s'], ...rates.map(([name, rate]) => [name, figure(rate)])]),
  }
}
