/**
 * The log files: the only part that writes them.
 *
 *   mainlog    every event of mail
 *   rejectlog  rejections and failed logins again, with the rejected message's header
 *   paniclog   what needs a human again; on a healthy server it does not exist
 *   authlog    logins in Dovecot's form
 *
 * Modes 0600, the folder 0700. Recording returns at once and never throws.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/faults.ts'
import type { Journal, OwnEvent } from '../journal/event.ts'
import { renderRejection } from '../journal/exim/write.ts'
import { LOG_NAMES, type LogName } from '../journal/log-names.ts'
import type { Zone } from '../journal/zone.ts'
import type { EventCounters } from './counters.ts'
import { LogFile } from './log-file.ts'
import { renderLine } from './render.ts'
import { isLaterDay, type Rotation, rotate, tidy } from './rotation.ts'

export interface LogsOptions {
  readonly folder: string
  readonly clock: Clock
  readonly rotation: Rotation
  readonly zone: Zone
  /** Told in a sentence when a log cannot be written, and when it can again. */
  readonly report: (message: string) => void
  readonly counters?: EventCounters
}

/** Opens the logs; a line that a crash cut short is gone then. @throws when the folder cannot be made */
export async function openLogs(options: LogsOptions): Promise<Logs> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const logs = new Logs(options)
  await logs.mainlog.sync().catch(() => {}) // it was reported, and is tried again
  return logs
}

export class Logs implements Journal, AsyncDisposable {
  /** The log that the outbox is emptied into. */
  readonly mainlog: LogFile
  readonly #options: LogsOptions
  readonly #files: { readonly [L in LogName]: LogFile }
  readonly #closing = new AbortController()
  #tidying: Promise<void>

  constructor(options: LogsOptions) {
    this.#options = options
    this.#files = {
      mainlog: this.#logFile('mainlog'),
      rejectlog: this.#logFile('rejectlog'),
      paniclog: this.#logFile('paniclog'),
      authlog: this.#logFile('authlog'),
    }
    this.mainlog = this.#files.mainlog
    this.#tidying = this.#tidyAll(LOG_NAMES)
  }

  /** Lines lost since the start, because a log could not be written for too long. */
  get lostLines(): number {
    return LOG_NAMES.reduce((sum, name) => sum + this.#files[name].lostLines, 0)
  }

  record(event: OwnEvent): void {
    try {
      this.#options.counters?.count(event)
      this.#record(event)
    } catch (error) {
      this.#options.report(`an event of type ${event.type} is not logged: ${messageOf(error)}`)
    }
  }

  /** Everything recorded so far is in the files. Rejects when one of them cannot be written. */
  async flush(): Promise<void> {
    await Promise.all(LOG_NAMES.map((name) => this.#files[name].flush()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.all(LOG_NAMES.map((name) => this.#files[name][Symbol.asyncDispose]()))
    await this.#tidying
  }

  #record(event: OwnEvent): void {
    const { zone } = this.#options
    const { mainlog, rejectlog, paniclog, authlog } = this.#files
    const line = renderLine(event, zone)
    switch (event.type) {
      case 'loggedIn':
      case 'loginFailed':
      case 'loggedOut':
      case 'noLogin':
        authlog.append(line)
        return
      case 'rejected':
      case 'authenticationFailed':
        mainlog.append(line)
        rejectlog.append(`${renderRejection(event, zone)}\n`)
        return
      case 'panic':
        mainlog.append(line)
        paniclog.append(line)
        return
      case 'arrival':
      case 'delivered':
      case 'failed':
      case 'deferred':
      case 'completed':
      case 'queueAction':
      case 'warning':
      case 'note':
        mainlog.append(line)
        return
      default:
        event satisfies never
    }
  }

  #logFile(name: LogName): LogFile {
    const { folder, clock, rotation, zone, report } = this.#options
    return new LogFile({
      path: join(folder, name),
      clock,
      report,
      isFull: (sizeOctets, lastWriteMs) =>
        sizeOctets > rotation.maxOctets ||
        // Yesterday's alarms stay where somebody sees them.
        (rotation.daily && name !== 'paniclog' && isLaterDay(lastWriteMs, clock.nowMs(), zone)),
      rotate: async () => {
        await rotate(folder, name, clock.nowMs(), zone)
        this.#tidying = this.#tidying.then(() => this.#tidyAll([name]))
      },
    })
  }

  /** Off the hot path; a failure is reported and tried again at the next rotation. */
  async #tidyAll(names: readonly LogName[]): Promise<void> {
    const { folder, rotation, report } = this.#options
    for (const name of names)
      try {
        await tidy(folder, name, rotation, this.#closing.signal)
      } catch (error) {
        if (!this.#closing.signal.aborted)
          report(`old files of ${name} cannot be compressed or removed: ${messageOf(error)}`)
      }
  }
}
