/** The octets of a waiting message, piece by piece: `waybill queue show --headers --body`. */
import { textOfOctets } from '../../base/utf8.ts'
import type { ContentPiece } from '../../control/queue-types.ts'
import type { MessageId } from '../../journal/event.ts'
import { printable } from '../../journal/exim/escape.ts'
import type { Office } from '../../office.ts'
import type { Terminal } from '../table.ts'

/** Which parts of a message are meant. */
export interface Parts {
  readonly headers?: boolean
  readonly body?: boolean
}

/** The parts as they are; on a terminal, in printable lines. */
export async function writeContent(
  out: Terminal,
  office: Office,
  id: MessageId,
  parts: Parts,
): Promise<void> {
  const lines = new LineWriter(out)
  for await (const { head, body } of piecesOf(office, id, parts)) {
    if (parts.headers) lines.write(head)
    if (parts.body) lines.write(body)
  }
  lines.end()
}

/** The parts as texts for JSON; octets that are no UTF-8 are U+DC80 to U+DCFF. */
export async function contentOf(
  office: Office,
  id: MessageId,
  parts: Parts,
): Promise<{ readonly headers?: string; readonly body?: string }> {
  const heads: Buffer[] = []
  const bodies: Buffer[] = []
  for await (const { head, body } of piecesOf(office, id, parts)) {
    heads.push(head)
    bodies.push(body)
  }
  return {
    ...(parts.headers ? { headers: textOfOctets(Buffer.concat(heads)) } : {}),
    ...(parts.body ? { body: textOfOctets(Buffer.concat(bodies)) } : {}),
  }
}

interface Piece {
  readonly head: Buffer
  readonly body: Buffer
}

/** Ends after the header when no more is wanted. */
async function* piecesOf(office: Office, id: MessageId, { body = false }: Parts) {
  const cutter = new HeaderCutter()
  let offset: number | null = 0
  do {
    const piece: ContentPiece = await office.run('queue.content', { id, offset })
    yield cutter.take(Buffer.from(piece.base64, 'base64'))
    offset = body || !cutter.isPast ? piece.next : null
  } while (offset !== null)
}

/** Parts a message at its first empty line, which goes with the header. */
class HeaderCutter {
  /** The last octets before a piece; a message can begin with the empty line, and has no header then. */
  #before = '\n'
  isPast = false

  take(octets: Buffer): Piece {
    if (this.isPast) return { head: NOTHING, body: octets }
    const text = this.#before + octets.toString('latin1')
    const end = /\r?\n\r?\n/.exec(text)
    if (end === null) {
      this.#before = text.slice(-3)
      return { head: octets, body: NOTHING }
    }
    this.isPast = true
    const at = Math.max(0, end.index + end[0].length - this.#before.length)
    return { head: octets.subarray(0, at), body: octets.subarray(at) }
  }
}

const NOTHING = Buffer.alloc(0)

/** Octets go to a file or a pipe as they come; to a terminal in whole lines, so that no character is cut. */
class LineWriter {
  readonly #out: Terminal
  /** The beginning of a line whose end did not come yet. */
  #rest = NOTHING

  constructor(out: Terminal) {
    this.#out = out
  }

  write(octets: Buffer): void {
    if (octets.length === 0) return
    const { columns, writeOctets } = this.#out
    if (columns === undefined && writeOctets !== undefined) {
      this.#out.writeOctets?.(octets)
      return
    }
    const text = Buffer.concat([this.#rest, octets])
    const end = text.lastIndexOf(LF) + 1
    this.#rest = text.subarray(end)
    this.#show(text.subarray(0, end))
    // A line without an end is not kept for ever.
    if (this.#rest.length > MAX_LINE) this.end()
  }

  end(): void {
    this.#show(this.#rest)
    this.#rest = NOTHING
  }

  #show(octets: Buffer): void {
    const lines = textOfOctets(octets).split('\n')
    this.#out.write(lines.map((line) => printable(line.replace(/\r$/, ''))).join('\n'))
  }
}

const LF = 0x0a
const MAX_LINE = 100_000
