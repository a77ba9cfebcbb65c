/** Lines with the tag of a system log, for the tests of what stands after it. */
import assert from 'node:assert/strict'

import type { Event, Host, MessageId, Unknown } from '../event.ts'
import { PostfixReader } from '../postfix/read.ts'

export const AT = Date.UTC(2026, 10, 20, 9, 0, 6)
export const ID = '3F2A1B0C4D' as MessageId
export const OTHER = '4PbC4z6W5Qz3tG3' as MessageId
export const MX: Host = { name: 'mx.example.net', helo: null, address: '192.0.2.1', port: null }
export const TAIL = 'from=<a@example.org> to=<bob@example.net> proto=ESMTP helo=<mx>'

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

/** Each line is exactly this event. */
export function check(cases: Readonly<Record<string, Event | Unknown>>): void {
  for (const [line, event] of Object.entries(cases)) assert.deepEqual(readLine(line), event, line)
}

/** The event of each line has these fields, among others. */
export function checkPart(cases: Readonly<Record<string, object>>): void {
  for (const [line, fields] of Object.entries(cases)) {
    const event = readLine(line)
    assert.partialDeepStrictEqual(event, fields, `${line}\n${JSON.stringify(event)}`)
  }
}
