/** A folder with logs and an index of them, for tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { SqliteConnection } from '../../db/sqlite.ts'
import { formatTime, UTC } from '../../journal/zone.ts'
import { indexSources } from '../index/index-source.ts'
import {
  ingestFiles,
  ingestFolder,
  type IngestOptions,
  type IngestReport,
} from '../index/ingest.ts'
import { openTraceIndex } from '../index/open.ts'
import type { IndexedLog } from '../index/schema.ts'

export const START_MS = Date.UTC(2026, 10, 20, 9, 0, 6)

export const OPTIONS: IngestOptions = {
  format: 'auto',
  zone: UTC,
  run: () => {
    throw new Error('no other program')
  },
  keepFromMs: Number.NEGATIVE_INFINITY,
}

export class IndexRoom implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'waybill-index-'))
  readonly file = join(this.folder, 'trace.db')
  #connection: SqliteConnection | undefined

  path(name: string): string {
    return join(this.folder, name)
  }

  get connection(): SqliteConnection {
    this.#connection ??= openTraceIndex(this.file)
    return this.#connection
  }

  /** As after a restart: what was in memory is gone. */
  close(): void {
    this.#connection?.[Symbol.dispose]()
    this.#connection = undefined
  }

  ingest(names: readonly string[], options: Partial<IngestOptions> = {}): Promise<IngestReport> {
    const paths = names.map((name) => this.path(name))
    return ingestFiles(this.connection, paths, { ...OPTIONS, ...options })
  }

  ingestAll(options: Partial<IngestOptions> = {}): Promise<IngestReport> {
    return ingestFolder(this.connection, this.folder, { ...OPTIONS, ...options })
  }

  /** Every line of the index, in its order. */
  lines(logs: readonly IndexedLog[] = ['main']): Promise<string[]> {
    return linesOfIndex(this.file, logs)
  }

  [Symbol.dispose](): void {
    this.close()
    rmSync(this.folder, { recursive: true })
  }
}

export async function linesOfIndex(file: string, logs: readonly IndexedLog[]): Promise<string[]> {
  const lines: string[] = []
  const range = { zone: UTC, sinceMs: null, untilMs: null }
  for (const source of indexSources(file, range, logs))
    for await (const text of source.texts())
      lines.push(...(text.endsWith('\n') ? text.slice(0, -1) : text).split('\n'))
  return lines
}

/** The three lines of a message, one message a second. */
export function mail(number: number): string[] {
  const time = formatTime(START_MS + number * 1000, UTC)
  const id = `1vnYk2-${String(number).padStart(11, '0')}-1EaB`
  const remote = `H=mail.example.com [192.0.2.${number % 250}]:4242 P=esmtp S=1234`
  return [
    `${time} ${id} <= sender${number}@example.com ${remote} id=${number}.x@example.com for bob@example.net`,
    `${time} ${id} => bob <bob@example.net> F=<sender${number}@example.com> R=local T=mailbox S=1300`,
    `${time} ${id} Completed`,
  ]
}

/** The lines of the messages from `first` up to and without `end`. */
export function mails(first: number, end: number): string[] {
  return Array.from({ length: end - first }, (_, index) => mail(first + index)).flat()
}

export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
