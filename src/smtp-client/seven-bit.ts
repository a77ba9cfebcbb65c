import type { Extensions } from '../syntax/smtp/extensions.ts'
import type { OutgoingMessage } from './types.ts'

/**
 * A message with a null sender for a server that takes no 8-bit text (RFC 6152 §3): each octet above
 * 127 becomes a question mark. Other messages go back to their senders, who can write them in
 * another way; of a notice that goes nowhere nobody would hear, so it loses its accents instead.
 */
export function sendableTo(message: OutgoingMessage, extensions: Extensions): OutgoingMessage {
  if (message.from !== null || !message.eightBit || extensions.eightBitMime) return message
  return { ...message, eightBit: false, content: () => sevenBit(message.content()) }
}

async function* sevenBit(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks)
    yield chunk.map((octet) => (octet > 0x7f ? QUESTION_MARK : octet))
}

const QUESTION_MARK = 0x3f
