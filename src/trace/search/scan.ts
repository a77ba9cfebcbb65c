/**
 * Looks through whole logs, and gives the messages for which every pattern has a line, each with all
 * its lines.
 *
 * Plain files are read twice: first only for the ids of messages, searching long texts for the
 * rarest pattern; then for all lines of those ids. When there are too many of them, or a log can be
 * read only once, one reading holds every message that is open.
 */
import { setImmediate } from 'node:timers/promises'

import { ownText } from '../../base/own-text.ts'
import { lineEnd } from '../../journal/line-end.ts'
import type { Group } from './groups.ts'
import { CONTINUATION, type LineHeads, type LineKind, OF_MESSAGE } from '../source/line-heads.ts'
import { finderOf, needsUtf8, type Pattern } from './patterns.ts'
import { type LineEncoding, textsOfRange } from '../source/ranges.ts'
import { headsOf, isInTime } from '../source/reading.ts'
import type { LogInput, LogSource } from '../source/source.ts'
import { windowOf } from '../source/time-window.ts'
import { Walk } from './walk.ts'

export interface ScanOptions {
  /** Every message must have a line for each of them; none: every message. At most 30. */
  readonly patterns: readonly Pattern[]
  /** Lines about no message count, too. */
  readonly withLoose: boolean
  /** Only these messages are looked at; undefined: all. */
  readonly only?: Messages
  /** Octets read, of how many. Files that are read twice count twice. */
  readonly progress?: ((done: number, total: number) => void) | undefined
}

/** Messages by name. */
export interface Messages {
  readonly ids: ReadonlySet<string>
  /** Message-IDs, for lines about no message that name one. */
  readonly headers: ReadonlySet<string>
}

/**
 * Messages in the order of their last lines, and between them lines about no message for which every
 * pattern is found; at the end, messages without a last line. Some at a time.
 */
export async function* scan(
  input: LogInput,
  options: ScanOptions,
): AsyncGenerator<readonly Group[]> {
  const isTwice = options.patterns.length > 0 && input.sources.every(isPlain)
  const texts = textsReader(input, isTwice, options.progress)
  const wanted = isTwice ? await findIds(input, options, texts) : null
  if (wanted !== null && wanted.ids.size === 0 && !wanted.hasLoose) return
  // What the first reading did not find, the second need not look for.
  const withLoose = wanted?.hasLoose ?? options.withLoose
  yield* groupsOf(input, { ...options, withLoose }, texts, options.only?.ids ?? wanted?.ids ?? null)
}

function isPlain({ plainFile }: LogSource): boolean {
  return plainFile !== null
}

export type Texts = (source: LogSource, encoding: LineEncoding) => AsyncGenerator<string>

/** The lines of a log within the time that is asked for, as far as that can be told cheaply. */
export function textsReader(
  input: LogInput,
  isTwice: boolean,
  progress: ScanOptions['progress'],
): Texts {
  const windows = new Map(input.sources.map((source) => [source, windowOf(input, source)]))
  const sizes = [...windows.values()].map((range) => (range === null ? 0 : range.end - range.start))
  const total = sizes.reduce((sum, size) => sum + size, 0) * (isTwice ? 2 : 1)
  let done = 0
  return async function* texts(source, encoding) {
    if (input.sinceMs !== null && source.latestMs <= input.sinceMs) return
    const range = windows.get(source) ?? null
    const all = range === null ? source.texts() : textsOfRange(range, encoding, TEXT_OCTETS)
    let heard = done
    for await (const text of all) {
      yield text
      done += text.length
      if (done - heard < TURN_OCTETS) continue
      heard = done
      progress?.(done, total)
      // Lets signals and a reader that went away be heard.
      await setImmediate()
    }
  }
}

interface Wanted {
  readonly ids: ReadonlySet<string>
  readonly hasLoose: boolean
}

/** The messages with a line for the rarest pattern; null when they are too many to remember. */
async function findIds(
  input: LogInput,
  options: ScanOptions,
  texts: Texts,
): Promise<Wanted | null> {
  const rarest = rarestOf(options.patterns)
  // Octets are enough to find it, and the fastest to read.
  const encoding = needsUtf8(rarest) ? 'utf8' : 'latin1'
  const finder = finderOf(rarest, encoding)
  const ids = new Set<string>()
  let hasLoose = false
  for (const source of input.sources) {
    const heads = headsOf(input, source)
    for await (const text of texts(source, encoding)) {
      let before = -1
      for (let at = finder.next(text, 0); at < text.length; ) {
        const from = lineStart(text, at)
        const end = lineEnd(text, at)
        const kind = recordAt(heads, text, from, end, before)
        if (kind === null) return null
        before = from
        if (kind === OF_MESSAGE && isInTime(input, heads.atMs)) {
          ids.add(ownText(text.slice(heads.idAt, heads.idEnd)))
          if (ids.size > MAX_IDS) return null
        } else if (kind !== OF_MESSAGE && options.withLoose) hasLoose = true
        at = finder.next(text, end + 1)
      }
    }
  }
  return { ids, hasLoose }
}

/** The longest, most likely; a plain one before a regular expression, which takes longer. */
function rarestOf(patterns: readonly Pattern[]): Pattern {
  const weight = ({ text, isRegex }: Pattern) => text.length - (isRegex ? 1000 : 0)
  return patterns.reduce((best, one) => (weight(one) > weight(best) ? one : best))
}

/**
 * Reads the head of the record that the line from `from` to `end` is of. A record has a first line
 * and lines that go on with it. Null: its first line is in the text before.
 * @param before  the start of a line whose record is known to be another or the same; -1: none
 */
function recordAt(
  heads: LineHeads,
  text: string,
  from: number,
  end: number,
  before: number,
): LineKind | null {
  let kind = heads.read(text, from, end)
  for (let at = from; kind === CONTINUATION; ) {
    if (at === 0) return null
    const previousEnd = at - 1
    at = lineStart(text, previousEnd)
    // Its record is the one that was last read, and is known.
    if (at <= before) return CONTINUATION
    kind = heads.read(text, at, previousEnd)
  }
  return kind
}

function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1
}

async function* groupsOf(
  input: LogInput,
  options: ScanOptions,
  texts: Texts,
  wanted: ReadonlySet<string> | null,
): AsyncGenerator<readonly Group[]> {
  const finders = options.patterns.map((pattern) => finderOf(pattern, 'utf8'))
  const walk = new Walk({
    ...{ finders, wanted, withLoose: options.withLoose, headers: options.only?.headers },
    isInTime: (atMs) => isInTime(input, atMs),
  })
  for (const [log, source] of input.sources.entries()) {
    walk.begin(log, headsOf(input, source))
    for await (const text of texts(source, 'utf8')) yield walk.read(text)
  }
  yield walk.finish()
}

/** Strings that are gone before V8 takes them for large ones: three times as fast as long ones. */
const TEXT_OCTETS = 64 * 1024
const TURN_OCTETS = 2 * 1024 * 1024
/** Ids that are remembered between the two readings. */
const MAX_IDS = 50_000
