/** What checks of another mail server may look at: one that is installed here, or in another root. */
import type { Clock } from '../../base/clock.ts'
import type { Resolver } from '../../dns/resolver.ts'
import type { Zone } from '../../journal/zone.ts'
import type { Outside } from '../outside.ts'
import type { Account } from './accounts.ts'
import type { DovecotConfig } from './dovecot.ts'
import type { EximConfig } from './exim.ts'
import type { PostfixConfig } from './postfix.ts'

export type ForeignServer = 'exim' | 'postfix' | 'dovecot'
export const FOREIGN_SERVERS: readonly ForeignServer[] = ['exim', 'postfix', 'dovecot']

/** `files` and `run` are those of the root: paths begin there, and nothing can be changed in it. */
export interface ForeignWorld extends Outside {
  readonly clock: Clock
  /** Of the times in its logs. */
  readonly zone: Zone
  readonly resolver: Resolver
  /** `/`: it runs on this machine. */
  readonly root: string
  readonly servers: readonly ForeignServer[]
  /** The users of the root. */
  readonly accounts: ReadonlyMap<string, Account>
  /** Where a path of the root is on this machine. */
  hostPath(path: string): string
  /** Read once, however many checks ask. @throws NotInstalled */
  exim(signal: AbortSignal): Promise<EximConfig>
  postfix(signal: AbortSignal): Promise<PostfixConfig>
  dovecot(signal: AbortSignal): Promise<DovecotConfig>
}

/** How a configuration became known. */
export interface Known {
  /** `exim -bP config`, or the file that was read. */
  readonly by: string
  /** What the server itself says is wrong with it, a line each; it does not start with some of them. */
  readonly complaints: readonly string[]
  /** With what was said the server would not start. */
  readonly isBroken: boolean
}

/** Nothing was found of the server: neither its program nor its configuration. */
export class NotInstalled extends Error {}

/** All that it listens on is of this machine alone: nobody from outside can reach it. */
export function isLoopbackOnly(addresses: readonly string[]): boolean {
  return addresses.length > 0 && addresses.every(isLoopback)
}

function isLoopback(address: string): boolean {
  const bare = address.toLowerCase().replace(/^\[|\]$/g, '')
  return (
    /^127\.\d+\.\d+\.\d+$/.test(bare) ||
    /^(?:ip6-)?localhost$|^loopback-only$/.test(bare) ||
    bare === '::1' ||
    bare === '::0001'
  )
}
