/**
 * kill -9 of two processes that take the same logs into the same index, while the logs grow, tear,
 * are rotated by name and by copying, and compressed: at the end each line is in the index once.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { rotatedFiles, rotatedName } from '../../src/journal/log-names.ts'
import { formatTime, UTC } from '../../src/journal/zone.ts'
import { indexSources } from '../../src/trace/index/index-source.ts'
import { ingestFolder } from '../../src/trace/index/ingest.ts'
import { openTraceIndex } from '../../src/trace/index/open.ts'
import { SeededRandom } from './random.ts'

export interface IndexKillReport {
  readonly cycles: number
  readonly lines: number
  readonly rotations: number
  /** Lines of the log that the index does not have, or has more often, and children that failed. */
  readonly problems: readonly string[]
}

export interface IndexKillOptions {
  readonly cycles: number
  readonly seed: number
  readonly progress?: (line: string) => void
}

export async function indexKillCycles(options: IndexKillOptions): Promise<IndexKillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-index-kill-'))
  const logs = new GrowingLogs(join(folder, 'log'), new SeededRandom(options.seed))
  const random = new SeededRandom(options.seed + 1)
  const file = join(folder, 'trace.db')
  const problems: string[] = []
  try {
    for (let cycle = 1; cycle <= options.cycles && problems.length === 0; cycle++) {
      const children = [startChild(file, logs.folder), startChild(file, logs.folder)]
      const endMs = performance.now() + random.between(150, 900)
      while (performance.now() < endMs) {
        logs.step()
        await sleep(random.between(0, 8))
      }
      for (const child of children) problems.push(...(await child.kill()))
      options.progress?.(`cycle ${cycle}/${options.cycles}: ${logs.lines.length} lines`)
    }
    logs.finish()
    await takeAll(file, logs.folder)
    problems.push(...(await differences(file, logs.lines)))
  } finally {
    rmSync(folder, { recursive: true })
  }
  const { lines, rotations } = logs
  return { cycles: options.cycles, lines: lines.length, rotations, problems }
}

/** Writes a log as servers and logrotate do. */
class GrowingLogs {
  readonly folder: string
  readonly lines: string[] = []
  rotations = 0
  readonly #random: SeededRandom
  readonly #path: string
  /** The rest of a line of which only a part is written. */
  #rest = ''
  #number = 0

  constructor(folder: string, random: SeededRandom) {
    this.folder = folder
    this.#random = random
    this.#path = join(folder, 'mainlog')
    mkdirSync(folder)
  }

  step(): void {
    const what = this.#random.next()
    if (what < 0.9) this.#write()
    else if (what < 0.94) this.#rotate()
    else if (what < 0.96) this.#copyAndTruncate()
    else this.#compress()
  }

  finish(): void {
    appendFileSync(this.#path, this.#rest)
    this.#rest = ''
  }

  #write(): void {
    let text = this.#rest
    const count = this.#random.pick([1, 3, 20, 400])
    for (let added = 0; added < count; added++) {
      const number = ++this.#number
      const time = formatTime(START_MS + number * 10, UTC)
      const line = `${time} 1vnYk2-${String(number).padStart(11, '0')}-1EaB <= a${number}@example.com H=x [192.0.2.1]`
      this.lines.push(line)
      text += `${line}\n`
    }
    const torn = this.#random.next() < 0.3 ? this.#random.between(1, 60) : 0
    this.#rest = text.slice(text.length - torn)
    appendFileSync(this.#path, text.slice(0, text.length - torn))
  }

  #rotate(): void {
    if (this.#number === 0) return
    this.finish()
    renameSync(this.#path, join(this.folder, this.#newName()))
  }

  /** Atomic here, as it is not in life: what is written between copy and cut is lost there. */
  #copyAndTruncate(): void {
    if (this.#number === 0) return
    this.finish()
    appendFileSync(this.#path, '')
    copyFileSync(this.#path, join(this.folder, this.#newName()))
    truncateSync(this.#path)
  }

  #newName(): string {
    this.rotations++
    const taken = new Set(readdirSync(this.folder))
    return rotatedName('mainlog', START_MS + this.#number * 10, UTC, taken)
  }

  /** As the server does: a whole file is put in place before the other is removed. */
  #compress(): void {
    const name = rotatedFiles('mainlog', readdirSync(this.folder)).find((one) => !/gz$/.test(one))
    if (name === undefined) return
    const path = join(this.folder, name)
    writeFileSync(`${path}.gz.tmp`, gzipSync(readFileSync(path), { level: 1 }))
    renameSync(`${path}.gz.tmp`, `${path}.gz`)
    rmSync(path)
  }
}

interface Child {
  /** What it had to say before it was killed. */
  kill(): Promise<readonly string[]>
}

function startChild(file: string, folder: string): Child {
  const script = fileURLToPath(new URL('./index-child.ts', import.meta.url))
  const child: ChildProcess = spawn(process.execPath, [script, file, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(child, 'close')
  return {
    async kill() {
      child.kill('SIGKILL')
      await ended
      return child.signalCode === 'SIGKILL' ? [] : [`a child ended by itself: ${said}`]
    },
  }
}

async function takeAll(file: string, folder: string): Promise<void> {
  using connection = openTraceIndex(file)
  const run = () => {
    throw new Error('no other program')
  }
  const keepFromMs = Number.NEGATIVE_INFINITY
  await ingestFolder(connection, folder, { format: 'auto', zone: UTC, run, keepFromMs })
}

async function differences(file: string, expected: readonly string[]): Promise<string[]> {
  const counts = new Map<string, number>()
  for (const line of expected) counts.set(line, (counts.get(line) ?? 0) + 1)
  for (const source of indexSources(file, { zone: UTC, sinceMs: null, untilMs: null }))
    for await (const text of source.texts())
      for (const line of text.split('\n'))
        if (line !== '') counts.set(line, (counts.get(line) ?? 0) - 1)
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([line, count]) => (count > 0 ? `lost: ${line}` : `${1 - count} times: ${line}`))
}

const START_MS = Date.UTC(2026, 10, 20, 9, 0, 6)
