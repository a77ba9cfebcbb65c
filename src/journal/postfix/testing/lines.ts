/** Lines with the prefix of a system log, for the tests of what stands after it. */
import type { Event, Unknown } from '../../event.ts'
import { PostfixReader } from '../read.ts'

export const AT = Date.UTC(2026, 10, 20, 9, 0, 6)

/** Reads `postfix/smtpd[12]: connect from …` lines of one log, in their order. */
export function readLines(lines: readonly string[]): (Event | Unknown)[] {
  const reader = new PostfixReader()
  return lines.map((line) => readLine(line, reader))
}

/** Reads one such line. */
export function readLine(line: string, reader = new PostfixReader()): Event | Unknown {
  const match = /^([^ [:]+)(?:\[(\d+)\])?: /.exec(line)
  if (match === null) throw new Error(`no tag: ${line}`)
  const [prefix, program = '', process = '0'] = match
  const head = { atMs: AT, program, process: Number(process) }
  // Among others, as in a log: nothing beyond the line's ends may be looked at.
  const text = `postfix/x[1]: <a>, [b]: (c)\n${line}\n: <a@b>, relay=x[192.0.2.99]:25) from=<>`
  const lineStart = text.indexOf('\n') + 1
  return reader.read(head, text, lineStart + prefix.length, lineStart + line.length, lineStart)
}
