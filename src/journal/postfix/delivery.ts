/**
 * What became of one recipient, the same line from smtp, lmtp, local, virtual, pipe, error, retry and
 * discard:
 *
 *   to=<bob@b>, orig_to=<al@a>, relay=mx.b[192.0.2.1]:25, conn_use=2, delay=1.1,
 *   delays=0.1/0.01/0.5/0.5, tls=may, dsn=2.0.0, status=sent (250 OK)
 *
 * Postfix before 3.5 logs an address without its quotes, so that it can hold `>, relay=` and all that
 * follows, as can the other server's answer at the end. Where a line can be read in both ways, nothing
 * tells which it is: then it is a note, and neither a delivery nor a failure.
 *
 * `delays` are the time before the queue manager, in it, to connect, and to transfer. Postfix before
 * 2.3 has neither `delays` nor `dsn`.
 */
import type { Event, Host, TlsFacts } from '../event.ts'
import { readHost } from './host.ts'
import { noteOf } from './note.ts'
import type { Head } from './program.ts'
import { closeOf, findCode, readSecondsMs } from './text.ts'
import type { TlsMemory } from './tls.ts'

/** The line whose `to=` is at `at`; undefined when it is cut before its status. */
export function readDelivery(
  text: string,
  at: number,
  end: number,
  head: Head,
  memory: TlsMemory,
): Event | undefined {
  const fields = new DeliveryFields(text, at, end)
  fields.readAll()
  if (fields.outcome === '') return undefined
  if (fields.isAmbiguous) {
    return noteOf(head, 'delivery', null, text.slice(at, end))
  }
  const { relayAt } = fields
  const tls = relayAt < 0 ? null : memory.of(head.process, text, relayAt)
  return eventOf(fields, head, tls) ?? probeOrStep(fields, head, text.slice(at, end))
}

/** A cursor over the fields of such a line. */
class DeliveryFields {
  address = ''
  originalTo: string | null = null
  relayAt = -1
  relayEnd = -1
  queueTimeMs: number | null = null
  deliverTimeMs: number | null = null
  status: string | null = null
  /** The word of `status=`. */
  outcome = ''
  /** What stands in brackets after it. */
  said = ''

  readonly text: string
  readonly #end: number
  #at: number
  /** No address after this one ends either. */
  #isUnclosed = false

  constructor(text: string, at: number, end: number) {
    this.text = text
    this.#at = at
    this.#end = end
  }

  readAll(): void {
    while (this.outcome === '' && this.#at < this.#end) this.#field()
  }

  /** Can the address end later, within what was taken for the answer? */
  get isAmbiguous(): boolean {
    const { said } = this
    let at = said.indexOf('>, ')
    while (at >= 0 && !isAddressFollowed(said, at + 3, said.length))
      at = said.indexOf('>, ', at + 3)
    return at >= 0 && said.includes(', status=', at)
  }

  get host(): Host | null {
    return this.relayAt < 0 ? null : readHost(this.text, this.relayAt, this.relayEnd)
  }

  /** `relay=` as it stands: `local`, a pipe's service. */
  get relay(): string | null {
    return this.relayAt < 0 ? null : this.text.slice(this.relayAt, this.relayEnd)
  }

  /** One `name=value, `, known by its first letters and length. */
  #field(): void {
    const { text } = this
    const from = this.#at
    const equals = findCode(text, EQUALS, from, this.#end)
    const at = equals + 1
    const length = equals - from
    const first = text.charCodeAt(from)
    if (first === LETTER_S && length === 6) this.#outcome(at)
    else if (first === LETTER_T && length === 2) this.address = this.#address(at)
    else if (first === LETTER_O && length === 7) this.originalTo = this.#address(at)
    else {
      const valueEnd = findCode(text, COMMA, at, this.#end)
      if (first === LETTER_R && length === 5) {
        this.relayAt = at
        this.relayEnd = valueEnd
      } else if (first === LETTER_D && length === 5) {
        const delay = readSecondsMs(text, at, valueEnd)
        this.queueTimeMs = Number.isNaN(delay) ? null : delay
      } else if (first === LETTER_D && length === 6) this.#delays(at, valueEnd)
      else if (first === LETTER_D && length === 3) this.status = text.slice(at, valueEnd)
      this.#at = valueEnd + 2
    }
  }

  /** An address in brackets; old Postfix has none around a local user's name. */
  #address(at: number): string {
    const { text } = this
    if (text.charCodeAt(at) === LESS && !this.#isUnclosed) {
      let close = closeOf(text, at + 1, this.#end)
      // Postfix before 3.5 logs what was quoted without its quotes: a bracket and a comma too.
      while (close > 0 && !isAddressFollowed(text, close + 3, this.#end))
        close = closeOf(text, close + 1, this.#end)
      if (close > 0) {
        this.#at = close + 3
        return text.slice(at + 1, close)
      }
      if (text.charCodeAt(at + 1) === QUOTE) {
        this.#at = this.#end // nothing after the quote is sure to be Postfix'
        return ''
      }
      this.#isUnclosed = true
    }
    const end = findCode(text, COMMA, at, this.#end)
    this.#at = end + 2
    return text.slice(at, end)
  }

  /** Only the last two of the four parts: what the delivery itself took. */
  #delays(from: number, end: number): void {
    const { text } = this
    const second = findCode(text, SLASH, from, end)
    const connectAt = findCode(text, SLASH, second + 1, end) + 1
    const transferAt = findCode(text, SLASH, connectAt, end) + 1
    const sum = readSecondsMs(text, connectAt, end) + readSecondsMs(text, transferAt, end)
    this.deliverTimeMs = Number.isNaN(sum) ? null : sum
  }

  #outcome(at: number): void {
    const { text } = this
    const end = this.#end
    const wordEnd = findCode(text, SPACE, at, end)
    this.outcome = text.slice(at, wordEnd)
    this.#at = end
    const from = text.charCodeAt(wordEnd + 1) === OPEN ? wordEnd + 2 : wordEnd + 1
    const isWhole = text.charCodeAt(end - 1) === CLOSE // lines end after 2,000 octets
    this.said = from < end ? text.slice(from, isWhole ? end - 1 : end) : ''
  }
}

function isAddressFollowed(text: string, at: number, end: number): boolean {
  return at >= end || text.startsWith('relay=', at) || text.startsWith('orig_to=', at)
}

/** Written out in full: an object that is put together of others takes several times as long. */
function eventOf(fields: DeliveryFields, head: Head, tls: TlsFacts | null): Event | undefined {
  const { atMs, id, program } = head
  if (id === null) return undefined
  const type = OUTCOMES.get(fields.outcome)
  if (type === undefined) return undefined
  const { host, queueTimeMs, deliverTimeMs, status } = fields
  const recipient = {
    address: fields.address,
    parents: fields.originalTo === null ? NONE : [fields.originalTo],
    from: undefined,
    router: null,
    transport: program.daemon === 'pipe' ? fields.relay : program.service,
  }
  if (type === 'delivered')
    return {
      type,
      mark: '=>',
      atMs,
      id,
      recipient,
      host,
      tls,
      authenticator: null,
      sizeOctets: null,
      mailbox: null,
      confirmation: fields.said,
      queueTimeMs,
      deliverTimeMs,
      status,
    }
  return {
    type,
    atMs,
    id,
    recipient,
    host,
    tls,
    errorNumber: null,
    reason: fields.said,
    queueTimeMs,
    deliverTimeMs,
    status,
  }
}

/** An address that was only asked about, or a step on the way; undefined for a word nobody knows. */
function probeOrStep(fields: DeliveryFields, head: Head, text: string): Event | undefined {
  const isProbe = PROBES.has(fields.outcome)
  if (!isProbe && !STEPS.has(fields.outcome)) return undefined
  return noteOf(head, isProbe ? 'callout' : 'delivery', fields.host, text)
}

/** `SOFTBOUNCE`: would have failed, but `soft_bounce` keeps it. */
const OUTCOMES: ReadonlyMap<string, 'delivered' | 'deferred' | 'failed'> = new Map([
  ['sent', 'delivered'],
  ['deferred', 'deferred'],
  ['SOFTBOUNCE', 'deferred'],
  ['bounced', 'failed'],
  ['expired', 'failed'],
])
/** `sendmail -bv`, and `verify(8)`. */
const PROBES: ReadonlySet<string> = new Set([
  ...['deliverable', 'undeliverable', 'deliverable-but-not-cached', 'undeliverable-but-not-cached'],
])
/** `sendmail -v`, and a delivery status notification that was asked for. */
const STEPS: ReadonlySet<string> = new Set([
  'expanded',
  'relayed',
  'delivered',
  'delayed',
  'failed',
])
const NONE: readonly string[] = []
const SPACE = 0x20
const QUOTE = 0x22
const OPEN = 0x28
const CLOSE = 0x29
const COMMA = 0x2c
const SLASH = 0x2f
const LESS = 0x3c
const EQUALS = 0x3d
const LETTER_D = 0x64
const LETTER_O = 0x6f
const LETTER_R = 0x72
const LETTER_S = 0x73
const LETTER_T = 0x74
