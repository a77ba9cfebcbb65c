/** Lines that are no step in a message's life: what they are about, and which host they name. */
import type { Host, MessageId, Note, NoteTopic } from '../event.ts'
import { unescaped } from './escape.ts'
import { Fields } from './fields.ts'
import { NoteRules } from './note-rules.ts'
import { CHECK_NOTES } from './notes-checks.ts'
import { DAEMON_NOTES } from './notes-daemon.ts'
import { ANYWHERE_NOTES, MESSAGE_NOTES } from './notes-message.ts'
import { CLIENT_NOTES, SESSION_NOTES } from './notes-session.ts'
import { isFreeText } from './free-text.ts'

/** The note in a text without fields; undefined when no rule knows it. */
export function readNote(
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId | null,
): Note | undefined {
  const raw = text.slice(at, end)
  if (raw === '' || OWN_ESCAPE.test(raw)) return note(atMs, id, 'other', null, raw)
  const found = RULES.match(raw)
  if (found !== undefined) {
    const host = found.hostAt >= 0 ? hostAt(raw, found.hostAt) : namedHost(raw)
    return note(atMs, id, found.topic, host, raw)
  }
  // What an administrator lets ACLs and filters write: `logwrite`.
  return isFreeText(raw, id !== null) ? note(atMs, id, 'policy', namedHost(raw), raw) : undefined
}

/** The note in a line whose fields were read: they name the client, or the host we called. */
export function readFieldNote(
  fields: Fields,
  text: string,
  at: number,
  end: number,
  atMs: number,
  id: MessageId | null,
): Note | undefined {
  const raw = text.slice(at, end)
  const topic =
    CLIENT_RULES.match(text.slice(fields.at, end))?.topic ??
    // What happened when we called this host: `H=mx.example.com [192.0.2.1] Connection refused`.
    (id !== null && fields.host !== null ? 'delivery' : undefined)
  return topic === undefined ? undefined : note(atMs, id, topic, fields.host, raw)
}

function note(
  atMs: number,
  id: MessageId | null,
  topic: NoteTopic,
  host: Host | null,
  raw: string,
): Note {
  return { type: 'note', atMs, id, topic, host, program: null, text: unescaped(raw) }
}

/**
 * `H=…` somewhere in the text. What a client sent stands in quotes, and can hold such words too:
 * before the host in `error in "…" H=…`, on both sides of it in `rejected "…" H=… next input="…"`.
 */
function namedHost(raw: string): Host | null {
  const input = raw.indexOf(' input="')
  if (input >= 0 && raw.includes(' input="', input + 1)) return null
  const head = input < 0 ? raw : raw.slice(0, input)
  const quote = head.lastIndexOf('" H=')
  if (quote >= 0) return hostAt(head, quote + 4)
  if (head.includes('"')) return null
  const at = head.indexOf(' H=')
  return at < 0 ? null : hostAt(head, at + 3)
}

/** Only one with an address: other words can stand there too. */
function hostAt(raw: string, at: number): Host | null {
  const host = new Fields(raw, at, raw.length, 'session').readHost()
  return host === null || host.address === null ? null : host
}

/** A first character that the writer escaped: nothing else is to be seen in the note. */
const OWN_ESCAPE = /^\\[0-7]{3}/

const RULES = new NoteRules(SESSION_NOTES, DAEMON_NOTES, CHECK_NOTES, MESSAGE_NOTES, ANYWHERE_NOTES)
const CLIENT_RULES = new NoteRules(CLIENT_NOTES)
