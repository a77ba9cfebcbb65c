/**
 * What a person does to 100,000 messages at once: how long it takes, what the server needs for it,
 * and how long others who deliver mail to it wait meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { makeMessage } from '../test/support/message.ts'
import { SmtpClient } from '../test/support/smtp-client.ts'
import { startWaybill, type Waybill } from '../test/support/waybill.ts'
import { fillQueue } from './load/fill-queue.ts'
import { peakOctets, resetPeak } from './processes.ts'
import { type Benchmark, columns, figure, mib, percentile, type Result } from './report.ts'

const WAITING = Number(process.env['STEERED_MESSAGES'] ?? 100_000)
const SIZE_OCTETS = 4096
const MAX_OCTETS = 256 * 2 ** 20
const ALONE_MS = 5000
const PAUSE_MS = 20
const PER_CONNECTION = 50
const PATIENCE_MS = 600_000
const ACCOUNT = 'sender@bench.test'
const DEEDS: readonly (readonly [deed: string, ...options: string[]])[] = [
  ['hold'],
  ['release'],
  ['remove', '--yes'],
]

export const steering: Benchmark = {
  name: 'steering',
  about: `hold, release and remove ${WAITING} messages that wait, while others deliver mail`,
  async run(note) {
    await using server = await startWaybill({
      accounts: { [ACCOUNT]: 'bench password' },
      start: false,
    })
    const relay = ['--host', '127.0.0.1:9', '--tls', 'none', '--all']
    await server.cliOk(['relay', 'add', 'sink', ...relay])
    note(`putting ${WAITING} messages into the queue`)
    await fillQueue({
      ...{ dataFolder: server.dataFolder, messages: WAITING, sizeOctets: SIZE_OCTETS },
      ...{ destination: 'relay:sink', dueInMs: 86_400_000 },
    })
    await server.start()
    const alone = await deliveringDuring(server, () => sleep(ALONE_MS))
    const rows = [['', 'takes', 'peak memory', 'deliveries meanwhile', 'p50', 'p99', 'longest']]
    rows.push(['nothing', '', '', ...wordsOf(alone)])
    let most = 0
    for (const [deed, ...options] of DEEDS) {
      resetPeak(server.pid)
      const began = performance.now()
      const waits = await deliveringDuring(server, async () => {
        await server.cliOk(['queue', deed, '--all', ...options], { timeoutMs: PATIENCE_MS })
      })
      const seconds = (performance.now() - began) / 1000
      const peak = peakOctets(server.pid)
      most = Math.max(most, peak)
      rows.push([deed, `${figure(seconds)} s`, mib(peak), ...wordsOf(waits)])
      note(`${deed}: ${figure(seconds)} s, ${mib(peak)}`)
    }
    return [
      {
        headline: `steering ${WAITING} messages: ${figure(most / MAX_OCTETS)} × the limit of memory`,
        figures: columns(rows),
      },
    ] satisfies Result[]
  },
}

/** Mail comes in, one message after the other, as long as the work goes on. @returns milliseconds of each */
async function deliveringDuring(server: Waybill, work: () => Promise<void>): Promise<number[]> {
  let isDone = false
  const worked = work().finally(() => {
    isDone = true
  })
  const waits: number[] = []
  let number = 0
  while (!isDone) {
    await using smtp = await SmtpClient.open(server.ports.smtp)
    for (let left = PER_CONNECTION; left > 0 && !isDone; left--)
      waits.push(await deliverOne(smtp, `steering-${number++}-${Date.now()}@client.test`))
  }
  await worked
  return waits
}

/** @returns milliseconds until it was taken */
async function deliverOne(smtp: SmtpClient, id: string): Promise<number> {
  const message = makeMessage({ id, to: ACCOUNT, bodyOctets: 2000 })
  const began = performance.now()
  const { code } = await smtp.send({ from: 'other@client.test', to: [ACCOUNT] }, message)
  if (code !== 250) throw new Error(`a delivery was answered ${code}`)
  const waitMs = performance.now() - began
  await sleep(PAUSE_MS)
  return waitMs
}

function wordsOf(waits: readonly number[]): string[] {
  const of = (share: number) => `${figure(percentile(waits, share))} ms`
  return [`${waits.length}`, of(0.5), of(0.99), of(1)]
}
