/** The fields that name recipients whom the others must not see: RFC 5322 §3.6.3, §3.6.6. */
import { Header } from './header.ts'

export interface WithoutBcc {
  readonly header: string
  /** Every Bcc and Resent-Bcc field as it came, each ended by CRLF; empty: there was none. */
  readonly bcc: string
}

/** @param header  latin1, with or without its blank line */
export function takeBcc(header: string): WithoutBcc {
  if (!ANY_BCC.test(header)) return { header, bcc: '' }
  let kept = ''
  let bcc = ''
  let at = 0
  for (const { name, start, end } of new Header(header, NO_LIMITS).fields) {
    if (!BCC.has(name)) continue
    kept += header.slice(at, start)
    const field = header.slice(start, end)
    bcc += field.endsWith('\n') ? field : `${field}\r\n`
    at = end
  }
  return { header: kept + header.slice(at), bcc }
}

/** Most headers have none, and are not taken apart. */
const ANY_BCC = /^(?:resent-)?bcc[ \t]*:/im
const BCC: ReadonlySet<string> = new Set(['bcc', 'resent-bcc'])
const NO_LIMITS = {
  maxHeaderFields: Number.POSITIVE_INFINITY,
  maxHeaderFieldOctets: Number.POSITIVE_INFINITY,
}
