/** Logs that can be read: files as rotation leaves them, compressed or not, and standard input. */
import { createReadStream, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'

import { DAY_MS } from '../../base/durations.ts'
import { systemCodeOf, systemReason } from '../../base/faults.ts'
import { lineEnd } from '../../journal/line-end.ts'
import { detectFormat, type LogFormat } from '../../journal/reader.ts'
import type { Zone } from '../../journal/zone.ts'
import { textsOfOctets } from './lines.ts'
import { readerOf } from './reading.ts'
import { CHUNK_OCTETS, textsOfRange } from './ranges.ts'
import { compressionOf, LogFault, type RunFilter, unpacked, unpackedFile } from './unpack.ts'

/** Which of Exim's logs it is; the only one of other servers is the main log. */
export type LogKind = 'main' | 'reject' | 'panic'

/** One log that can be read. */
export interface LogSource {
  /** As the user named it. */
  readonly name: string
  /** From the file's name. */
  readonly log: LogKind
  /** No line is later: the file's last change and a day. Gives syslog's lines their year. */
  readonly latestMs: number
  /** A path whose octets are the lines themselves, to be read anywhere and by several threads. */
  readonly plainFile: string | null
  /** Of the file as it is stored; null when nobody can say. */
  readonly sizeOctets: number | null
  /**
   * The lines, many at a time, each with its newline; the very last one can be without. Standard
   * input can be read only once.
   * @throws LogFault when the rest is damaged
   */
  texts(): AsyncIterable<string>
  /**
   * Where lines can be looked up: those that hold one of these words, and others that stand near
   * them. A word is a message id, a Message-ID, an address, an IP address in brackets or of a login,
   * or a login; any other finds nothing. Capitals count as small letters.
   */
  readonly textsWith?: (words: readonly string[]) => AsyncIterable<string>
}

/** What a command reads. */
export interface LogInput {
  /** In the order of their first lines. */
  readonly sources: readonly LogSource[]
  readonly format: LogFormat | 'auto'
  /** Of times that do not say theirs. */
  readonly zone: Zone
  /** Lines before it do not count; null: from the first. */
  readonly sinceMs: number | null
  /** Lines at it and later do not count; null: to the last. */
  readonly untilMs: number | null
}

/** What opening needs of the world outside. */
export interface SourceWorld {
  readonly format: LogFormat | 'auto'
  readonly zone: Zone
  readonly nowMs: number
  /** Standard input, for `-`. */
  readonly input: AsyncIterable<Uint8Array>
  readonly run: RunFilter
}

/**
 * The logs of these names, in the order of their first lines: a rotated set may be given in any
 * order, as a shell does. A file that is named twice is read once.
 * @throws LogFault one sentence for what is missing, unreadable, a folder or no log
 */
export async function openSources(
  paths: readonly string[],
  world: SourceWorld,
): Promise<LogSource[]> {
  const opened: Opened[] = []
  const seen = new Set<string>()
  for (const path of paths) {
    const file = path === STANDARD_INPUT ? null : await statOf(path)
    const identity = file === null ? path : `${file.dev}:${file.ino}`
    if (seen.has(identity)) continue
    seen.add(identity)
    opened.push(
      file === null
        ? await openStream('standard input', world.input, world)
        : await openPath(path, file, world),
    )
  }
  // A log without a line that has a time is empty, or nobody knows where it belongs.
  opened.sort((one, other) => (one.firstMs ?? Infinity) - (other.firstMs ?? Infinity) || 0)
  return opened.map(({ source }) => source)
}

export const STANDARD_INPUT = '-'

interface Opened {
  readonly source: LogSource
  /** The time of its first line that has one. */
  readonly firstMs: number | null
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

async function openPath(path: string, file: Stats, world: SourceWorld): Promise<Opened> {
  if (file.isDirectory()) throw new LogFault(`${path} is a folder; name the log files in it`)
  // A pipe of the shell: `<(zcat …)`.
  if (!file.isFile()) return await openStream(path, createReadStream(path), world)
  const head = await firstOf(path, createReadStream(path, { end: 5 }))
  const isPlain = compressionOf(head) === null
  const { size } = file
  const octets = () => unpackedFile(path, path, world.run)
  const about = {
    name: path,
    log: kindOf(path),
    latestMs: Math.min(file.mtimeMs, world.nowMs) + DAY_MS,
  }
  const sample = await sampleOf(path, octets())
  const source: LogSource = {
    ...about,
    plainFile: isPlain ? path : null,
    sizeOctets: size,
    texts: () => (isPlain ? textsOfFile(path, size) : textsOfOctets(octets(), 'utf8')),
  }
  return { source, firstMs: checked(source, sample, world) }
}

async function openStream(
  name: string,
  input: AsyncIterable<Uint8Array>,
  world: SourceWorld,
): Promise<Opened> {
  const texts = textsOfOctets(unpacked(name, input, world.run), 'utf8')
  const first = await texts.next().catch((error: unknown) => {
    throw unreadable(name, error)
  })
  const sample = first.done ? '' : first.value
  const source: LogSource = {
    name,
    log: kindOf(name),
    latestMs: world.nowMs + DAY_MS,
    plainFile: null,
    sizeOctets: null,
    async *texts() {
      yield sample
      yield* texts
    },
  }
  return { source, firstMs: checked(source, sample, world) }
}

/** The time of its first line. @throws LogFault when not one of its first lines is of a mail log */
function checked(source: LogSource, whole: string, world: SourceWorld): number | null {
  const sample = whole.slice(0, whole.lastIndexOf('\n', SAMPLE_CHARS) + 1) || whole
  if (sample.trim() === '') return null
  if (sample.startsWith('SQLite format 3\0'))
    throw new LogFault(
      `${source.name} is a database: an index is asked by the folder it is in, with --data, and its name there is trace.db`,
    )
  if (world.format === 'auto' && detectFormat(sample) === null)
    throw new LogFault(
      `${source.name} is no mail log: none of its first lines is one of Exim, Postfix or Dovecot`,
    )
  const reader = readerOf(world, source)
  for (let from = 0; from < sample.length; ) {
    const end = lineEnd(sample, from)
    const line = reader.read(sample, from, end)
    if (line.type !== 'continuation' && line.atMs !== null) return line.atMs
    from = end + 1
  }
  return null
}

/** `rejectlog.1.gz`, `exim_paniclog`. */
function kindOf(path: string): LogKind {
  const name = basename(path)
  if (/reject/i.test(name)) return 'reject'
  return /panic/i.test(name) ? 'panic' : 'main'
}

async function* textsOfFile(path: string, size: number): AsyncGenerator<string> {
  yield* textsOfRange({ path, start: 0, end: size }, 'utf8')
}

async function sampleOf(path: string, octets: AsyncIterable<Uint8Array>): Promise<string> {
  for await (const text of textsOfOctets(upTo(octets, SAMPLE_CHARS * 2), 'utf8')) return text
  return ''

  async function* upTo(all: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
    let count = 0
    try {
      for await (const chunk of all) {
        yield chunk
        count += chunk.length
        if (count >= limit) return
      }
    } catch (error) {
      throw unreadable(path, error)
    }
  }
}

async function firstOf(path: string, octets: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  try {
    for await (const chunk of octets) return chunk
  } catch (error) {
    throw unreadable(path, error)
  }
  return Buffer.alloc(0)
}

function unreadable(path: string, error: unknown): Error {
  if (error instanceof LogFault) return error
  const code = systemCodeOf(error)
  if (code === 'ENOENT') return new LogFault(`there is no file ${path}`)
  const hint = code === 'EACCES' ? '; root may, and often the group adm' : ''
  return new LogFault(`${path} cannot be read: ${systemReason(error)}${hint}`, { cause: error })
}

const SAMPLE_CHARS = CHUNK_OCTETS / 8
