/** F05: one delivery, killed at its first system call that changes something, then at its second … */
import { join } from 'node:path'

import { ImapClient } from '../support/imap-client.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import type { Waybill } from '../support/waybill.ts'
import { Ledger } from './ledger.ts'
import { ACCOUNTS, Load, PASSWORD, type Way } from './load.ts'
import { SeededRandom } from './random.ts'
import { checkStore, startChaosServer } from './server.ts'
import { attachStrace } from './strace.ts'
import { isClean, LogReader, StoreReader } from './verify.ts'

const CALLS = 'openat,rename,unlink,fsync,fdatasync,pwrite64,write,writev,ftruncate,link,mkdir'
/** More than any delivery makes in one thread. */
const MAX_POINTS = 200

export interface CrashPointsReport {
  /** Points at which the server was killed before it survived a whole delivery. */
  readonly points: number
  readonly problems: readonly string[]
}

export async function crashEverywhere(
  way: Way,
  bodyOctets: number,
  progress?: (line: string) => void,
): Promise<CrashPointsReport> {
  await using server = await startChaosServer()
  using ledger = new Ledger(join(server.folder, 'ledger'))
  const load = new Load(server, ledger, new SeededRandom(5))
  const store = new StoreReader(server, ledger)
  const log = new LogReader(server, ledger)
  const problems: string[] = []
  for (let point = 1; point <= MAX_POINTS; point++) {
    const killed = await deliverAndKill(server, load, ledger, { way, bodyOctets, point })
    if (!killed) return { points: point - 1, problems }
    await server.start()
    const findings = { ...(await store.read()), ...(await log.read()) }
    const broken = await checkStore(server)
    if (!isClean(findings)) problems.push(`point ${point}: ${JSON.stringify(findings)}`)
    if (broken !== null) problems.push(`point ${point}: ${broken}`)
    if (problems.length > 0) return { points: point, problems }
    progress?.(`crash point ${point} of ${way} with ${bodyOctets} octets: nothing lost`)
  }
  return { points: MAX_POINTS, problems: ['the delivery makes more calls than expected'] }
}

/** @returns false when the server outlived the delivery */
async function deliverAndKill(
  server: Waybill,
  load: Load,
  ledger: Ledger,
  { way, bodyOctets, point }: { way: Way; bodyOctets: number; point: number },
): Promise<boolean> {
  const [account] = ACCOUNTS
  const { id, message } = load.compose([account], bodyOctets, way !== 'append')
  const kill = [
    ...['-o', join(server.folder, 'strace'), '-e', `trace=${CALLS}`],
    ...['-e', `inject=${CALLS}:signal=KILL:when=${point}`],
  ]
  try {
    if (way === 'append') {
      await using imap = await ImapClient.login(server.ports.imaps, account, PASSWORD)
      await using _ = await attachStrace(server.pid, kill)
      const result = await imap.command('APPEND INBOX', message)
      if (result.status === 'OK') ledger.acknowledge(id)
    } else {
      await using smtp = await SmtpClient.open(server.ports.smtp)
      await using _ = await attachStrace(server.pid, kill)
      await smtp.envelope({ from: 'sender@client.test', to: [account] })
      const reply = way === 'data' ? await smtp.data(message) : await smtp.bdat(message, true)
      if (reply.code === 250) ledger.acknowledge(id)
    }
  } catch {
    // Killed on the way.
  }
  return server.hasEnded(300)
}
