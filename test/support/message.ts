/** Messages for tests: deterministic, valid, and recognisable when they come back. */
import { createHash } from 'node:crypto'

export interface MessageOptions {
  readonly from?: string
  readonly to?: string
  readonly subject?: string
  /** Message-ID without brackets. */
  readonly id: string
  /** The body has at least so many octets, in whole lines. */
  readonly bodyOctets?: number
}

/** A message of header, empty line and body. Some body lines begin with a dot, on purpose. */
export function makeMessage(options: MessageOptions): Buffer {
  const { from = 'sender@client.test', to = 'recipient@example.test' } = options
  const header = [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${options.subject ?? 'test'}`,
    `Message-ID: <${options.id}>`,
    'Date: Fri, 20 Nov 2026 09:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ]
  return Buffer.from(
    `${header.join('\r\n')}\r\n\r\n${bodyText(options.id, options.bodyOctets ?? 1000)}`,
  )
}

/** What stands after the first empty line: what no server may change. */
export function bodyOf(message: Buffer): Buffer {
  return message.subarray(message.indexOf('\r\n\r\n') + 4)
}

/** The header fields a server added above a message as it was sent; null when the rest differs. */
export function addedAbove(received: Buffer, sent: Buffer): string | null {
  const above = received.length - sent.length
  if (above < 0 || !received.subarray(above).equals(sent)) return null
  return received.toString('latin1', 0, above)
}

export function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex')
}

/** Message-ID without brackets; null when there is none. */
export function messageIdOf(message: Buffer): string | null {
  const header = message.toString('latin1', 0, Math.max(0, message.indexOf('\r\n\r\n')))
  return /^Message-ID:\s*<([^>]*)>/im.exec(header)?.[1] ?? null
}

/** Lines of about 70 octets, some with 8-bit text, some beginning with a dot; at least `octets` in all. */
function bodyText(seed: string, octets: number): string {
  const lines: string[] = []
  let length = 0
  for (let number = 0; length < octets; number++) {
    const line = `${number % 7 === 3 ? '.' : ''}${number} ${seed} grüße `.padEnd(70, 'waybill ')
    lines.push(line)
    length += Buffer.byteLength(line) + 2
  }
  return `${lines.join('\r\n')}\r\n`
}
