/**
 * What the server must know of a header before it stores the message: how far it has travelled,
 * and what submission has to add or to check. One pass over the lines; nothing is decoded.
 */
export interface HeaderFacts {
  readonly receivedFields: number
  readonly hasDate: boolean
  readonly hasMessageId: boolean
  /** The values of every From field, folded as they came. */
  readonly from: readonly string[]
}

/** @param text  the header as latin1, lines ending in CRLF, with or without its blank line */
export function inspectHeader(text: string): HeaderFacts {
  let receivedFields = 0
  let hasDate = false
  let hasMessageId = false
  const from: string[] = []
  for (let at = 0; at < text.length; at = nextLine(text, at)) {
    switch (text.charCodeAt(at) | LOWER) {
      case R:
        if (isField(text, at, 'received')) receivedFields++
        break
      case D:
        if (isField(text, at, 'date')) hasDate = true
        break
      case M:
        if (isField(text, at, 'message-id')) hasMessageId = true
        break
      case F:
        if (isField(text, at, 'from')) from.push(valueAt(text, at))
        break
      default:
    }
  }
  return { receivedFields, hasDate, hasMessageId, from }
}

/** The fields with their continuation lines, for the reject log; at most `max` of them. */
export function headerFields(text: string, max: number): readonly string[] {
  const fields: string[] = []
  for (let at = 0; at < text.length && fields.length < max; ) {
    let end = nextLine(text, at)
    while (isBlank(text.charCodeAt(end))) end = nextLine(text, end)
    const field = text.slice(at, end).trimEnd()
    if (field !== '') fields.push(field)
    at = end
  }
  return fields
}

/** Does a line begin with this name, white space (RFC 5322 §4.5.8) and a colon? */
function isField(text: string, at: number, name: string): boolean {
  let end = at + name.length
  if (text.slice(at, end).toLowerCase() !== name) return false
  while (isBlank(text.charCodeAt(end))) end++
  return text.charCodeAt(end) === COLON
}

/** From the colon to the end of the last continuation line. */
function valueAt(text: string, at: number): string {
  const start = text.indexOf(':', at) + 1
  let end = nextLine(text, at)
  while (isBlank(text.charCodeAt(end))) end = nextLine(text, end)
  return text.slice(start, end)
}

function nextLine(text: string, at: number): number {
  const lf = text.indexOf('\n', at)
  return lf < 0 ? text.length : lf + 1
}

const isBlank = (code: number) => code === 0x20 || code === 0x09
const COLON = 0x3a
/** The bit that makes a letter lower case. */
const LOWER = 0x20
const D = 0x64
const F = 0x66
const M = 0x6d
const R = 0x72
