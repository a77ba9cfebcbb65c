/**
 * SMTP replies as values, and the one place that knows how they stand on the wire.
 */

export interface Reply {
  readonly code: number
  /** Enhanced status, RFC 2034 §4 and RFC 3463 §2: `5.1.1`. Null where there is none: 220 greeting, EHLO, 334, 354. */
  readonly status: string | null
  /** One line, or several. Never empty. */
  readonly text: string | readonly string[]
}

/** RFC 5321 §4.5.3.1.5: 512 octets with CRLF, code and separator. */
const MAX_TEXT_OCTETS = 480

export function reply(code: number, status: string | null, text: string): Reply {
  return { code, status, text }
}

/** The reply as latin1 text with its line ends. */
export function formatReply({ code, status, text }: Reply): string {
  const prefix = status === null ? '' : `${status} `
  if (typeof text === 'string') return `${code} ${prefix}${printable(text)}\r\n`
  const last = text.length - 1
  let lines = ''
  for (let i = 0; i <= last; i++) {
    lines += `${code}${i < last ? '-' : ' '}${prefix}${printable(text[i] ?? '')}\r\n`
  }
  return lines
}

/** Its words in one line, for the log. */
export function replyText({ text }: Reply): string {
  return typeof text === 'string' ? text : text.join(' ')
}

/** Printable ASCII (RFC 5321 §4.2 textstring), so that no text from outside can end the line. */
function printable(text: string): string {
  const short = text.length > MAX_TEXT_OCTETS ? text.slice(0, MAX_TEXT_OCTETS) : text
  return /[^\x20-\x7e]/.test(short) ? short.replace(/[^\x20-\x7e]/gu, '?') : short
}
