/** F01: kill -9 at a random moment under load, restart, and see whether anything is lost. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Ledger } from './ledger.ts'
import { Load } from './load.ts'
import { SeededRandom } from './random.ts'
import { checkStore, startChaosServer } from './server.ts'
import { type Findings, isClean, LogReader, StoreReader } from './verify.ts'

export interface KillReport extends Findings {
  readonly cycles: number
  readonly sent: number
  readonly acknowledged: number
  /** Messages of `waybill check --deep`; empty when the store kept its promises. */
  readonly broken: readonly string[]
  /** From the start of the process until it listens. */
  readonly slowestRestartMs: number
}

export interface KillOptions {
  readonly cycles: number
  readonly seed: number
  /** `waybill check --deep` after every so many cycles, and after the last. */
  readonly checkEvery: number
  readonly progress?: (line: string) => void
}

export async function killCycles(options: KillOptions): Promise<KillReport> {
  const random = new SeededRandom(options.seed)
  await using server = await startChaosServer()
  using ledger = new Ledger(join(server.folder, 'ledger'))
  const store = new StoreReader(server, ledger)
  const log = new LogReader(server, ledger)
  const broken: string[] = []
  let findings: Findings = { lost: [], duplicated: [], altered: [], log: [] }
  let slowestRestartMs = 0
  let cycle = 0

  while (cycle < options.cycles && isClean(findings) && broken.length === 0) {
    cycle++
    const load = new Load(server, ledger, random)
    const before = ledger.acknowledged.size
    load.start()
    await untilAcknowledged(ledger, before)
    await sleep(random.between(20, 420))
    await server.kill()
    await load.stop()
    const startedAt = performance.now()
    await server.start()
    slowestRestartMs = Math.max(slowestRestartMs, performance.now() - startedAt)
    findings = { ...(await store.read()), ...(await log.read()) }
    if (cycle % options.checkEvery === 0 || cycle === options.cycles) {
      const problem = await checkStore(server)
      if (problem !== null) broken.push(problem)
    }
    options.progress?.(
      `cycle ${cycle}/${options.cycles}: ${ledger.acknowledged.size} acknowledged, ` +
        `${findings.lost.length} lost, ${findings.duplicated.length} duplicated`,
    )
  }
  // Once more from the first UID on: nothing may have happened to older mail either.
  const again = await new StoreReader(server, ledger).read()
  return {
    ...findings,
    lost: [...findings.lost, ...again.lost],
    duplicated: [...findings.duplicated, ...again.duplicated],
    altered: [...findings.altered, ...again.altered],
    cycles: cycle,
    sent: ledger.sent.size,
    acknowledged: ledger.acknowledged.size,
    broken,
    slowestRestartMs,
  }
}

/** A kill before the first 250 would test little. */
async function untilAcknowledged(ledger: Ledger, before: number): Promise<void> {
  const deadline = Date.now() + 20_000
  while (ledger.acknowledged.size === before) {
    if (Date.now() > deadline) throw new Error('the server acknowledged nothing for 20 s')
    await sleep(5)
  }
}
