/**
 * Which octets of a message a section names: BODY[section], RFC 9051 §6.4.5.1.
 *
 * Offsets are into the blob. A copy's own trace lines stand before its blob and belong to the
 * header of the whole message: for path [] with HEADER…, and for the whole message, the caller puts
 * them in front.
 */
import type { Part, Skeleton } from './skeleton.ts'

/** Null is no word: the content of the part, or the whole message. */
export type SectionText = 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'MIME' | 'TEXT' | null

/** [start, end) */
export interface OctetRange {
  readonly start: number
  readonly end: number
}

/**
 * @param path part numbers from 1; [] is the message itself
 * @returns undefined when there is no such part, or the word does not go with it. For HEADER.FIELDS
 *   and HEADER.FIELDS.NOT it is the header that the fields are chosen from (see `selectFields`).
 */
export function sectionRange(
  skeleton: Skeleton,
  path: readonly number[],
  text: SectionText,
): OctetRange | undefined {
  const part = findPart(skeleton, path)
  if (part === undefined) return undefined
  if (text === null) return path.length === 0 ? whole(part) : body(part)
  if (text === 'MIME') return path.length === 0 ? undefined : header(part)
  // HEADER and TEXT speak of a message: the whole one, or the one inside of a message part.
  const root = path.length === 0 ? part : part.message?.root
  if (root === undefined) return undefined
  return text === 'TEXT' ? body(root) : header(root)
}

/** The part that a path names; for [] the root. */
export function findPart(skeleton: Skeleton, path: readonly number[]): Part | undefined {
  let part: Part | undefined = skeleton.root
  // A message that is no multipart has itself as its part 1.
  let isMessage = true
  for (const number of path) {
    if (!isMessage && part.message !== null) {
      part = part.message.root
      isMessage = true
    }
    if (part.children.length > 0) part = part.children[number - 1]
    else if (!isMessage || number !== 1) return undefined
    if (part === undefined) return undefined
    isMessage = false
  }
  return part
}

function whole(part: Part): OctetRange {
  return { start: part.headerStart, end: part.bodyEnd }
}

function header(part: Part): OctetRange {
  return { start: part.headerStart, end: part.bodyStart }
}

function body(part: Part): OctetRange {
  return { start: part.bodyStart, end: part.bodyEnd }
}
