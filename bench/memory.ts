/** How much memory the server has: idle, with many idle connections, with one very large message. */
import { setTimeout as sleep } from 'node:timers/promises'

import { loadConfig } from '../src/config/load.ts'
import { openOffice } from '../src/office.ts'
import { startWaybill, type Waybill } from '../test/support/waybill.ts'
import type { IdleLoad } from './load/imap-idle.ts'
import type { LargeMessage } from './load/large-message.ts'
import { peakOctets, residentOctets, resetPeak, startProgram } from './processes.ts'
import { type Benchmark, figure, mib, type Result } from './report.ts'

const ACCOUNTS = Array.from({ length: 100 }, (_, number) => `user${number}@bench.test`)
const PASSWORD = 'bench password'
const CONNECTIONS_PER_ACCOUNT = 10
const SETTLE_MS = 3000
const MIB = 2 ** 20

export const memory: Benchmark = {
  name: 'memory',
  about:
    'resident memory: 100 accounts idle, 1,000 idle TLS IMAP connections, a 50 MB message in and out',
  async run(note) {
    await using server = await startWaybill({ start: false })
    await addAccounts(server)
    await server.start()
    await sleep(SETTLE_MS)
    const idle = residentOctets(server.pid)
    note(`idle: ${mib(idle)}`)
    const results = [withLimit(`idle with ${ACCOUNTS.length} accounts`, idle, 128 * MIB, [])]
    results.push(await idleConnections(server, note))
    await server.stop()
    await server.start()
    await sleep(SETTLE_MS)
    results.push(await largeMessage(server, note))
    return results
  },
}

/** In this process: a hundred commands would take most of the time of this benchmark. */
async function addAccounts(server: Waybill): Promise<void> {
  const { config } = loadConfig({ configFile: server.configFile })
  await using office = await openOffice(config, null)
  await office.run('domain.add', { name: 'bench.test' })
  const account = { password: PASSWORD, quotaOctets: null, enabled: true }
  for (const address of ACCOUNTS) await office.run('account.add', { address, account })
}

async function idleConnections(server: Waybill, note: (line: string) => void): Promise<Result> {
  const open = async (perAccount: number) => {
    const load: IdleLoad = {
      port: server.ports.imaps,
      perAccount,
      accounts: ACCOUNTS,
      password: PASSWORD,
      parallel: 4,
    }
    const program = startProgram('load/imap-idle.ts', JSON.stringify(load))
    const count = Number(await program.line())
    await sleep(SETTLE_MS)
    return { program, count }
  }
  // What the first log-ins cost (compiled code, caches) is not the cost of a connection.
  const warm = await open(1)
  await warm.program[Symbol.asyncDispose]()
  await sleep(SETTLE_MS)
  const before = residentOctets(server.pid)
  const full = await open(CONNECTIONS_PER_ACCOUNT)
  const after = residentOctets(server.pid)
  await full.program[Symbol.asyncDispose]()
  await sleep(SETTLE_MS)
  const closed = residentOctets(server.pid)
  note(`${full.count} connections: ${mib(before)} → ${mib(after)}`)
  return withLimit(
    `an idle TLS IMAP connection, one of ${full.count}`,
    (after - before) / full.count,
    64 * 1024,
    [`resident ${mib(before)} before, ${mib(after)} with them, ${mib(closed)} after they closed`],
  )
}

async function largeMessage(server: Waybill, note: (line: string) => void): Promise<Result> {
  const [account = ''] = ACCOUNTS
  const load: LargeMessage = {
    smtpPort: server.ports.smtp,
    imapPort: server.ports.imaps,
    account,
    password: PASSWORD,
    sizeOctets: 50_000_000,
  }
  const before = residentOctets(server.pid)
  resetPeak(server.pid)
  await using program = startProgram('load/large-message.ts', JSON.stringify(load))
  await program.line()
  const peakIn = peakOctets(server.pid)
  resetPeak(server.pid)
  program.proceed()
  await program.line()
  const peakOut = peakOctets(server.pid)
  note(`50 MB: ${mib(before)} → ${mib(peakIn)} in, ${mib(peakOut)} out`)
  return withLimit(
    'a 50 MB message, in and out, above idle',
    Math.max(peakIn, peakOut) - before,
    64 * MIB,
    [
      `resident ${mib(before)} before, at most ${mib(peakIn)} coming in, at most ${mib(peakOut)} going out`,
    ],
  )
}

function withLimit(
  what: string,
  octets: number,
  limit: number,
  figures: readonly string[],
): Result {
  const show = limit < MIB ? (value: number) => `${figure(value / 1024)} KiB` : mib
  return {
    headline: `memory, ${what}: ${figure(octets / limit)} × the limit (${show(octets)} of ${show(limit)})`,
    figures,
  }
}
