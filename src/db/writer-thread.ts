/**
 * The writer: the only thread that changes the database. It takes every call that arrived while
 * the last commit was syncing, commits them together and answers them together.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'

import { type Call, groupCommitter, type Outcome, type WriteTable } from './group-commit.ts'
import { SqliteConnection } from './sqlite.ts'

/** What the opening thread hands over. */
export interface WriterData {
  readonly file: string
  /** URL of a module that exports `writes`, the table of all writes. */
  readonly writesModule: string
  readonly cacheKib: number
}

export type ToWriter =
  | { readonly kind: 'calls'; readonly calls: readonly Call[] }
  | { readonly kind: 'close' }

export type FromWriter =
  | { readonly kind: 'ready' }
  | { readonly kind: 'outcomes'; readonly outcomes: readonly Outcome[] }

if (parentPort === null) throw new Error('writer-thread.ts runs as a worker')
const port = parentPort
const data: WriterData = workerData
const { writes }: { writes: WriteTable } = await import(data.writesModule)
const connection = new SqliteConnection(data.file, { readOnly: false, cacheKib: data.cacheKib })
const commit = groupCommitter(connection, writes)

port.on('message', (first: ToWriter) => {
  const calls: Call[] = []
  let closing = collect(first, calls)
  for (;;) {
    const more = receiveMessageOnPort(port)
    if (more === undefined) break
    closing = collect(more.message, calls) || closing
  }
  if (calls.length > 0) {
    const outcomes = commit(calls)
    port.postMessage({ kind: 'outcomes', outcomes } satisfies FromWriter)
  }
  if (closing) {
    connection[Symbol.dispose]()
    port.close()
  }
})
port.postMessage({ kind: 'ready' } satisfies FromWriter)

function collect(message: ToWriter, calls: Call[]): boolean {
  if (message.kind === 'close') return true
  calls.push(...message.calls)
  return false
}
