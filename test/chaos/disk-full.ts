/** F07: the disk fills up under a running server, and has room again. */
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { ImapClient } from '../support/imap-client.ts'
import { missingPrograms, run } from '../support/programs.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { makeTempFolder } from '../support/temp-folder.ts'
import type { Waybill } from '../support/waybill.ts'
import { Ledger } from './ledger.ts'
import { ACCOUNTS, Load, PASSWORD } from './load.ts'
import { SeededRandom } from './random.ts'
import { checkStore, startChaosServer } from './server.ts'
import { StoreReader } from './verify.ts'

const DISK = '64m'
const RECOVERY_MS = 20_000

export interface DiskFullReport {
  readonly acknowledged: number
  readonly refused: ReadonlyMap<string, number>
  /** What was not as promised; empty is good. */
  readonly problems: readonly string[]
}

/** A reason why no small disk can be made here, or false. */
export async function missingTmpfs(): Promise<string | false> {
  const missing = missingPrograms('mount', 'umount')
  if (missing !== false) return missing
  using temp = makeTempFolder()
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', temp.path])
  if (mounted.status !== 0) return `cannot mount a tmpfs (needs root): ${mounted.stderr.trim()}`
  await run('umount', [temp.path])
  return false
}

/** @param guarded with the guard that refuses before the disk is full; without, writes really fail */
export async function fillDisk(guarded: boolean): Promise<DiskFullReport> {
  using temp = makeTempFolder()
  await using disk = await mountDisk(temp.path)
  await using server = await startChaosServer({
    dataFolder: join(disk.path, 'data'),
    settings: {
      disk: {
        min_free_percent: 0,
        min_free_size: guarded ? '8 MiB' : '0 octets',
        ballast_size: '4 MiB',
      },
    },
  })
  using ledger = new Ledger(join(server.folder, 'ledger'))
  const load = new Load(server, ledger, new SeededRandom(7))
  const filler = join(disk.path, 'filler')
  const problems: string[] = []

  // What is deleted while the disk is full has to be there before, however slow the machine is.
  if (!(await takesMail(server, load, ledger, ACCOUNTS[0])))
    throw new Error('the server took no mail before the disk was filled')
  load.start()
  await sleep(300)
  fillUp(disk.path, filler, guarded ? 4 * 2 ** 20 : 0)
  await sleep(1500)
  await load.stop()
  await checkRefusals(load, problems)
  await checkWhileFull(server, ledger, problems)

  rmSync(filler)
  if (!(await takesMail(server, load, ledger, ACCOUNTS[1]))) {
    problems.push(`no mail is taken ${RECOVERY_MS / 1000} s after the disk has room again`)
  }
  const broken = await checkStore(server)
  if (broken !== null) problems.push(broken)
  return { acknowledged: ledger.acknowledged.size, refused: load.refusals, problems }
}

async function mountDisk(path: string): Promise<AsyncDisposable & { readonly path: string }> {
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'none', path])
  if (mounted.status !== 0) throw new Error(`mount: ${mounted.stderr}`)
  const unmount = async () => {
    const unmounted = await run('umount', [path])
    if (unmounted.status !== 0) await run('umount', ['--lazy', path])
  }
  return { path, [Symbol.asyncDispose]: unmount }
}

/** Writes until only so many octets are free. */
function fillUp(disk: string, filler: string, leaveOctets: number): void {
  const chunk = Buffer.alloc(64 * 1024, 1)
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(disk)
      const room = bavail * bsize - leaveOctets
      if (room <= 0) return
      writeFileSync(filler, room >= chunk.length ? chunk : chunk.subarray(0, room), { flag: 'a' })
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}

async function checkRefusals(load: Load, problems: string[]): Promise<void> {
  const allowed = /^(452|APPEND NO \[(OVERQUOTA|UNAVAILABLE|LIMIT)\])/
  if (load.refusals.size === 0 && load.failures.size === 0)
    problems.push('the full disk was never noticed')
  for (const [why, count] of load.refusals) {
    if (!allowed.test(why)) problems.push(`${count} messages were answered ${why}`)
  }
  for (const [why, count] of load.failures) {
    if (!/expected 250|452/.test(why))
      problems.push(`${count} sessions broke: ${why.slice(0, 300)}`)
  }
}

/** Reading and deleting must go on. */
async function checkWhileFull(server: Waybill, ledger: Ledger, problems: string[]): Promise<void> {
  const { lost, duplicated, altered } = await new StoreReader(server, ledger).read()
  problems.push(
    ...lost.map((id) => `lost: ${id}`),
    ...duplicated.map((id) => `twice: ${id}`),
    ...altered,
  )

  await using smtp = await SmtpClient.open(server.ports.smtp)
  const mail = await smtp.ask('MAIL FROM:<x@client.test> SIZE=2000000')
  const reply = mail.code === 250 ? await smtp.ask(`RCPT TO:<${ACCOUNTS[0]}>`) : mail
  if (reply.code !== 452)
    problems.push(`MAIL and RCPT of 2 MB were answered ${reply.code} ${reply.text}`)

  await using imap = await ImapClient.login(server.ports.imaps, ACCOUNTS[0], PASSWORD)
  await imap.ok('SELECT INBOX')
  const first = await imap.command('STORE 1 +FLAGS.SILENT (\\Deleted)')
  const removed = first.status === 'OK' ? await imap.command('EXPUNGE') : first
  if (removed.status !== 'OK')
    problems.push(`deleting on a full disk: ${removed.status} ${removed.text}`)
}

async function takesMail(
  server: Waybill,
  load: Load,
  ledger: Ledger,
  account: string,
): Promise<boolean> {
  const deadline = Date.now() + RECOVERY_MS
  while (Date.now() < deadline) {
    const { id, message } = load.compose([account], 3000)
    try {
      await using smtp = await SmtpClient.open(server.ports.smtp)
      const reply = await smtp.send({ from: 'x@client.test', to: [account] }, message)
      if (reply.code === 250) {
        ledger.acknowledge(id)
        return true
      }
    } catch {
      // Refused at MAIL or RCPT: not yet.
    }
    await sleep(200)
  }
  return false
}
