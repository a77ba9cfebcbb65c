/**
 * Mail with 8-bit text for a server that takes none (RFC 6152 §3): it is converted on its way, for
 * this server alone; what is kept stays as it came.
 *
 * Signatures. A conversion breaks every DKIM signature but those made after it. RFC 6376 §5.3 would
 * have us convert before we sign, so every message in an 8-bit language would be changed for the sake
 * of the few servers without 8BITMIME, in the copies of our own users too. So ours are made again
 * here, over what is sent, where we made one before; those of others break. The other choice would
 * be to give the mail back, and to deliver it unsigned is better than that.
 */
import { DEFAULT_LIMITS } from '../base/limits.ts'
import { latin1, view } from '../base/octets.ts'
import { Header } from '../syntax/message/header.ts'
import { inSevenBit, masked } from '../syntax/mime/seven-bit.ts'
import { planSevenBit, type SevenBitFault, type Source } from '../syntax/mime/seven-bit-plan.ts'
import type { Extensions } from '../syntax/smtp/extensions.ts'
import { type Failure, ours, systemWords } from './failure.ts'
import type { OutgoingMessage } from './types.ts'

/**
 * Makes our signatures anew, of a message that we signed: the fields to put before it.
 * @throws Error when the content cannot be read
 */
export type SignAgain = (content: ReturnType<Source>) => Promise<Uint8Array>

/**
 * The message as the server takes it; or why it cannot be. Without a sender there is nobody who could
 * write it in another way: such mail loses its accents rather than be lost.
 * Never throws.
 */
export async function sendableTo(
  message: OutgoingMessage,
  extensions: Extensions,
  signAgain: SignAgain,
): Promise<OutgoingMessage | Failure> {
  if (!message.eightBit || extensions.eightBitMime) return message
  try {
    const own = await ownSignatures(message)
    const source = () => without(own, message.content())
    const plan = await planSevenBit(source, DEFAULT_LIMITS.message)
    if (typeof plan === 'object')
      return await measured(message, () => inSevenBit(source, plan), own > 0 ? signAgain : null)
    if (message.from === null) return await measured(message, () => inAscii(source), null)
    if (plan === 'header' && message.smtputf8 && !extensions.smtpUtf8) return HEADER_UTF8
    return failed('5.6.3', `${FAULT_WORDS[plan]}, and the server did not offer 8BITMIME`)
  } catch (error) {
    const text = `cannot read the message: ${systemWords(error)}`
    return ours('deferred', 'content', '4.3.0', text, 'message')
  }
}

/** @param sign  null: it was not signed */
async function measured(
  message: OutgoingMessage,
  content: () => AsyncGenerator<Uint8Array>,
  sign: SignAgain | null,
): Promise<OutgoingMessage> {
  const prefix = sign === null ? [] : [await sign(content())]
  let sizeOctets = prefix[0]?.length ?? 0
  for await (const piece of content()) sizeOctets += piece.length
  return { ...message, eightBit: false, sizeOctets, content: () => joined(prefix, content()) }
}

/**
 * How many octets our own signatures take. They stand before our Received field, where nobody else
 * can have put any.
 */
async function ownSignatures(message: OutgoingMessage): Promise<number> {
  let begin: Buffer = Buffer.alloc(0)
  for await (const chunk of message.content()) {
    begin = Buffer.concat([begin, view(chunk).subarray(0, MAX_SIGNATURE_OCTETS)])
    const { fields } = new Header(latin1(begin), HEADER_LIMITS)
    const other = fields.find(({ name }) => name !== 'dkim-signature')
    if (other !== undefined) return other.start
    if (begin.length >= MAX_SIGNATURE_OCTETS) break
  }
  return 0
}

async function* without(octets: number, chunks: ReturnType<Source>): AsyncGenerator<Uint8Array> {
  let left = octets
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

async function* joined(
  first: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first
  yield* rest
}

async function* inAscii(source: Source): AsyncGenerator<Uint8Array> {
  for await (const chunk of source()) yield masked(chunk)
}

function failed(status: string, text: string): Failure {
  return ours('failed', 'MAIL', status, text, 'message')
}

/** Its envelope could do without; its header cannot. */
export const HEADER_UTF8 = failed(
  '5.6.7',
  'the header of the message needs SMTPUTF8, and the server did not offer it',
)
const FAULT_WORDS: { readonly [F in SevenBitFault]: string } = {
  header: 'the message has 8-bit text in a header field',
  signed: 'the message has 8-bit text that its author signed, so it cannot be converted',
  encoded: 'the message has 8-bit text in a part that says it is encoded',
  structure: 'the message has 8-bit text where its form lets none be converted',
}
/** Of all keys of a domain together; each takes less than a kilobyte. */
const MAX_SIGNATURE_OCTETS = 16 * 1024
const HEADER_LIMITS = { maxHeaderFields: 100, maxHeaderFieldOctets: MAX_SIGNATURE_OCTETS }
