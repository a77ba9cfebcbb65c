/** From what a program writes to a message: line ends, the header it left out, and for whom it is. */
import { fromLatin1, utf8OfLatin1 } from '../../base/octets.ts'
import { parseAddressList } from '../../syntax/message/address-list.ts'
import { unfold } from '../../syntax/message/lexer.ts'
import { dateLine } from '../../syntax/message/write.ts'

export interface ComposeOptions {
  /** Does a line with a single dot end it? */
  readonly endsAtDot: boolean
  /** `-t`: recipients from the header. */
  readonly fromHeader: boolean
  readonly nowMs: number
}

export interface Composed {
  /** Lines end in CRLF. */
  readonly octets: Uint8Array
  /** The server adds it: it knows the domain. */
  readonly hasFrom: boolean
  readonly hasMessageId: boolean
  /** As the header names them; a name without a domain has none here. */
  readonly recipients: readonly string[]
}

/** @param text  latin1, one character an octet */
export function compose(text: string, options: ComposeOptions): Composed {
  const lines = linesOf(text, options.endsAtDot)
  // mbox: who pipes a mailbox has this before the header.
  if (/^>?From /.test(lines[0] ?? '')) lines.shift()
  const end = headerEnd(lines)
  const fields = fieldsOf(lines.slice(0, end))
  const body = lines.slice(lines[end] === '' ? end + 1 : end)
  // RFC 5322 §3.6.3: nobody is to see it, whoever named the recipients.
  const kept = fields.filter((field) => !isNamed(field, BCC))
  const has = (name: string) => fields.some((field) => nameOf(field) === name)
  const missing = [
    ...(has('date') ? [] : [dateLine(options.nowMs).trimEnd()]),
    // RFC 5322 needs no recipient field; RFC 822 did, and some still look for one.
    ...(has('to') || has('cc') ? [] : ['To: undisclosed-recipients:;']),
  ]
  const header = [...missing, ...kept.flatMap((field) => field.split('\n'))]
  const whole = [...header, '', ...body].join('\r\n')
  return {
    octets: fromLatin1(`${whole}\r\n`),
    hasFrom: has('from'),
    hasMessageId: has('message-id'),
    recipients: options.fromHeader ? recipientsOf(fields) : [],
  }
}

/**
 * CRLF, LF and a lone CR all end a line: none of them may be octets of one in SMTP. NUL is no text
 * (RFC 5321 §2.3.8), and servers refuse it: what a job of cron prints arrives without it rather than not.
 */
function linesOf(text: string, endsAtDot: boolean): string[] {
  const lines = text.replaceAll('\0', '').split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  const dot = endsAtDot ? lines.indexOf('.') : -1
  return dot < 0 ? lines : lines.slice(0, dot)
}

/** The first line that is no field and no continuation of one. */
function headerEnd(lines: readonly string[]): number {
  for (const [index, line] of lines.entries()) {
    const continues = index > 0 && /^[ \t]/.test(line)
    if (!continues && !/^[!-9;-~]+[ \t]*:/.test(line)) return index
  }
  return lines.length
}

/** Each with its continuation lines, joined by LF. */
function fieldsOf(lines: readonly string[]): string[] {
  const fields: string[][] = []
  for (const line of lines)
    if (/^[ \t]/.test(line)) fields.at(-1)?.push(line)
    else fields.push([line])
  return fields.map((field) => field.join('\n'))
}

function nameOf(field: string): string {
  return field.slice(0, field.indexOf(':')).trimEnd().toLowerCase()
}

function isNamed(field: string, names: ReadonlySet<string>): boolean {
  return names.has(nameOf(field))
}

const BCC: ReadonlySet<string> = new Set(['bcc', 'resent-bcc'])
const RECIPIENTS: ReadonlySet<string> = new Set(['to', 'cc', 'bcc'])
const RESENT: ReadonlySet<string> = new Set(['resent-to', 'resent-cc', 'resent-bcc'])

/** Of mail that is sent on (RFC 5322 §3.6.6), those whom it is sent on to. */
function recipientsOf(fields: readonly string[]): readonly string[] {
  const resent = fields.filter((field) => isNamed(field, RESENT))
  const from = resent.length > 0 ? resent : fields.filter((field) => isNamed(field, RECIPIENTS))
  const found = from.flatMap((field) => {
    const value = unfold(field.slice(field.indexOf(':') + 1).replaceAll('\n', '\r\n'))
    return parseAddressList(value, MOST_RECIPIENTS).flatMap(({ mailbox, host }) => {
      if (mailbox === null || host === null) return [] // a group opens or ends
      const address = host === '' ? mailbox : `${mailbox}@${host}`
      return [utf8OfLatin1(address) ?? address]
    })
  })
  return [...new Set(found)]
}

const MOST_RECIPIENTS = 10_000
