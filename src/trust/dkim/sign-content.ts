/** Signatures over a message as it goes over the wire, which is not always as it is kept. */
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

/** To the first blank line, as whoever checks the signature divides it. Each octet is looked at once. */
async function takeHeader(
  pieces: AsyncGenerator<Uint8Array>,
): Promise<{ readonly header: Uint8Array; readonly rest: Uint8Array }> {
  const held: Uint8Array[] = []
  // A message that begins with a blank line has no header.
  let before: Uint8Array = LINE_END
  for (;;) {
    const { value, done } = await pieces.next()
    if (done === true) return { header: Buffer.concat(held), rest: EMPTY }
    const seam = Buffer.concat([before, value])
    const at = seam.indexOf(BLANK_LINE)
    if (at !== -1) {
      const end = at + BLANK_LINE.length - before.length
      return { header: Buffer.concat([...held, value.subarray(0, end)]), rest: value.subarray(end) }
    }
    held.push(value)
    before = seam.subarray(1 - BLANK_LINE.length)
  }
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
