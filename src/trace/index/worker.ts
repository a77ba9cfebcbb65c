/** What the index thread of a server does: see `keeper.ts`. */
import { statSync } from 'node:fs'
import type { MessagePort } from 'node:worker_threads'

import { messageOf } from '../../base/faults.ts'
import type { SqliteConnection } from '../../db/sqlite.ts'
import type { Zone } from '../../journal/zone.ts'
import { LogFault } from '../source/unpack.ts'
import { ingestFolder } from './ingest.ts'
import type { FromIndexWorker, IndexWorkerData, ToIndexWorker } from './keeper.ts'
import { withTraceIndex } from './open.ts'
import { isDamagedIndex } from './packing.ts'
import { forgetBefore } from './retention.ts'

/** Makes a pass, then one for each message, until it is told to close. Then the port is closed. */
export async function runIndexWorker(
  port: MessagePort,
  data: IndexWorkerData,
  zone: Zone,
): Promise<void> {
  const inbox = new Inbox(port)
  const pass: Pass = { folder: data.folder, zone, keepFromMs: data.keepFromMs, forgotMs: 0 }
  const tell = (problem: string | null) => port.postMessage({ problem } satisfies FromIndexWorker)
  try {
    while (!inbox.isClosing.aborted)
      await withTraceIndex({ file: data.file, isOwn: true }, tell, async (connection) => {
        const opened = identityOf(data.file)
        while (!inbox.isClosing.aborted) {
          // Removed or moved aside: lines taken into it would be lost.
          if (opened === null || identityOf(data.file) !== opened) return
          tell(await problemOf(() => takeAll(connection, pass, inbox.isClosing)))
          const keepFromMs = await inbox.next()
          if (keepFromMs !== null) pass.keepFromMs = keepFromMs
        }
      })
  } catch (error) {
    tell(messageOf(error))
  }
  port.close()
}

/** Null when there is no file. */
function identityOf(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false })
  return found === undefined ? null : `${found.dev}:${found.ino}`
}

interface Pass {
  readonly folder: string
  readonly zone: Zone
  keepFromMs: number
  /** When old lines were last forgotten. */
  forgotMs: number
}

async function takeAll(
  connection: SqliteConnection,
  pass: Pass,
  signal: AbortSignal,
): Promise<void> {
  const { folder, zone, keepFromMs } = pass
  const run = () => {
    throw new LogFault('a server compresses its logs with gzip only')
  }
  await ingestFolder(connection, folder, { format: 'auto', zone, run, keepFromMs, signal })
  if (performance.now() - pass.forgotMs < FORGET_EVERY_MS && pass.forgotMs > 0) return
  await forgetBefore(connection, keepFromMs, signal)
  pass.forgotMs = performance.now()
}

/** Null when all went well. @throws what is wrong with a damaged index: it is made anew */
async function problemOf(run: () => Promise<void>): Promise<string | null> {
  try {
    await run()
    return null
  } catch (error) {
    if (isDamagedIndex(error)) throw error
    return messageOf(error)
  }
}

/** Messages of the server; several passes asked for meanwhile are one. */
class Inbox {
  readonly #closing = new AbortController()
  #keepFromMs: number | null = null
  #wake: () => void = () => {}

  constructor(port: MessagePort) {
    port.on('message', (message: ToIndexWorker) => {
      this.#take(message)
      this.#wake()
    })
  }

  get isClosing(): AbortSignal {
    return this.#closing.signal
  }

  /** The next pass that is asked for; null when it is to close. */
  async next(): Promise<number | null> {
    if (this.#keepFromMs === null && !this.isClosing.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    const keepFromMs = this.#keepFromMs
    this.#keepFromMs = null
    return keepFromMs
  }

  #take(message: ToIndexWorker): void {
    if (message.kind === 'close') this.#closing.abort()
    else this.#keepFromMs = message.keepFromMs
  }
}

const FORGET_EVERY_MS = 60 * 60_000
