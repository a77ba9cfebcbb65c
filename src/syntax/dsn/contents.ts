/** The parts of a bounce that say something, found wherever a mailer put them. */
import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { latin1, utf8OfLatin1 } from '../../base/octets.ts'
import { Header } from '../message/header.ts'
import { parameterValue } from '../message/parameter-text.ts'
import { decodeText, decodeTransfer } from '../mime/decode.ts'
import type { Part, Skeleton } from '../mime/skeleton.ts'

export interface Contents {
  readonly header: Header
  /** Is it a multipart/report (RFC 6522) about delivery, or about nothing that it names? */
  readonly isReport: boolean
  /** The text for people, decoded; of HTML what stands between the tags. */
  readonly prose: string
  /** message/delivery-status as text; null when there is none. */
  readonly status: string | null
  /** message/feedback-report as text; null when there is none. */
  readonly feedback: string | null
  /** message/disposition-notification (RFC 8098) as text; null when there is none. */
  readonly disposition: string | null
  /** Header of the message that was bounced, when it is attached; null otherwise. */
  readonly original: Header | null
}

interface Found {
  prose: string[]
  html: string[]
  status: string[]
  feedback: string | null
  disposition: string | null
  original: Header | null
}

export function contentsOf(octets: Uint8Array, { root }: Skeleton): Contents {
  const none = { feedback: null, disposition: null, original: null }
  const found: Found = { prose: [], html: [], status: [], ...none }
  visit(octets, root, found)
  const header = headerAt(octets, root.headerStart, root.bodyStart)
  // A multipart whose boundary is lost, or cut away, is text as it stands.
  if (found.prose.length + found.html.length + found.status.length === 0)
    found.prose.push(decodeText(octets.subarray(root.bodyStart, root.bodyEnd), PLAIN))
  const prose = found.prose.join('\n\n')
  if (found.status.length === 0) found.status.push(...statusFieldsIn(prose))
  return {
    header,
    isReport: isReport(root) && found.disposition === null && REPORT_TYPE.test(reportTypeOf(root)),
    prose: prose.trim() === '' ? found.html.map(withoutTags).join('\n\n') : prose,
    status: found.status.length === 0 ? null : found.status.join('\n\n'),
    feedback: found.feedback,
    disposition: found.disposition,
    original: found.original,
  }
}

function isReport({ type, subtype }: Part): boolean {
  return type === 'multipart' && subtype === 'report'
}

function reportTypeOf({ parameters }: Part): string {
  return parameterValue(parameters, 'report-type') ?? ''
}

const REPORT_TYPE = /^(?:delivery-status|)$/i
const PLAIN = { encoding: '7bit', parameters: [] } as const

/** The fields of RFC 3464 where they stand in the text: mailers show them to people, too. */
function statusFieldsIn(prose: string): readonly string[] {
  const start = STATUS_FIELD.exec(prose)?.index ?? -1
  if (start < 0) return []
  const text = prose.slice(start)
  const end = AFTER_STATUS.exec(text)?.index ?? text.length
  const fields = text.slice(0, end).replace(/^[ \t]{1,8}(?=[A-Z][A-Za-z-]{3,30}:)/gm, '')
  return /^final-recipient:/im.test(fields) ? [fields] : []
}

const STATUS_FIELD = /^[ \t]{0,8}(?:reporting-mta|final-recipient|original-recipient):/im
const AFTER_STATUS = /^(?:--|return-path:|received:|content-type: (?:message|text))/im

function visit(octets: Uint8Array, part: Part, found: Found): void {
  const body = octets.subarray(part.bodyStart, part.bodyEnd)
  switch (`${part.type}/${part.subtype}`) {
    case 'message/delivery-status':
    case 'message/global-delivery-status':
      found.status.push(statusText(decodeTransfer(body, part.encoding)))
      return
    case 'message/feedback-report':
      found.feedback ??= latin1(decodeTransfer(body, part.encoding))
      return
    case 'message/disposition-notification':
      found.disposition ??= latin1(decodeTransfer(body, part.encoding))
      return
    case 'text/rfc822-headers':
    case 'message/rfc822-headers':
    case 'message/global-headers':
      found.original ??= new Header(latin1(decodeTransfer(body, part.encoding)), LIMITS)
      return
    case 'message/rfc822':
    case 'message/global':
      visitMessage(octets, part, found)
      return
    case 'text/html':
      found.html.push(decodeText(body, part))
      return
    default:
      if (part.type === 'text') found.prose.push(decodeText(body, part))
      for (const child of part.children) visit(octets, child, found)
  }
}

/** RFC 6533 §4.1 has it in UTF-8; other servers' words can be so in any report. */
function statusText(octets: Uint8Array): string {
  const text = latin1(octets)
  return utf8OfLatin1(text) ?? text
}

/** What was bounced; or the report itself, which some mailers wrap in a message. */
function visitMessage(octets: Uint8Array, { message }: Part, found: Found): void {
  if (message === null) return
  const { root } = message
  if (isReport(root) && found.status.length === 0) visit(octets, root, found)
  else found.original ??= headerAt(octets, root.headerStart, root.bodyStart)
}

function headerAt(octets: Uint8Array, start: number, end: number): Header {
  return new Header(latin1(octets.subarray(start, end)), LIMITS)
}

/** Tags and comments are gone, paragraphs are lines, the usual entities are characters. */
function withoutTags(html: string): string {
  return withoutBlocks(html)
    .replace(/\r?\n/g, ' ')
    .replace(/<(?:br|\/?p|\/?div|\/?tr|\/?li|\/?h\d|\/?table)\b[^<>]{0,1000}>/gi, '\n')
    .replace(/<[!/a-z][^<>]{0,2000}>/gi, '')
    .replace(/&(lt|gt|amp|quot|nbsp|#39|#160);/g, (_all, name: string) => ENTITIES[name] ?? ' ')
}

/** Without what nobody sees. One that is not closed ends with the text. */
function withoutBlocks(html: string): string {
  let shown = ''
  let from = 0
  for (const open of html.matchAll(/<(style|script|head)\b/gi)) {
    if (open.index < from) continue
    shown += html.slice(from, open.index)
    const close = new RegExp(`</${open[1]}>`, 'gi')
    close.lastIndex = open.index
    const found = close.exec(html)
    if (found === null) return shown
    from = close.lastIndex
  }
  return shown + html.slice(from)
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  nbsp: ' ',
  '#39': "'",
  '#160': ' ',
}

const LIMITS = DEFAULT_LIMITS.message
