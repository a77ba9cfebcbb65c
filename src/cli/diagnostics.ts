import { destination, pino } from 'pino'

import { printable } from '../journal/exim/escape.ts'
import type { Diagnostics } from '../server.ts'

/**
 * Diagnostics on stderr, written at once: a line of JSON each, or a short line for a person at a
 * terminal. They concern the server; what happens to mail is in the log files.
 */
export function diagnosticsTo(style: 'json' | 'pretty'): Diagnostics {
  const stderr = destination({ dest: 2, sync: true })
  const logger =
    style === 'json'
      ? pino({ base: { name: 'waybill' }, timestamp: pino.stdTimeFunctions.isoTime }, stderr)
      : pino({ base: null }, { write: (line) => stderr.write(pretty(line)) })
  return {
    info: (text) => logger.info(text),
    warn: (text) => logger.warn(text),
    error: (text, error) => logger.error({ err: error }, text),
  }
}

interface Line {
  readonly level: number
  readonly time: number
  readonly msg: string
  readonly err?: { readonly message?: string; readonly stack?: string }
}

function pretty(line: string): string {
  const { level, time, msg, err }: Line = JSON.parse(line)
  const word = level >= 50 ? 'error: ' : level >= 40 ? 'warning: ' : ''
  const why = err === undefined ? '' : `\n${err.stack ?? err.message ?? ''}`
  return `${new Date(time).toTimeString().slice(0, 8)} ${word}${printable(msg)}${why}\n`
}
