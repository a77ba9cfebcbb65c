/** What a header says of its part, and the envelope of a message. */
import { lowerAscii } from '../../base/cursor.ts'
import type { MessageLimits } from '../../base/limits.ts'
import { parseAddressList } from '../message/address-list.ts'
import { Header } from '../message/header.ts'
import { trimSpace, withoutComments } from '../message/lexer.ts'
import { parseDisposition, parseMediaType } from '../message/parameters.ts'
import type { Envelope, EnvelopeAddress, Part } from './skeleton.ts'

export type PartFields = Omit<
  Part,
  'headerStart' | 'bodyStart' | 'bodyEnd' | 'lines' | 'children' | 'message'
>

/** What a part is when its header does not say: RFC 2045 §5.2, and RFC 2046 §5.1.5 in a digest. */
export type DefaultType = 'text/plain' | 'message/rfc822'

const US_ASCII = [['charset', 'us-ascii']] as const

/** How many addresses may still be read from the headers of this message. */
export interface AddressBudget {
  left: number
}

/** The fields of a header by name; of a name that occurs twice, the first. */
export function firstFields(block: string, limits: MessageLimits): ReadonlyMap<string, string> {
  const header = new Header(block, limits)
  const values = new Map<string, string>()
  for (const field of header.fields) {
    if (!WANTED.has(field.name)) continue
    const before = values.get(field.name)
    if (before === undefined) values.set(field.name, header.valueOf(field))
    // RFC 5322 allows one To and one Cc, but everyone they name got the mail.
    else if (REPEATED.has(field.name)) {
      values.set(field.name, `${before}, ${header.valueOf(field)}`)
    }
  }
  return values
}

export function partFields(
  values: ReadonlyMap<string, string>,
  defaultType: DefaultType,
  limits: MessageLimits,
): PartFields {
  const contentType = values.get('content-type')
  const media =
    contentType === undefined ? null : parseMediaType(contentType, limits.maxMimeParameters)
  const disposition = values.get('content-disposition')
  return {
    ...(media ?? defaultMedia(contentType === undefined ? defaultType : 'text/plain')),
    id: values.get('content-id') ?? null,
    description: values.get('content-description') ?? null,
    encoding: lowerAscii(withoutComments(values.get('content-transfer-encoding') ?? '')) || '7bit',
    md5: values.get('content-md5') ?? null,
    disposition:
      disposition === undefined ? null : parseDisposition(disposition, limits.maxMimeParameters),
    language: languages(values.get('content-language'), limits.maxMimeParameters),
    location: values.get('content-location') ?? null,
  }
}

export function envelopeOf(values: ReadonlyMap<string, string>, budget: AddressBudget): Envelope {
  const addresses = (name: string): readonly EnvelopeAddress[] => {
    const text = values.get(name)
    if (text === undefined || budget.left <= 0) return NO_ADDRESSES
    const entries = parseAddressList(text, budget.left)
    budget.left -= entries.length
    return entries
  }
  return {
    date: values.get('date') ?? null,
    subject: values.get('subject') ?? null,
    from: addresses('from'),
    sender: addresses('sender'),
    replyTo: addresses('reply-to'),
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    inReplyTo: values.get('in-reply-to') ?? null,
    messageId: values.get('message-id') ?? null,
  }
}

function defaultMedia(type: DefaultType): Pick<Part, 'type' | 'subtype' | 'parameters'> {
  return type === 'text/plain'
    ? { type: 'text', subtype: 'plain', parameters: US_ASCII }
    : { type: 'message', subtype: 'rfc822', parameters: [] }
}

/** Content-Language, RFC 3282: tags with commas between them. */
function languages(value: string | undefined, max: number): readonly string[] {
  if (value === undefined) return []
  const tags = withoutComments(value).split(',', max)
  return tags.map(trimSpace).filter((tag) => tag !== '')
}

const NO_ADDRESSES: readonly EnvelopeAddress[] = []
const REPEATED: ReadonlySet<string> = new Set(['to', 'cc', 'bcc'])
const WANTED: ReadonlySet<string> = new Set([
  ...['date', 'subject', 'from', 'sender', 'reply-to', 'to', 'cc', 'bcc'],
  ...['in-reply-to', 'message-id', 'content-type', 'content-transfer-encoding'],
  ...['content-id', 'content-description', 'content-md5', 'content-disposition'],
  ...['content-language', 'content-location'],
])
