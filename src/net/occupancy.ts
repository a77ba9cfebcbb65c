import { readFileSync } from 'node:fs'

import type { ConnectionLimits } from '../base/limits.ts'

/**
 * How full the server is: its connections over all listeners, beside the limit and beside what the
 * system lets the process open. A tenth of the open files, and some more, stay for the store.
 */
export class Occupancy {
  readonly #limits: ConnectionLimits
  readonly #ceiling: number
  #open = 0

  /** @param openFiles  how many files the process may have open */
  constructor(limits: ConnectionLimits, openFiles = openFilesLimit()) {
    this.#limits = limits
    this.#ceiling = Math.max(1, Math.floor(openFiles * SHARE_OF_FILES) - FILES_OF_THE_STORE)
  }

  get isFull(): boolean {
    return this.#open >= this.#most
  }

  /** Nearly full: a client that says nothing is waited for only briefly. */
  get isStressed(): boolean {
    return this.#open >= this.#most * STRESSED_FROM
  }

  enter(): void {
    this.#open++
  }

  leave(): void {
    this.#open--
  }

  get #most(): number {
    return Math.min(this.#limits.maxConnections, this.#ceiling)
  }
}

const SHARE_OF_FILES = 0.9
const FILES_OF_THE_STORE = 64
const STRESSED_FROM = 0.8

/** RLIMIT_NOFILE, as Node has raised it; without /proc, no limit is known. */
function openFilesLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1')
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
