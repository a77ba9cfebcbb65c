/**
 * The structure of a message as octet offsets: what ENVELOPE, BODYSTRUCTURE and BODY[section] are
 * computed from. Made once, when the message arrives, and kept beside it as JSON.
 *
 * Every string is latin1: one character per octet of the message, not decoded (RFC 2047 words,
 * RFC 2231 parameters and UTF-8 stay as they came). Null means the field is not there.
 */

/** One address of a header field; RFC 9051 §7.5.2 "envelope". */
export interface EnvelopeAddress {
  readonly name: string | null
  /** Localpart; in a group's opening entry the group's name, with `host` null. */
  readonly mailbox: string | null
  /** Null opens a group (with `mailbox`) or ends one (without). */
  readonly host: string | null
}

export interface Envelope {
  readonly date: string | null
  readonly subject: string | null
  readonly from: readonly EnvelopeAddress[]
  /** Empty when the field is not there: the IMAP writer puts From in its place. */
  readonly sender: readonly EnvelopeAddress[]
  readonly replyTo: readonly EnvelopeAddress[]
  readonly to: readonly EnvelopeAddress[]
  readonly cc: readonly EnvelopeAddress[]
  readonly bcc: readonly EnvelopeAddress[]
  readonly inReplyTo: string | null
  readonly messageId: string | null
}

export type Parameters = readonly (readonly [name: string, value: string])[]

export interface Part {
  /** Lower case: `text`, `multipart` … */
  readonly type: string
  readonly subtype: string
  readonly parameters: Parameters
  readonly id: string | null
  readonly description: string | null
  /** Content-Transfer-Encoding, lower case; `7bit` when absent. */
  readonly encoding: string
  readonly md5: string | null
  readonly disposition: { readonly type: string; readonly parameters: Parameters } | null
  readonly language: readonly string[]
  readonly location: string | null
  /** Offset of the part's header block. */
  readonly headerStart: number
  /** Offset after the blank line that ends the header: where the body starts. */
  readonly bodyStart: number
  /** Offset after the body, before the CRLF that belongs to the next boundary. */
  readonly bodyEnd: number
  /** Lines of the body; needed for text and message/rfc822. */
  readonly lines: number
  /** The parts of a multipart; empty for others, and for a multipart in which none was found. */
  readonly children: readonly Part[]
  /** For message/rfc822 and message/global: what is inside. */
  readonly message: Skeleton | null
}

export interface Skeleton {
  readonly envelope: Envelope
  readonly root: Part
}
