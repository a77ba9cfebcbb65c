/**
 * Lines of Postfix as events: what stands after the prefix of the system log. Never throws; a line
 * that no documented form covers is `unknown`.
 *
 *   3F2A1B0C4D: to=<bob@b>, … status=sent (250 OK)     a queue id, and what became of it
 *   NOQUEUE: reject: RCPT from mx[192.0.2.1]: …        before there was one
 *   warning: …                                         what a person should see
 *   connect from mx[192.0.2.1]                         everything else: notes
 */
import type { Event, MessageId, QueueAction, Related, Unknown } from '../event.ts'
import { readAction, readBusy } from './action.ts'
import { readAlarm } from './alarm.ts'
import { readClient, readMessageId, readPickup, readSender } from './arrival.ts'
import { readDelivery } from './delivery.ts'
import { noteOf, readNote } from './note.ts'
import { readOther } from './other.ts'
import { type Head, type Program, readProgram } from './program.ts'
import { queueIdEnd } from './queue-id.ts'
import { readTls, TlsMemory } from './tls.ts'

/** What stood before the message. */
export interface PostfixLine {
  readonly atMs: number
  /** `postfix/smtpd`, `postfix/submission/smtpd`, `postfix-out/smtp`. */
  readonly program: string
  /** The process id; 0 when absent. */
  readonly process: number
}

/** Reads the lines of one log in their order: a process' TLS line tells about its later ones. */
export class PostfixReader {
  readonly #memory = new TlsMemory()
  readonly #programs = new Map<string, Program>()

  /**
   * The message from `from` to `end` of a text.
   * @param lineStart  where the whole line begins, for {@link Unknown}
   */
  read(
    line: PostfixLine,
    text: string,
    from: number,
    end: number,
    lineStart: number,
  ): Event | Unknown {
    const program = this.#program(line.program)
    const at = afterRepeat(text, from, end)
    const last = at === from || text.charCodeAt(end - 1) !== CLOSE ? end : end - 1
    const idEnd = queueIdEnd(text, at, last)
    const hasId = idEnd > 0 && text.charCodeAt(idEnd) === COLON && idEnd < last
    const id = hasId ? (text.slice(at, idEnd) as MessageId) : null
    const { atMs, process } = line
    const head = { atMs, id, program, process }
    const body = hasId ? idEnd + 2 : text.startsWith(NO_QUEUE, at) ? at + NO_QUEUE.length : at
    const event = body > last ? undefined : this.#read(text, body, last, head)
    if (event !== undefined) return event
    return { type: 'unknown', atMs, id, program: null, line: text.slice(lineStart, end) }
  }

  #read(text: string, at: number, end: number, head: Head): Event | undefined {
    if (head.program.topic !== null) return readOther(text, at, end, head, head.program.topic)
    const { id } = head
    const code = text.charCodeAt(at)
    if (id !== null) {
      const event = this.#step(text, at, end, head, id, code)
      if (event !== undefined) return event
    } else if (code === LETTER_C && text.startsWith('client=', at))
      return readClient(text, at, end, head, this.#memory)
    else if (IS_ALARM[code] === 1) {
      const event = readAlarm(text, at, end, head)
      if (event !== undefined) return event
    }
    return this.#note(text, at, end, head, code)
  }

  /** A line with a queue id that tells a step of the message. */
  #step(
    text: string,
    at: number,
    end: number,
    head: Head,
    id: MessageId,
    code: number,
  ): Event | undefined {
    if (code === LETTER_T && text.startsWith('to=', at))
      return readDelivery(text, at, end, head, this.#memory)
    if (code === LETTER_F && text.startsWith('from=<', at))
      return readSender(text, at, end, head, id)
    if (code === LETTER_M && text.startsWith('message-id=', at))
      return readMessageId(text, at + 11, end, head, id)
    if (code === LETTER_C && text.startsWith('client=', at))
      return readClient(text, at, end, head, this.#memory)
    if (code === LETTER_R && end - at === 7 && text.startsWith('removed', at))
      return removed(head, id)
    if (code === LETTER_R && text.startsWith('resent-message-id=', at))
      return readMessageId(text, at + 18, end, head, id)
    if (code === LETTER_U && text.startsWith('uid=', at)) return readPickup(text, at, end, head, id)
    const said = text.slice(at, end)
    return readQueueAction(said, head, id) ?? readRelated(said, head, id)
  }

  #note(text: string, at: number, end: number, head: Head, code: number): Event | undefined {
    if (IS_ACTION[code] === 1) {
      const event = readAction(text, at, end, head, this.#memory) ?? readBusy(text, at, end, head)
      if (event !== undefined) return event
    }
    if (head.id !== null && IS_ALARM[code] === 1) {
      const event = readAlarm(text, at, end, head)
      if (event !== undefined) return event
    }
    if (IS_TLS[code] === 1) {
      const line = readTls(text, at, end)
      if (line !== null) {
        this.#memory.set(head.process, line)
        return noteOf(head, 'tls', line.host, text.slice(at, end))
      }
    }
    const note = readNote(text, at, end, head)
    if (note?.topic === 'connected' || note?.topic === 'disconnected')
      this.#memory.forget(head.process)
    return note
  }

  #program(name: string): Program {
    const known = this.#programs.get(name)
    if (known !== undefined) return known
    if (this.#programs.size >= MAX_PROGRAMS) this.#programs.clear()
    const program = readProgram(name)
    this.#programs.set(name, program)
    return program
  }
}

/** rsyslog: `message repeated 2 times: [ …]`. One event for all of them: only the count is lost. */
function afterRepeat(text: string, at: number, end: number): number {
  if (text.charCodeAt(at) !== LETTER_M || !text.startsWith(REPEATED, at)) return at
  const open = text.slice(at, Math.min(end, at + 60)).indexOf(': [ ')
  return open < 0 ? at : at + open + 4
}

/** qmgr: the message is done. postsuper: a person deleted it. */
function removed(head: Head, id: MessageId): Event {
  const { atMs } = head
  if (head.program.daemon === 'postsuper') return queueAction('removed', head, id, 'removed')
  return { type: 'completed', atMs, id, queueTimeMs: null }
}

function readQueueAction(said: string, head: Head, id: MessageId): Event | undefined {
  const action = QUEUE_ACTIONS.get(said)
  return action === undefined ? undefined : queueAction(action, head, id, said)
}

function queueAction(
  action: QueueAction['action'],
  head: Head,
  id: MessageId,
  text: string,
): QueueAction {
  const { atMs, program } = head
  const by = program.daemon === 'postsuper' ? 'postsuper' : null
  return { type: 'queueAction', atMs, id, action, recipient: null, by, text }
}

/** bounce: `sender non-delivery notification: 3F2A1B0C4E`. */
function readRelated(said: string, head: Head, id: MessageId): Event | undefined {
  for (const [words, relation] of NOTIFICATIONS) {
    if (!said.startsWith(words)) continue
    const other = said.slice(words.length)
    if (queueIdEnd(other, 0, other.length) !== other.length) return undefined
    return { type: 'related', atMs: head.atMs, id, other: other as MessageId, relation }
  }
  return undefined
}

/** qmgr and postsuper, by the whole of what they say. */
const QUEUE_ACTIONS: ReadonlyMap<string, QueueAction['action']> = new Map([
  ['skipped, still being delivered', 'locked'],
  ['placed on hold', 'held'],
  ['released from hold', 'released'],
  ['requeued', 'requeued'],
  ['expired', 'expired'],
])
const NOTIFICATIONS: readonly (readonly [words: string, relation: Related['relation']])[] = [
  ['sender non-delivery notification: ', 'bounce'],
  ['sender delay notification: ', 'delayNotice'],
  ['sender delivery status notification: ', 'successNotice'],
  ['postmaster non-delivery notification: ', 'copy'],
  ['postmaster delay notification: ', 'copy'],
]
const NO_QUEUE = 'NOQUEUE: '
const REPEATED = 'message repeated '
/** Tags can be anything in a hostile file. */
const MAX_PROGRAMS = 1024
const COLON = 0x3a
const CLOSE = 0x5d
const LETTER_C = 0x63
const LETTER_F = 0x66
const LETTER_M = 0x6d
const LETTER_R = 0x72
const LETTER_T = 0x74
const LETTER_U = 0x75
/** First letters of warning, error, fatal, panic; of what actions are called; of TLS lines. */
const IS_ALARM = firstLetters('wefpW')
const IS_ACTION = firstLetters('rhawdbfpsimt')
const IS_TLS = firstLetters('AUTV')

function firstLetters(letters: string): Uint8Array {
  const table = new Uint8Array(128)
  for (const letter of letters) table[letter.charCodeAt(0)] = 1
  return table
}
