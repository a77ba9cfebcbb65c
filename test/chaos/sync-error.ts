/** F09: fsync fails. The kernel may have dropped the data: nothing may be acknowledged from then on. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Ledger } from './ledger.ts'
import { Load } from './load.ts'
import { SeededRandom } from './random.ts'
import { checkStore, startChaosServer } from './server.ts'
import { attachStrace } from './strace.ts'
import { StoreReader } from './verify.ts'

export interface SyncErrorReport {
  readonly acknowledgedBefore: number
  readonly acknowledgedAfter: number
  /** What was not as promised; empty is good. */
  readonly problems: readonly string[]
}

/** @param forever every sync fails from the first one on; otherwise only the first of each thread */
export async function failSync(forever: boolean): Promise<SyncErrorReport> {
  await using server = await startChaosServer()
  using ledger = new Ledger(join(server.folder, 'ledger'))
  const random = new SeededRandom(9)
  const healthy = new Load(server, ledger, random)
  healthy.start()
  await sleep(300)
  await healthy.stop()
  const acknowledgedBefore = ledger.acknowledged.size

  const strace = await attachStrace(server.pid, [
    ...['-o', join(server.folder, 'strace'), '-e', 'trace=fsync,fdatasync'],
    ...['-e', `inject=fsync,fdatasync:error=EIO:when=1${forever ? '+' : ''}`],
  ])
  const failing = new Load(server, ledger, random)
  failing.start()
  await sleep(1000)
  await strace.stop().catch(() => undefined)
  // The disk works again, but what was lost stays lost: still no acknowledgement before a restart.
  await sleep(500)
  await failing.stop()
  const acknowledgedAfter = ledger.acknowledged.size - acknowledgedBefore

  const problems: string[] = []
  if (acknowledgedAfter > 0) problems.push(`${acknowledgedAfter} acknowledged after a failed sync`)
  if (!/\S/.test(server.log('paniclog') + server.output))
    problems.push('nothing says that a sync failed')
  await server.kill()
  await server.start()
  const { lost, duplicated, altered } = await new StoreReader(server, ledger).read()
  problems.push(
    ...lost.map((id) => `lost: ${id}`),
    ...duplicated.map((id) => `twice: ${id}`),
    ...altered,
  )
  const broken = await checkStore(server)
  if (broken !== null) problems.push(broken)
  return { acknowledgedBefore, acknowledgedAfter, problems }
}
