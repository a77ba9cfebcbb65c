/** Lines of Dovecot, read as those of the system log and of its own file. */
import assert from 'node:assert/strict'

import type { LogLine } from '../event.ts'
import { logReader } from '../reader.ts'
import { UTC } from '../zone.ts'

export const AT = 'Nov 20 23:51:18'
export const AT_MS = Date.UTC(2026, 10, 20, 23, 51, 18)

/** Lines of the system log, after the tag; a level makes the same line one of Dovecot's own file. */
export function read(...messages: readonly string[]): LogLine {
  const zone = UTC
  const reader = logReader({ format: 'auto', zone, latestMs: AT_MS, log: 'main' })
  let last: LogLine | undefined
  for (const message of messages) {
    const line = `${AT} mail dovecot: ${message}`
    last = reader.read(line, 0, line.length)
    const own = inOwnFile(message)
    if (own === null || last.type === 'unknown') continue
    const ownReader = logReader({ format: 'dovecot', zone, latestMs: AT_MS, log: 'main' })
    assert.deepEqual(ownReader.read(own, 0, own.length), last, 'in its own file it is the same')
  }
  assert.ok(last !== undefined)
  return last
}

/** Null for what depends on the lines before. */
function inOwnFile(message: string): string | null {
  const known = /^[a-z0-9-]+(?:\([^)]*\))?(?:<[^>]*>)*: /.exec(message)
  if (known === null || message.includes('unknown user')) return null
  const rest = message.slice(known[0].length)
  if (/^request \[\d+\]: (?:Info|Error): /.test(rest)) return null
  const hasLevel = /^(?:Debug|Warning|Error|Fatal|Panic): /.test(rest)
  return `${AT} ${known[0]}${hasLevel ? '' : 'Info: '}${rest}`
}

/** The event's fields that are named in `expected`. */
export function assertEvent(message: string, expected: Partial<Record<string, unknown>>): void {
  const event = read(message)
  const found = Object.fromEntries(
    Object.keys(expected).map((key) => [
      key,
      key in event ? event[key as keyof LogLine] : undefined,
    ]),
  )
  assert.deepEqual(found, expected, message)
  if (event.type !== 'continuation') assert.equal(event.atMs, AT_MS)
}
