/** A part whose end is not known yet. */
import type { Envelope, Part, Skeleton } from './skeleton.ts'
import type { PartFields } from './part-fields.ts'

export class OpenPart {
  /** Null for the root of the whole message. */
  readonly parent: OpenPart | null
  /** 1 for the root. Parts of a multipart and the message in a message are one deeper. */
  readonly depth: number
  readonly headerStart: number
  /** Is this the root of a message, not a part of a multipart? */
  readonly isMessageRoot: boolean
  bodyStart = 0
  /** Lines before bodyStart, as the scanner counts them. */
  linesBefore = 0
  fields: PartFields | null = null
  /** Only for the root of a message. */
  envelope: Envelope | null = null
  /** Null when this part is not, or no longer, divided at a boundary. */
  boundary: string | null = null
  /** The part outside of this one with the same boundary. */
  shadowed: OpenPart | null = null
  countsLines = false
  readonly children: Part[] = []
  message: Skeleton | null = null

  constructor(parent: OpenPart | null, headerStart: number, isMessageRoot: boolean) {
    this.parent = parent
    this.depth = parent === null ? 1 : parent.depth + 1
    this.headerStart = headerStart
    this.isMessageRoot = isMessageRoot
  }
}
