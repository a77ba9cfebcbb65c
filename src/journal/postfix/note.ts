/**
 * Lines about no message, or about one without being a step of it. How they start is a table,
 * `note-table.ts`: what Postfix' daemons say, version 2.0 to 3.10.
 */
import { isDigit } from '../../base/digits.ts'
import type { Host, Note, NoteTopic } from '../event.ts'
import { findHost, type HostPlace, hostAt, hostIn, hostOfAddress, readHost } from './host.ts'
import { AFTER_HOST, INSIDE, STARTS, VERBOSE } from './note-table.ts'
import type { Head } from './program.ts'
import { findCode } from './text.ts'

/** The note at `at`; undefined when no form of the table is it. */
export function readNote(text: string, at: number, end: number, head: Head): Note | undefined {
  const rules = BY_FIRST[text.charCodeAt(at)]
  if (rules !== undefined)
    for (const { start, topic } of rules)
      if (text.startsWith(start, at) && at + start.length <= end)
        return startNote(text, at, end, head, start, topic)
  return afterHost(text, at, end, head) ?? insideNote(text.slice(at, end), head) ?? undefined
}

/** A note with these facts. */
export function noteOf(head: Head, topic: NoteTopic, host: Host | null, text: string): Note {
  const { atMs, id, program } = head
  return { type: 'note', atMs, id, topic, host, program: program.name, text }
}

function startNote(
  text: string,
  at: number,
  end: number,
  head: Head,
  start: string,
  topic: NoteTopic,
): Note {
  const { daemon } = head.program
  const about = daemon === 'postscreen' ? 'postscreen' : daemon === 'tlsproxy' ? 'tls' : topic
  const said = text.slice(at, end)
  const host = hostOf(text, at, end, start, topic)
  return noteOf(head, about, host, said)
}

function hostOf(
  text: string,
  at: number,
  end: number,
  start: string,
  topic: NoteTopic,
): Host | null {
  const after = at + start.length
  if (topic === 'connected' || topic === 'disconnected') return readHost(text, after, end)
  if (topic === 'blocklist')
    return hostOfAddress(text.slice(after, findCode(text, SPACE, after, end)))
  if (topic === 'statistics') {
    // `(smtpd:192.0.2.1)`
    const open = findCode(text, OPEN, after, end)
    const colon = findCode(text, COLON, open, end)
    const close = findCode(text, CLOSE, colon, end)
    return close < end ? hostOfAddress(text.slice(colon + 1, close)) : null
  }
  if (HOSTLESS.has(topic)) return null
  return hostIn(text, at, end)
}

/** `mx[192.0.2.1]: Reusing old session` */
function afterHost(text: string, at: number, end: number, head: Head): Note | undefined {
  if (!findHost(text, at, end, place)) return undefined
  let after = place.end
  while (after < end && isDigit(text.charCodeAt(after))) after++ // postscreen: `[192.0.2.1]25: …`
  if (!text.startsWith(': ', after)) return undefined
  const said = text.slice(after + 2, end)
  for (const [topic, starts] of AFTER_HOST)
    if (starts.some((start) => said.startsWith(start)))
      return noteOf(head, topic, hostAt(text, at, place), text.slice(at, end))
  return undefined
}

const place: HostPlace = { open: 0, close: 0, end: 0 }

/** What has its own words only after a name, or is a daemon that was told to say all it does. */
function insideNote(said: string, head: Head): Note | undefined {
  for (const [topic, words] of INSIDE)
    if (words.some((word) => said.includes(word)))
      return noteOf(head, topic, hostIn(said, 0, said.length), said)
  return VERBOSE.some((form) => form.test(said))
    ? noteOf(head, 'process', hostIn(said, 0, said.length), said)
    : undefined
}

interface Rule {
  readonly start: string
  readonly topic: NoteTopic
}

/** The rules by the code of their first character. */
const BY_FIRST: (Rule[] | undefined)[] = []
for (const [topic, starts] of STARTS)
  for (const start of starts) {
    const code = start.charCodeAt(0)
    const rules = BY_FIRST[code] ?? []
    rules.push({ start, topic })
    BY_FIRST[code] = rules
  }

/** Topics whose brackets hold no host. */
const HOSTLESS: ReadonlySet<NoteTopic> = new Set([
  ...(['start', 'stop', 'reload', 'configuration'] as const),
])
const SPACE = 0x20
const OPEN = 0x28
const CLOSE = 0x29
const COLON = 0x3a
