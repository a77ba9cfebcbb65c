/**
 * Lines of JSON that hold a line of a log: journald's (`journalctl -o json`), and those in which
 * Docker keeps what a container wrote.
 */

export interface JsonLine {
  /** Null when the line does not say. */
  readonly atMs: number | null
  /** '' when there is none, as in Docker's lines, whose message is a whole line of a log. */
  readonly program: string
  /** 0 when there is none. */
  readonly process: number
  readonly message: string
}

/** Null when it is no such line. */
export function readJsonLine(line: string): JsonLine | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null // cut short, nested without end, or no JSON at all
  }
  if (typeof value !== 'object' || value === null) return null
  const fields = new Map<string, unknown>(Object.entries(value))
  const log = fields.get('log')
  if (typeof log === 'string') {
    const atMs = Date.parse(textOf(fields.get('time')))
    const message = log.endsWith('\n') ? log.slice(0, -1) : log
    return { atMs: Number.isNaN(atMs) ? null : atMs, program: '', process: 0, message }
  }
  if (!fields.has('MESSAGE')) return null
  const micros = Number(textOf(fields.get('__REALTIME_TIMESTAMP')) || Number.NaN)
  const process = Number(textOf(fields.get('SYSLOG_PID')) || textOf(fields.get('_PID')))
  return {
    atMs: micros <= LAST_MICROS && micros >= 0 ? Math.floor(micros / 1000) : null,
    program: textOf(fields.get('SYSLOG_IDENTIFIER')) || textOf(fields.get('_COMM')),
    process: Number.isSafeInteger(process) && process > 0 ? process : 0,
    message: textOf(fields.get('MESSAGE')),
  }
}

/** A text, the octets of one that is not plain UTF-8, or the first of several values. */
function textOf(value: unknown): string {
  const isSeveral = Array.isArray(value) && typeof value[0] !== 'number'
  return plainTextOf(isSeveral ? value[0] : value)
}

/** Not what an array nested in it holds: one line can nest them without end. */
function plainTextOf(value: unknown): string {
  if (typeof value === 'string') return value
  const isOctets = Array.isArray(value) && value.every((octet) => typeof octet === 'number')
  return isOctets ? Buffer.from(value).toString() : ''
}

/** What a Date can hold. */
const LAST_MICROS = 8.64e18
