/** What a server says that it can do, in its reply to EHLO: RFC 5321 §4.1.1.1. */
import type { ServerReply } from './server-reply.ts'

export interface Extensions {
  readonly pipelining: boolean
  readonly eightBitMime: boolean
  readonly smtpUtf8: boolean
  readonly dsn: boolean
  readonly chunking: boolean
  readonly startTls: boolean
  readonly requireTls: boolean
  /** RFC 1870: SIZE is offered. */
  readonly size: boolean
  /** The largest message it takes; null: it does not say, or sets no limit. */
  readonly maxSizeOctets: number | null
  /** Mechanisms of AUTH, upper case. */
  readonly auth: readonly string[]
  /** RFC 9422; null: it does not say. */
  readonly maxRecipients: number | null
  readonly maxMessages: number | null
}

/** Of a server that only knows HELO. */
export const NO_EXTENSIONS: Extensions = extensionsOfLines([])

/** Reads the reply to EHLO; what is not understood is passed over. */
export function extensionsOf({ lines }: ServerReply): Extensions {
  return extensionsOfLines(lines.slice(1))
}

function extensionsOfLines(lines: readonly string[]): Extensions {
  const offered = new Map<string, readonly string[]>()
  const auth: string[] = []
  for (const line of lines) {
    // `AUTH=PLAIN` is how servers for old Outlooks repeat it.
    const [keyword = '', ...words] = line
      .toUpperCase()
      .replace(/^AUTH=/, 'AUTH ')
      .split(/[ \t]/)
    if (keyword === 'AUTH') auth.push(...words.filter((word) => MECHANISM.test(word)))
    else if (!offered.has(keyword)) offered.set(keyword, words)
  }
  const maxSizeOctets = count(offered.get('SIZE')?.[0])
  const limit = (name: string) =>
    count(
      offered
        .get('LIMITS')
        ?.find((word) => word.startsWith(name))
        ?.slice(name.length),
    )
  return {
    pipelining: offered.has('PIPELINING'),
    eightBitMime: offered.has('8BITMIME'),
    smtpUtf8: offered.has('SMTPUTF8'),
    dsn: offered.has('DSN'),
    chunking: offered.has('CHUNKING'),
    startTls: offered.has('STARTTLS'),
    requireTls: offered.has('REQUIRETLS'),
    size: offered.has('SIZE'),
    maxSizeOctets,
    auth: [...new Set(auth)],
    maxRecipients: limit('RCPTMAX='),
    maxMessages: limit('MAILMAX='),
  }
}

/** RFC 4422 §3.1. */
const MECHANISM = /^[A-Z0-9_-]{1,20}$/

/** Null for what is no number, and for 0, which sets no limit (RFC 1870 §4). */
function count(text: string | undefined): number | null {
  if (text === undefined || !/^[0-9]{1,15}$/.test(text)) return null
  return Number(text) === 0 ? null : Number(text)
}
