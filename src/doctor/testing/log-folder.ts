/** A data folder with logs as the server writes them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import { ManualClock } from '../../base/clock.ts'
import { fakeResolver } from '../../dns/fake.ts'
import { formatTime, UTC } from '../../journal/zone.ts'
import type { World } from '../world.ts'
import { DataFolder } from './data-folder.ts'

/** When the doctor looks, in whole seconds. */
export const NOW_MS = Date.now() - (Date.now() % 1000)

const ID = '1vnYk2-00000000BQ5-1EaB'
export const ARRIVED = `${ID} <= jane@example.com H=(laptop) [192.0.2.7]:50214 P=esmtpsa S=700 for bob@example.net`
export const FILED = `${ID} => jane@example.com F=<sue@example.net> R=local T=mailbox S=700 mailbox="INBOX"`
export const GREYLISTED = `${ID} == bob@example.net F=<jane@example.com> R=mx T=smtp defer (-44) H=mx.example.net [192.0.2.9]:25: SMTP error from remote mail server after RCPT TO:<bob@example.net>: 451 4.7.1 Greylisted, try later`
export const RELAY_LOGIN = `${ID} == bob@example.net F=<jane@example.com> R=relay T=smtp defer (-42) H=smtp.provider.test [192.0.2.9]:587: SMTP error from remote mail server after AUTH: 535 5.7.8 Authentication credentials invalid`
/** A line that no rule knows. */
export const STRANGE = `${ID} %% what is \u001b[31mthis?`

/** A line of so long ago. */
export function line(agoMs: number, text: string): string {
  return `${timeOf(agoMs)} ${text}\n`
}

/** A failed or good login of so long ago, as authlog has it. */
export function login(agoMs: number, user: string, address: string, isGood = false): string {
  const head = isGood
    ? `imap-login: Info: Login: user=<${user}>`
    : `imap-login: Info: Disconnected (auth failed, 1 attempts in 2 secs): user=<${user}>`
  return `${timeOf(agoMs)} ${head}, method=PLAIN, rip=${address}, lip=192.0.2.1, TLS, session=<x>\n`
}

/** A folder with these logs, by name. */
export function withLogs(
  t: TestContext,
  logs: Readonly<Record<string, string | Uint8Array>>,
): DataFolder {
  const folder = new DataFolder(t)
  addLogs(folder, logs)
  return folder
}

export function addLogs(
  folder: DataFolder,
  logs: Readonly<Record<string, string | Uint8Array>>,
): void {
  mkdirSync(join(folder.path, 'log'), { mode: 0o700, recursive: true })
  for (const [name, text] of Object.entries(logs))
    writeFileSync(join(folder.path, 'log', name), text)
}

/** At {@link NOW_MS}; no server runs, and DNS knows nothing. */
export async function logWorld(
  folder: DataFolder,
  change: Partial<World> = {},
): Promise<World & AsyncDisposable> {
  const clock = new ManualClock(NOW_MS)
  return await folder.world({
    ...{ clock, zone: UTC, status: null, resolver: fakeResolver({}) },
    ...change,
  })
}

function timeOf(agoMs: number): string {
  return formatTime(NOW_MS - agoMs, UTC).slice(0, 19)
}
