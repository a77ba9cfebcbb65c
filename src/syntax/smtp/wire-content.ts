/**
 * The content of a message as it may stand on the wire: RFC 5321 §2.3.8, §4.5.2 and §4.5.3.1.6.
 *
 *   CR, more CR, LF      a line end, as are CR and LF alone: made CRLF, no two servers can disagree
 *   a long line          goes on in the next, which begins with its white space, or one we put there
 *   a dot that begins a line is doubled, after all that
 *
 * So nothing in a message can end it early, whoever wrote it.
 */
import { view } from '../../base/octets.ts'

/** RFC 5322 §2.1.1, without CRLF and without the dot that is put before another. */
const MAX_LINE_OCTETS = 998
/** What is looked at in one go: it bounds what a line without end costs. */
const BLOCK_OCTETS = 64 * 1024

export class WireContent {
  readonly #dots: boolean
  /** The begin of a line whose end has not come: at most {@link MAX_LINE_OCTETS}. */
  #held: Buffer = EMPTY
  /** A line ended by CR: more of them, and an LF, belong to that end. */
  #afterCr = false
  #out: Buffer[] = []

  /** @param form `dots` for DATA, `chunks` for BDAT */
  constructor(form: 'dots' | 'chunks') {
    this.#dots = form === 'dots'
  }

  /** @returns what can go out already: perhaps nothing, mostly slices of the chunk */
  push(chunk: Uint8Array): readonly Buffer[] {
    for (let at = 0; at < chunk.length; at += BLOCK_OCTETS) {
      const block = view(chunk.subarray(at, at + BLOCK_OCTETS))
      this.#scan(this.#held.length === 0 ? block : Buffer.concat([this.#held, block]))
    }
    return this.#take()
  }

  /** The rest, with the CRLF that a last line may lack; not the last dot. */
  finish(): readonly Buffer[] {
    if (this.#held.length > 0) this.#line(this.#held)
    this.#held = EMPTY
    return this.#take()
  }

  #take(): readonly Buffer[] {
    const out = this.#out
    this.#out = []
    return out
  }

  /** Good lines go out together, as they are; `from` is where the first of them begins. */
  #scan(octets: Buffer): void {
    let at = this.#afterCr ? this.#afterEnd(octets, 0) : 0
    let from = at
    let cr = octets.indexOf(CR, at)
    let lf = octets.indexOf(LF, at)
    while (cr !== -1 || lf !== -1) {
      const end = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr
      if (lf === cr + 1 && end === cr && end - at <= MAX_LINE_OCTETS && !this.#hasDot(octets, at)) {
        at = lf + 1
      } else {
        this.#give(octets, from, at)
        this.#line(octets.subarray(at, end))
        at = end === cr ? this.#afterEnd(octets, cr + 1) : lf + 1
        from = at
      }
      if (cr !== -1 && cr < at) cr = octets.indexOf(CR, at)
      if (lf !== -1 && lf < at) lf = octets.indexOf(LF, at)
    }
    this.#give(octets, from, at)
    // The chunk is its owner's again after this.
    this.#held = at === octets.length ? EMPTY : Buffer.from(this.#fold(octets.subarray(at)))
  }

  /** Behind a CR. @returns where the next line begins */
  #afterEnd(octets: Buffer, start: number): number {
    let at = start
    while (octets[at] === CR) at++
    this.#afterCr = at === octets.length
    return octets[at] === LF ? at + 1 : at
  }

  /** Gives out a whole line, without its end. */
  #line(line: Buffer): void {
    this.#giveLine(this.#fold(line))
  }

  /** Gives out all of a long line but its last piece, which is returned. */
  #fold(line: Buffer): Buffer {
    let rest = line
    while (rest.length > MAX_LINE_OCTETS) {
      const at = foldingPoint(rest)
      this.#giveLine(rest.subarray(0, at))
      rest = rest.subarray(at)
      if (!isBlank(rest[0])) rest = Buffer.concat([ONE_SPACE, rest])
    }
    return rest
  }

  #giveLine(line: Buffer): void {
    if (this.#hasDot(line, 0)) this.#out.push(ONE_DOT)
    if (line.length > 0) this.#out.push(line)
    this.#out.push(LINE_END)
  }

  #hasDot(octets: Buffer, at: number): boolean {
    return this.#dots && octets[at] === DOT
  }

  #give(octets: Buffer, from: number, until: number): void {
    if (until > from) this.#out.push(octets.subarray(from, until))
  }
}

/** The last white space that has something before it; else where no character is cut in two. */
function foldingPoint(line: Buffer): number {
  let at = MAX_LINE_OCTETS
  while (at > 0 && !isBlank(line[at])) at--
  if (line.subarray(0, at).some((octet) => !isBlank(octet))) return at
  at = MAX_LINE_OCTETS
  while (at > MAX_LINE_OCTETS - 3 && isInsideCharacter(line[at])) at--
  return at
}

function isBlank(octet: number | undefined): boolean {
  return octet === 0x20 || octet === 0x09
}

/** RFC 3629 §3: an octet that goes on a character. */
function isInsideCharacter(octet: number | undefined): boolean {
  return octet !== undefined && (octet & 0xc0) === 0x80
}

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e
const EMPTY = Buffer.alloc(0)
const ONE_DOT = Buffer.from('.')
const ONE_SPACE = Buffer.from(' ')
const LINE_END = Buffer.from('\r\n')

/** The content as another server gets it, without the dots that are put before others. Pieces are its own. */
export async function* wireForm(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const content = new WireContent('chunks')
  for await (const chunk of chunks) {
    const blocks = content.push(chunk)
    if (blocks.length > 0) yield Buffer.concat(blocks)
  }
  yield Buffer.concat(content.finish())
}
