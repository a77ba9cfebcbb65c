/** The other servers, when `bench/peers.sh` has installed and started them. */
import {
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { hasGreeting } from '../test/support/waybill.ts'

const ROOT = process.env['WAYBILL_PEERS'] ?? join(homedir(), '.cache', 'waybill-anchors')

/** The Debian in which Exim is, running or not. */
export const EXIM_ROOT = join(ROOT, 'exim')
export const PEER_RECIPIENT = 'user@bench.test'
export const HOW_TO_INSTALL =
  'Exim, Postfix and Dovecot are not running here: `sudo bench/peers.sh install && sudo bench/peers.sh start`'

export interface MailPeer {
  readonly name: string
  readonly port: number
  /** Messages delivered: a delivered message is a file in the Maildir. */
  delivered(): number
  /** The files of messages that came at this time or later, but for those that are known. */
  deliveredSince(
    sinceMs: number,
    known?: ReadonlyMap<string, unknown>,
  ): { readonly path: string; readonly text: string }[]
  /** Removes all mail. */
  clear(): void
  /** Puts messages where a delivery would: in whole files, with lines ended by LF. */
  fill(messages: Iterable<Buffer>): void
}

export const EXIM: MailPeer = maildirPeer('Exim', 2601, join(ROOT, 'exim/srv/mail/user'))
export const POSTFIX: MailPeer = maildirPeer(
  'Postfix',
  2602,
  join(ROOT, 'postfix/home/user/Maildir'),
)
/** Postfix' port for users: STARTTLS and then AUTH. */
export const SUBMISSION = { port: 2603, user: 'user', password: 'pass' } as const

/** Of this domain both peers hand mail to a port of this machine. */
export function domainAtPort(port: number): string {
  return `p${port}.back.test`
}

/** Serves {@link POSTFIX}'s Maildir. */
export const DOVECOT = { port: 2643, user: 'user', password: 'pass' } as const

/** Those of the peers that answer. */
export async function runningPeers(): Promise<MailPeer[]> {
  const running: MailPeer[] = []
  for (const peer of [POSTFIX, EXIM]) if (await hasGreeting(peer.port)) running.push(peer)
  return running
}

function maildirPeer(name: string, port: number, maildir: string): MailPeer {
  const folders = ['new', 'cur'].map((folder) => join(maildir, folder))
  return {
    name,
    port,
    delivered: () => folders.reduce((sum, folder) => sum + readdirSync(folder).length, 0),
    deliveredSince: (sinceMs, known) =>
      folders
        .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
        .filter((path) => known?.has(path) !== true)
        .filter((path) => statSync(path).mtimeMs >= sinceMs)
        .map((path) => ({ path, text: readFileSync(path, 'latin1') })),
    clear() {
      mkdirSync(maildir, { recursive: true })
      for (const entry of readdirSync(maildir)) {
        if (entry.startsWith('dovecot')) rmSync(join(maildir, entry), { recursive: true })
      }
      for (const folder of folders) {
        for (const file of readdirSync(folder)) rmSync(join(folder, file))
      }
    },
    fill(messages) {
      const folder = join(maildir, 'cur')
      const { uid, gid } = statSync(folder)
      let number = 0
      for (const message of messages) {
        const octets = Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
        const order = String(++number).padStart(6, '0')
        const sizes = `S=${octets.length},W=${message.length}`
        const file = join(folder, `1700${order}.M${order}P1.bench,${sizes}:2,`)
        writeFileSync(file, octets)
        chownSync(file, uid, gid)
      }
    },
  }
}
