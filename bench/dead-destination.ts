/**
 * RELIABILITY F16: mail for one destination, alone, and then beside 100,000 messages for another one
 * whose server takes connections and says nothing. The time is that from the client's end of data
 * until the other server has the message.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { makeMessage } from '../test/support/message.ts'
import { type OtherServers, startOtherServers, until } from '../test/support/other-servers.ts'
import { ALICE, startWithUsers } from '../test/support/users.ts'
import type { Waybill } from '../test/support/waybill.ts'
import { fillQueue } from './load/fill-queue.ts'
import { type Benchmark, columns, figure, percentile, type Result } from './report.ts'

const WAITING = Number(process.env['DEAD_MESSAGES'] ?? 100_000)
const MESSAGES = 500
const PER_CONNECTION = 50
const PAUSE_MS = 20
const SETTLE_MS = 3000
const MAX_RATIO = 2
const MAX_SOCKETS = 20

export const deadDestination: Benchmark = {
  name: 'dead-destination',
  about: `mail to one server beside ${WAITING} messages for one that does not answer`,
  async run(note) {
    await using others = await startOtherServers({
      'dead.test': { act: (step) => (step === 'banner' ? { kind: 'hang' } : null) },
      'well.test': {},
    })
    await using server = await startWithUsers({
      settings: {
        ...others.settings,
        limits: { smtp: { max_first_time_recipients_per_user_per_day: 1_000_000 } },
      },
    })
    await sleep(SETTLE_MS)
    const alone = await deliver(server, others)
    await server.stop()
    note(`putting ${WAITING} messages into the queue`)
    await fillQueue({
      ...{ dataFolder: server.dataFolder, messages: WAITING, sizeOctets: 1000, dueInMs: 0 },
      destination: 'mx:dead.test',
    })
    await server.start()
    await until(() => others.mx('dead.test').sessions.length > 0, 'a connection to the dead one')
    await sleep(SETTLE_MS)
    const beside = await deliver(server, others)
    return [resultOf(alone, beside, others.mx('dead.test').open.most)]
  },
}

function resultOf(alone: readonly number[], beside: readonly number[], sockets: number): Result {
  const at = (waits: readonly number[], share: number) => percentile(waits, share)
  const ratio = at(beside, 0.99) / at(alone, 0.99)
  const row = (name: string, waits: readonly number[]) => [
    name,
    ...[0.5, 0.99, 1].map((share) => `${figure(at(waits, share))} ms`),
  ]
  return {
    headline: `F16: p99 beside a dead destination is ${figure(ratio)} × that without (limit ${MAX_RATIO} ×); ${sockets} connections to the dead one (limit ${MAX_SOCKETS})`,
    figures: columns([
      ['', 'p50', 'p99', 'longest'],
      row('alone', alone),
      row(`beside ${WAITING}`, beside),
    ]),
  }
}

let counter = 0

/** One message after the other. @returns milliseconds of each */
async function deliver(server: Waybill, others: OtherServers): Promise<number[]> {
  const well = others.mx('well.test')
  const waits: number[] = []
  while (waits.length < MESSAGES) {
    await using smtp = await server.submission(ALICE)
    for (let left = PER_CONNECTION; left > 0; left--) {
      const to = 'bob@well.test'
      const message = makeMessage({
        id: `${++counter}@bench.test`,
        from: ALICE,
        to,
        bodyOctets: 900,
      })
      const before = well.messages.length
      const began = performance.now()
      const { code, text } = await smtp.send({ from: ALICE, to: [to] }, message)
      if (code !== 250) throw new Error(`${code} ${text}`)
      while (well.messages.length === before) await sleep(1)
      waits.push(performance.now() - began)
      await sleep(PAUSE_MS)
    }
  }
  return waits
}
