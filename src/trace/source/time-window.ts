/** The part of a plain log in which a time lies, found without reading the rest. */
import { closeSync, openSync, readSync } from 'node:fs'

import { CONTINUATION, type LineHeads } from './line-heads.ts'
import type { FileRange } from './ranges.ts'
import { headsOf } from './reading.ts'
import type { LogInput, LogSource } from './source.ts'

/**
 * A range that holds every line of the time that is asked for, and others: lines are still to be
 * looked at. The whole file when its lines are not in the order of time. Null when it is no plain file.
 */
export function windowOf(input: LogInput, source: LogSource): FileRange | null {
  const { plainFile: path, sizeOctets: size } = source
  if (path === null || size === null) return null
  const { sinceMs, untilMs } = input
  const whole = { path, start: 0, end: size }
  if ((sinceMs === null && untilMs === null) || size < SMALL_OCTETS) return whole
  const file = openSync(path, 'r')
  try {
    const timeAt = timesOf(file, headsOf(input, source))
    if (!isOrdered(timeAt, size)) return whole
    const isEarly = (atMs: number) => sinceMs !== null && atMs < sinceMs - SLACK_MS
    const isLate = (atMs: number) => untilMs !== null && atMs > untilMs + SLACK_MS
    const start = sinceMs === null ? 0 : border(size, (at) => isEarly(timeAt(at))).last
    const end = untilMs === null ? size : border(size, (at) => !isLate(timeAt(at))).first
    return { path, start, end: Math.max(start, end) }
  } finally {
    closeSync(file)
  }
}

/** The time of the first line that starts at an offset or later; NaN when none is near. */
function timesOf(file: number, heads: LineHeads): (at: number) => number {
  const octets = Buffer.allocUnsafe(PROBE_OCTETS)
  return (at) => {
    const text = octets.toString('latin1', 0, readSync(file, octets, 0, octets.length, at))
    let from = at === 0 ? 0 : text.indexOf('\n') + 1
    for (let end = text.indexOf('\n', from); end >= 0; end = text.indexOf('\n', from)) {
      if (heads.read(text, from, end) !== CONTINUATION) return heads.atMs
      from = end + 1
    }
    return Number.NaN
  }
}

/** Looks at a few places only: what is out of order is in blocks, as files that were put together. */
function isOrdered(timeAt: (at: number) => number, size: number): boolean {
  let latestMs = Number.NEGATIVE_INFINITY
  for (let probe = 0; probe < PROBES; probe++) {
    const atMs = timeAt(Math.floor((size * probe) / PROBES))
    if (!(atMs >= latestMs - SLACK_MS)) return false
    latestMs = Math.max(latestMs, atMs)
  }
  return true
}

/** Between what two offsets a condition that is fulfilled at first ceases to be. */
function border(size: number, holds: (at: number) => boolean): { last: number; first: number } {
  let last = 0
  let first = size
  while (first - last > PROBE_OCTETS) {
    const middle = Math.floor((last + first) / 2)
    if (holds(middle)) last = middle
    else first = middle
  }
  return { last, first }
}

/** Not worth looking for a part of it. */
const SMALL_OCTETS = 4 * 1024 * 1024
/** Longer than any line. */
const PROBE_OCTETS = 32 * 1024
const PROBES = 64
/** By how much lines can be out of order: processes write at their own pace. */
const SLACK_MS = 10 * 60_000
