/**
 * What the tools of containers put before a line that a program wrote:
 *
 *   postfix-mailcow_1  | Nov 20 23:49:08 …                docker compose logs, with colours or without
 *   [pod/mail-0/postfix] Nov 20 23:49:08 …                kubectl logs --prefix
 *   2026-11-20T23:49:08.185246317Z Nov 20 23:49:08 …      docker logs -t, also behind a name
 *   2026-11-20T23:49:08.185246317Z stdout F Nov 20 …      the files of containerd and CRI-O
 *   2026-11-20 23:49:08.185246317  mail.info: Nov 20 …    s6-log behind socklog or busybox' syslogd
 */
import { readStamp, type Stamp, type SyslogClock } from './stamp.ts'

/** Where the program's own line starts, and when the container's tool took it. */
export interface ContainerHead {
  at: number
  /** NaN when the tool did not say. */
  atMs: number
}

/** False when nothing was put before the line, or what follows does not start with a time. */
export function readContainerHead(
  text: string,
  from: number,
  end: number,
  clock: SyslogClock,
  into: ContainerHead,
): boolean {
  into.at = afterName(text, from, end)
  into.atMs = Number.NaN
  if (!readStamp(text, into.at, end, clock, stamp)) return false
  // Syslog has such times too, but no second one behind it.
  const between = text.charCodeAt(into.at + 10)
  if (between === LETTER_T || between === SPACE) {
    const { atMs } = stamp
    const at = afterStream(text, Math.min(end, stamp.end + 1))
    if (readStamp(text, at, end, clock, stamp)) {
      into.at = at
      into.atMs = atMs
    }
  }
  return into.at > from
}

const stamp: Stamp = { atMs: 0, end: 0 }

/** After `name  | ` or `[pod/name/container] `; `from` when neither is there. */
function afterName(text: string, from: number, end: number): number {
  const last = Math.min(end, from + MAX_NAME_CHARS)
  let at = afterColour(text, from)
  if (text.charCodeAt(at) === OPEN) {
    if (!text.startsWith('pod/', at + 1)) return from
    while (at < last && text.charCodeAt(at) !== CLOSE && text.charCodeAt(at) !== SPACE) at++
    return text.startsWith('] ', at) ? at + 2 : from
  }
  const nameAt = at
  while (at < last && text.charCodeAt(at) > SPACE && text.charCodeAt(at) !== BAR) at++
  if (at === nameAt) return from
  while (at < last && text.charCodeAt(at) === SPACE) at++
  if (at >= last || text.charCodeAt(at) !== BAR) return from
  at = afterColour(text, at + 1)
  return text.charCodeAt(at) === SPACE ? at + 1 : from
}

/** After `ESC[36m`. */
function afterColour(text: string, from: number): number {
  if (text.charCodeAt(from) !== ESCAPE || text.charCodeAt(from + 1) !== OPEN) return from
  for (let at = from + 2; at < from + MAX_COLOUR_CHARS; at++)
    if (text.charCodeAt(at) === LETTER_M) return at + 1
  return from
}

/** After `stdout F `, or ` mail.info: `. */
function afterStream(text: string, from: number): number {
  const isStream = text.startsWith('stdout ', from) || text.startsWith('stderr ', from)
  if (isStream) return text.charCodeAt(from + 8) === SPACE ? from + 9 : from
  const facility = FACILITY.exec(text.slice(from, from + MAX_FACILITY_CHARS))
  return facility === null ? from : from + facility[0].length
}

const FACILITY = /^ ?[a-z]{3,8}[0-7]?\.[a-z]{3,7}: /
const MAX_FACILITY_CHARS = 24

const MAX_NAME_CHARS = 256
const MAX_COLOUR_CHARS = 16
const ESCAPE = 0x1b
const SPACE = 0x20
const LETTER_T = 0x54
const OPEN = 0x5b
const CLOSE = 0x5d
const LETTER_M = 0x6d
const BAR = 0x7c
