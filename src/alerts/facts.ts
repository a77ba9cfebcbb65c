/** What the rules look at: values, gathered by `gather.ts`, so that a rule is a pure function. */
import type { Relay } from '../directory/types.ts'
import type { Space } from '../doctor/outside.ts'
import type { QueueFigures } from '../doctor/queue/figures.ts'
import type { Memory } from './rows.ts'

export interface Facts {
  readonly nowMs: number
  /** Of this server. */
  readonly startedMs: number
  readonly dataFolder: string
  readonly queue: QueueFigures
  /** Of the file system of the data folder. */
  readonly space: Space
  /** New mail is put off while less than this is free. */
  readonly leastFreeOctets: number
  readonly memoryOctets: number
  /** What the system lets the service have; null: all there is. */
  readonly memoryMostOctets: number | null
  /** By account: failed logins of the last hour. */
  readonly failedLogins: ReadonlyMap<string, FailedLogins>
  readonly panic: PanicLog
  readonly relays: readonly Pick<Relay, 'name' | 'loginRefused'>[]
  readonly memory: Pick<Memory, 'deliveredMs' | 'failingSinceMs' | 'triedMs'>
  /** Where nothing goes at the moment. */
  readonly failing: readonly FailingDestination[]
  /** When the last backup was made; null: Waybill knows of none. */
  readonly backupMs: number | null
  readonly ways: WaysFacts
}

export interface FailedLogins {
  readonly count: number
  /** The networks they came from, most often first. */
  readonly from: readonly string[]
}

export interface PanicLog {
  /** Lines that no other rule tells of. */
  readonly lines: number
  /** The last of them, the newest last. */
  readonly last: readonly string[]
}

export interface FailingDestination {
  /** `relay:NAME`, `mx:example.net`. */
  readonly name: string
  /** The other server's words, or ours; null: nobody said any. */
  readonly error: string | null
}

export interface WaysFacts {
  /** Their names. */
  readonly configured: ReadonlySet<string>
  /** Of those that were used since the start: why the last alert did not go; null: it went. */
  readonly used: ReadonlyMap<string, string | null>
}
