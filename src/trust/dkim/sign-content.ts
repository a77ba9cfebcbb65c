/** Signatures over a message as it goes over the wire, which is not always as it is kept. */
import { view } from '../../base/octets.ts'
import { wireForm } from '../../syntax/smtp/wire-content.ts'
import { fromDomainOf, type Signer } from './signer.ts'

/** Who signs mail from a domain; null: nobody. */
export type SignerFor = (fromDomain: string) => Signer | null

type Octets = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/**
 * The fields to put before a message: one for each key; none when nobody signs for its author.
 * Lines that are too long for the wire are folded on it, and so they are for the signature.
 * @param content  header and body; read once, and not beyond the header when nobody signs
 * @throws Error when it cannot be read
 */
export async function signContent(content: Octets, signerFor: SignerFor): Promise<Uint8Array> {
  const pieces = wireForm(content)
  try {
    const { header, rest } = await takeHeader(pieces)
    const from = fromDomainOf(header)
    const signer = from === null ? null : signerFor(from)
    if (signer === null) return EMPTY
    return await signer.sign({ header, body: joined(rest, pieces) })
  } finally {
    await pieces.return(undefined)
  }
}

/** To the first blank line, as whoever checks the signature divides it. */
async function takeHeader(
  pieces: AsyncGenerator<Uint8Array>,
): Promise<{ readonly header: Uint8Array; readonly rest: Uint8Array }> {
  let held: Buffer = EMPTY
  for (;;) {
    const { value, done } = await pieces.next()
    if (done === true) return { header: held, rest: EMPTY }
    const from = Math.max(0, held.length - BLANK_LINE.length)
    held = held.length === 0 ? view(value) : Buffer.concat([held, value])
    const end = bodyStart(held, from)
    if (end !== -1) return { header: held.subarray(0, end), rest: held.subarray(end) }
  }
}

function bodyStart(octets: Buffer, from: number): number {
  if (octets.subarray(0, 2).equals(LINE_END)) return LINE_END.length
  const at = octets.indexOf(BLANK_LINE, from)
  return at === -1 ? -1 : at + BLANK_LINE.length
}

async function* joined(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

const EMPTY = Buffer.alloc(0)
const LINE_END = Buffer.from('\r\n')
const BLANK_LINE = Buffer.from('\r\n\r\n')
