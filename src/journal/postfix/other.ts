/** Filters and policy servers that log beside Postfix. Their words are their own: notes, all of them. */
import type { Event, Host, MessageId, NoteTopic } from '../event.ts'
import { readAlarm } from './alarm.ts'
import { hostIn, hostOfAddress } from './host.ts'
import { noteOf } from './note.ts'
import type { Head } from './program.ts'
import { queueIdEnd } from './queue-id.ts'
import { findCode } from './text.ts'

/** The line of a program that is not Postfix'. */
export function readOther(
  text: string,
  at: number,
  end: number,
  head: Head,
  topic: NoteTopic,
): Event | undefined {
  if (at >= end) return undefined
  const alarm = readAlarm(text, at, end, head)
  if (alarm !== undefined) return alarm
  const said = text.slice(at, end)
  const id = head.id ?? queueIdIn(said)
  const host = hostOf(said)
  // amavis: `(01234-05) (!)…`
  if (AMAVIS_ALARM.test(said))
    return { ...noteOf(head, topic, host, said), type: 'warning', id, local: null }
  return { ...noteOf(head, topic, host, said), id }
}

/** amavis: `Queue-ID: 3F2A1B0C4D, `; policy servers: `queue_id=3F2A1B0C4D`. */
function queueIdIn(said: string): MessageId | null {
  for (const words of QUEUE_IDS) {
    const found = said.indexOf(words)
    if (found < 0) continue
    const at = found + words.length
    const end = queueIdEnd(said, at, said.length)
    if (end > 0) return said.slice(at, end) as MessageId
  }
  return null
}

/** The client: `client-ip=192.0.2.1;`, `client_address=192.0.2.1/32, `, or the first in brackets. */
function hostOf(said: string): Host | null {
  for (const words of CLIENTS) {
    const found = said.indexOf(words)
    if (found < 0) continue
    const at = found + words.length
    let end = at
    while (end < said.length && !ENDS.has(said.charAt(end))) end++
    return hostOfAddress(said.slice(at, end))
  }
  const open = findCode(said, BRACKET, 0, said.length)
  return open < said.length ? hostIn(said, 0, said.length) : null
}

const AMAVIS_ALARM = /^\([0-9-]{1,30}\) \(!/
const QUEUE_IDS = ['Queue-ID: ', 'queue_id=', 'instance=']
const CLIENTS = ['client-ip=', 'client_address=', 'client_addr=']
const ENDS: ReadonlySet<string> = new Set(' ,;/)')
const BRACKET = 0x5b
