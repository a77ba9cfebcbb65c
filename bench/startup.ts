/** From the command to the first 220, with data that is already there. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { startWaybill } from '../test/support/waybill.ts'
import { residentOctets } from './processes.ts'
import { type Benchmark, figure, median, mib } from './report.ts'

const ROUNDS = 5
/** What is promised: a second start takes under a second. */
const LIMIT_MS = 1000

export const startup: Benchmark = {
  name: 'startup',
  about: 'time from the command to the first 220, and memory then',
  async run(note) {
    await using server = await startWaybill({ accounts: { 'user@bench.test': 'bench password' } })
    await server.stop()
    const times: number[] = []
    const memory: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now()
      server.launch()
      await greeting(server.ports.smtp)
      times.push(performance.now() - began)
      memory.push(residentOctets(server.pid))
      note(`round ${round + 1}: ${figure(times.at(-1) ?? 0)} ms`)
      await server.listening()
      await server.stop()
    }
    return [
      {
        headline: `startup: ${figure(median(times) / LIMIT_MS)} × the limit (${figure(median(times))} ms of ${LIMIT_MS} ms)`,
        figures: [
          `rounds ${times.map((time) => figure(time)).join(' ')} ms, resident ${mib(median(memory))} at the first 220`,
        ],
      },
    ]
  },
}

async function greeting(port: number): Promise<void> {
  for (;;) {
    const socket = connect({ host: '127.0.0.1', port })
    try {
      await once(socket, 'data')
      return
    } catch {
      await sleep(2)
    } finally {
      socket.destroy()
    }
  }
}
