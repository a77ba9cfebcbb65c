/** Connections that have begun and not ended: an end needs the time of its beginning. */
import { ownText } from '../../base/own-text.ts'
import type { Host, Note } from '../../journal/event.ts'
import { hostLabel } from './keys.ts'

/** When connections began, by program and host, oldest first. Plain data, for another thread. */
export type OpenConnectionsByHost = ReadonlyMap<string, readonly number[]>

/**
 * Bounded: what is too much is not kept. Most connections end within a few lines: the last ones are
 * looked through one by one, which is faster than making a key of each.
 */
export class OpenConnections {
  readonly #older = new Map<string, number[]>()
  /** Null: the place is free. */
  readonly #recent: (Connection | null)[] = new Array(RECENT).fill(null)
  #next = 0

  /** @returns false when it cannot be kept */
  begin({ host, program, atMs }: Connected): boolean {
    const connection = { program, host, beganMs: atMs }
    const free = this.#recent.indexOf(null)
    if (free >= 0) {
      this.#recent[free] = connection
      return true
    }
    const place = this.#next
    this.#next = (place + 1) % RECENT
    const oldest = this.#recent[place]
    this.#recent[place] = connection
    return oldest === null || oldest === undefined || this.#keep(oldest)
  }

  /**
   * A connection of this host to this program ended: of several, the first.
   * @returns when it began; undefined when nobody knows
   */
  end(host: Host, program: string | null): number | undefined {
    const older = this.#older.size === 0 ? undefined : this.#endOlder(keyOf({ program, host }))
    return older ?? this.#endRecent(host, program)
  }

  #endRecent(host: Host, program: string | null): number | undefined {
    let found = -1
    let beganMs: number | undefined
    for (let place = 0; place < RECENT; place++) {
      const one = this.#recent[place]
      if (one === null || one === undefined || !isSame(one, program, host)) continue
      if (beganMs !== undefined && one.beganMs >= beganMs) continue
      found = place
      beganMs = one.beganMs
    }
    if (found >= 0) this.#recent[found] = null
    return beganMs
  }

  #endOlder(key: string): number | undefined {
    const began = this.#older.get(key)
    const beganMs = began?.shift()
    if (began?.length === 0) this.#older.delete(key)
    return beganMs
  }

  /** Those of the part of the log that follows. */
  join(later: OpenConnectionsByHost): void {
    this.all()
    for (const [key, began] of later)
      this.#older.set(key, [...(this.#older.get(key) ?? []), ...began])
  }

  all(): OpenConnectionsByHost {
    const recent = this.#recent.filter((one) => one !== null)
    for (const one of recent.toSorted((a, b) => a.beganMs - b.beganMs)) this.#keep(one)
    this.#recent.fill(null)
    return this.#older
  }

  #keep(connection: Connection): boolean {
    const key = keyOf(connection)
    const began = this.#older.get(key)
    if (began === undefined) {
      if (this.#older.size >= MAX_HOSTS) return false
      this.#older.set(ownText(key), [connection.beganMs])
      return true
    }
    if (began.length >= MAX_OF_HOST) return false
    began.push(connection.beganMs)
    return true
  }
}

/** A note of a connection, with its host. */
export interface Connected extends Pick<Note, 'program' | 'atMs'> {
  readonly host: Host
}

interface Connection {
  readonly program: string | null
  readonly host: Host
  readonly beganMs: number
}

function isSame({ program, host }: Connection, otherProgram: string | null, other: Host): boolean {
  return (
    host.address === other.address &&
    host.port === other.port &&
    program === otherProgram &&
    host.name === other.name &&
    host.helo === other.helo
  )
}

function keyOf({ program, host }: Pick<Connection, 'program' | 'host'>): string {
  return `${program ?? ''} ${hostLabel(host)}${host.port ?? ''}`
}

/** They keep the texts of the log that they were cut from in memory: few. */
const RECENT = 8
const MAX_OF_HOST = 1_000
const MAX_HOSTS = 50_000
