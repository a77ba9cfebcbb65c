/** All checks of other servers, in the order in which they are said. */
import type { Check } from '../types.ts'
import { certificates, offered } from './certificates.ts'
import { checkOf, type ForeignCheck } from './check.ts'
import { errors, guessing, panic } from './log.ts'
import { plaintextLogin } from './logins.ts'
import { host, mx, ports } from './network.ts'
import { loginSocket } from './login-socket.ts'
import { queue } from './queue.ts'
import { relayLogin } from './relay-login.ts'
import { openRelay } from './relaying.ts'
import { configuration, helpers, running } from './services.ts'
import { settings } from './settings.ts'
import { disk, indexCache, maildir } from './storage.ts'
import { spf } from './spf.ts'
import { spool } from './spool.ts'
import { tables } from './tables.ts'
import { tainted } from './tainted.ts'
import type { ForeignServer, ForeignWorld } from './world.ts'

const ALL: readonly ForeignCheck[] = [
  ...[configuration, running, helpers, queue, panic, errors, host, mx, spf, ports, guessing],
  ...[certificates, offered, disk, spool, indexCache, maildir],
  ...[openRelay, relayLogin, tables, tainted, plaintextLogin, loginSocket, settings],
]

/** Those that look at one of these servers at least. */
export function foreignChecks(servers: readonly ForeignServer[]): readonly Check<ForeignWorld>[] {
  return ALL.flatMap((check) => checkOf(check, servers) ?? [])
}
