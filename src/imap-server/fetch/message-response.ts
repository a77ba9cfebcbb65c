/**
 * One FETCH response: `* 12 FETCH (…)`. Everything that can fail is done before the first octet of
 * it is written, so that a damaged message is left out whole.
 */
import type { Message, Summary } from '../../store/types.ts'
import { writeBodyStructure } from '../../syntax/imap/body-structure.ts'
import { writeDateTime } from '../../syntax/imap/date.ts'
import { writeEnvelope } from '../../syntax/imap/envelope.ts'
import type { FetchItem } from '../../syntax/imap/fetch.ts'
import { writeFlags } from '../../syntax/imap/flags.ts'
import type { Skeleton } from '../../syntax/mime/skeleton.ts'
import type { Session } from '../session.ts'
import { binaryContent, type Content, isWhole, sectionContent } from './content.ts'

/** An item that is written from what is at hand, without reading the message. */
export type SimpleItem = Exclude<FetchItem, { readonly label: string }>

export interface FetchedMessage<Known extends Summary = Message> {
  readonly seq: number
  readonly message: Known
  /** Undefined when no item needs it. */
  readonly skeleton: Skeleton | undefined
}

export function isSimple(item: FetchItem): item is SimpleItem {
  return !('label' in item)
}

export function needsSkeleton(item: FetchItem): boolean {
  switch (item.item) {
    case 'ENVELOPE':
    case 'BODY':
    case 'BODYSTRUCTURE':
    case 'binary':
    case 'binarySize':
      return true
    case 'section':
      return !isWhole(item.section)
    default:
      return false
  }
}

/** The response of items that need no reading: the quick way for FETCH 1:* (FLAGS). */
export function simpleResponse(
  fetched: FetchedMessage<Summary>,
  items: readonly SimpleItem[],
): string {
  let text = `* ${fetched.seq} FETCH (`
  let separator = ''
  for (const item of items) {
    text += separator + simpleText(fetched, item)
    separator = ' '
  }
  return `${text})\r\n`
}

/** What could not be answered as asked; both are tagged NO. */
export type Trouble = 'unknownEncoding' | null

/**
 * Writes the response of any items. Returns when its octets are handed over, a long message as the
 * peer takes them. @throws Refusal storageFailed before anything is written
 */
export async function writeResponse(
  session: Session,
  fetched: FetchedMessage,
  items: readonly FetchItem[],
): Promise<Trouble> {
  const pieces: (string | Content)[] = []
  let trouble: Trouble = null
  let text = `* ${fetched.seq} FETCH (`
  let separator = ''
  for (const item of items) {
    if (isSimple(item)) {
      text += separator + simpleText(fetched, item)
      separator = ' '
      continue
    }
    const content = await contentOf(session, fetched, item)
    if (content === 'unknown') {
      trouble = 'unknownEncoding'
      continue
    }
    text += `${separator}${item.label} `
    separator = ' '
    if (item.item === 'binarySize') text += String(content?.sizeOctets ?? 0)
    else if (content === null) text += 'NIL'
    else {
      pieces.push(`${text}${announce(item, content)}`, content)
      text = ''
    }
  }
  pieces.push(`${text})\r\n`)
  for (const piece of pieces) {
    if (typeof piece === 'string') session.out.raw(piece)
    else await writeContent(session, piece)
  }
  return trouble
}

function simpleText({ message, skeleton }: FetchedMessage<Summary>, { item }: SimpleItem): string {
  switch (item) {
    case 'UID':
      return `UID ${message.uid}`
    case 'FLAGS':
      return `FLAGS (${writeFlags(message.flags)})`
    case 'MODSEQ':
      return `MODSEQ (${message.modSeq})`
    case 'INTERNALDATE':
      return `INTERNALDATE ${writeDateTime(message.receivedMs)}`
    case 'RFC822.SIZE':
      return `RFC822.SIZE ${message.sizeOctets}`
    case 'ENVELOPE':
      return `ENVELOPE ${writeEnvelope(required(skeleton).envelope)}`
    case 'BODY':
      return `BODY ${writeBodyStructure(required(skeleton).root, false)}`
    case 'BODYSTRUCTURE':
      return `BODYSTRUCTURE ${writeBodyStructure(required(skeleton).root, true)}`
    default:
      return item satisfies never
  }
}

function contentOf(
  session: Session,
  { message, skeleton }: FetchedMessage,
  item: Exclude<FetchItem, SimpleItem>,
): Promise<Content | null | 'unknown'> {
  const { store } = session.options
  switch (item.item) {
    case 'section':
      return sectionContent(store, message, skeleton, item.section, item.partial)
    case 'binary':
      return binaryContent(store, message, required(skeleton), item.part, item.partial)
    case 'binarySize':
      return binaryContent(store, message, required(skeleton), item.part, null)
    default:
      return item satisfies never
  }
}

/** `{5}`, or `~{5}` for BINARY with NUL in it; RFC 3516 §4.2. BODY[] goes as it was stored. */
function announce({ item }: FetchItem, { sizeOctets, source }: Content): string {
  // What comes as a stream may hold NUL as well.
  const binary = item === 'binary' && (!(source instanceof Uint8Array) || source.includes(0))
  return `${binary ? '~' : ''}{${sizeOctets}}\r\n`
}

async function writeContent(session: Session, { sizeOctets, source }: Content): Promise<void> {
  if (source instanceof Uint8Array) {
    session.out.octets(source)
    return
  }
  let written = 0
  try {
    for await (const octets of source) {
      written += octets.length
      if (written > sizeOctets) break
      session.out.octets(octets)
      if (!(await session.out.drained())) return
    }
    if (written !== sizeOctets) throw new Error(`read ${written} of ${sizeOctets} octets`)
  } catch (error) {
    // The size was promised: nothing that can be said now would be understood.
    session.options.reportError(error, 'IMAP FETCH of a large message')
    session.stream.destroy()
  }
}

function required(skeleton: Skeleton | undefined): Skeleton {
  if (skeleton === undefined) throw new Error('an item without its skeleton')
  return skeleton
}
