/** Puts together what checks of other servers look at. */
import type { Clock } from '../../base/clock.ts'
import type { Resolver } from '../../dns/resolver.ts'
import type { Zone } from '../../journal/zone.ts'
import { connect } from '../reach/dialogue.ts'
import { readAccounts } from './accounts.ts'
import { readDovecot } from './dovecot.ts'
import { readExim } from './exim.ts'
import { readPostfix } from './postfix.ts'
import { openRoot } from './root.ts'
import { type ForeignServer, type ForeignWorld, NotInstalled } from './world.ts'

export interface ForeignOptions {
  /** Absolute; `/` is this machine. */
  readonly root: string
  readonly servers: readonly ForeignServer[]
  readonly clock: Clock
  readonly zone: Zone
  readonly resolver: Resolver
}

export function openForeign({
  root,
  servers,
  clock,
  zone,
  resolver,
}: ForeignOptions): ForeignWorld {
  const { files, run, hostPath } = openRoot(root, process.getuid?.() === 0)
  const world: ForeignWorld = {
    ...{ files, run, hostPath, connect, root, servers, clock, zone, resolver },
    accounts: readAccounts(files),
    exim: once((signal) => readExim(world, signal)),
    postfix: once((signal) => readPostfix(world, signal)),
    dovecot: once((signal) => readDovecot(world, signal)),
  }
  return world
}

function once<T>(read: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let known: Promise<T> | null = null
  return async (signal) => {
    known ??= read(signal)
    const reading = known
    try {
      return await reading
    } catch (error) {
      // Who has more time may have more luck.
      if (!(error instanceof NotInstalled) && known === reading) known = null
      throw error
    }
  }
}
