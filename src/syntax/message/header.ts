/**
 * A header block: its fields, as octet offsets and as text.
 *
 * The text is latin1, one character per octet, so an index is an octet offset. A line that is
 * neither a field nor the continuation of one is passed over.
 */
import { lowerAscii } from '../../base/cursor.ts'
import type { MessageLimits } from '../../base/limits.ts'
import { latin1 } from '../../base/octets.ts'
import { ownText } from '../../base/own-text.ts'
import { trimSpace, unfold } from './lexer.ts'

export interface HeaderField {
  /** Lower case. */
  readonly name: string
  /** Offset of the name. */
  readonly start: number
  /** Offset after the colon. */
  readonly valueStart: number
  /** Offset after the last line end of the field, continuation lines included. */
  readonly end: number
}

export type HeaderLimits = Pick<MessageLimits, 'maxHeaderFields' | 'maxHeaderFieldOctets'>

export class Header {
  readonly text: string
  readonly fields: readonly HeaderField[]
  readonly #maxFieldOctets: number

  /**
   * @param block the header with or without its blank line; reading ends at the first one
   * Fields beyond `maxHeaderFields` are not seen.
   */
  constructor(block: string, limits: HeaderLimits) {
    this.text = block
    this.#maxFieldOctets = limits.maxHeaderFieldOctets
    this.fields = readFields(block, limits.maxHeaderFields)
  }

  /** Unfolded, without white space around it; cut at `maxHeaderFieldOctets`. Not decoded. */
  valueOf(field: HeaderField): string {
    const end = Math.min(field.end, field.start + this.#maxFieldOctets)
    return trimSpace(unfold(this.text.slice(field.valueStart, end)))
  }

  /** The value of the first field of this name (lower case), or null. */
  value(name: string): string | null {
    const field = this.fields.find((candidate) => candidate.name === name)
    return field === undefined ? null : this.valueOf(field)
  }

  /** The values of every field of this name (lower case), in their order. */
  values(name: string): string[] {
    return this.fields.filter((field) => field.name === name).map((field) => this.valueOf(field))
  }
}

/**
 * The octets of BODY[HEADER.FIELDS (…)] and BODY[HEADER.FIELDS.NOT (…)]: the fields byte-exact, in
 * their order, and a blank line. RFC 9051 §6.4.5.1.
 * @param names lower case
 */
export function selectFields(
  block: Uint8Array,
  names: ReadonlySet<string>,
  which: 'listed' | 'others',
): Uint8Array {
  const text = latin1(block)
  let chosen = ''
  for (const field of readFields(text, Number.POSITIVE_INFINITY)) {
    if (names.has(field.name) !== (which === 'listed')) continue
    chosen += text.slice(field.start, field.end)
    // The last line of a message without a body may lack its line end.
    if (text.charCodeAt(field.end - 1) !== LF) chosen += '\r\n'
  }
  return Buffer.from(`${chosen}\r\n`, 'latin1')
}

function readFields(text: string, maxFields: number): HeaderField[] {
  const fields: HeaderField[] = []
  let at = 0
  while (at < text.length && fields.length < maxFields && !isBlankLine(text, at)) {
    const colon = fieldColon(text, at)
    let end = lineEnd(text, at)
    if (colon !== -1) {
      while (isContinuation(text, end)) end = lineEnd(text, end)
      const name = lowerName(text.slice(at, nameEnd(text, at, colon)))
      fields.push({ name, start: at, valueStart: colon + 1, end })
    }
    at = end
  }
  return fields
}

/**
 * Field names in lower case. The same few dozen come in every message, and a look-up is several
 * times faster than changing their case. Strangers choose names, so what is kept is bounded.
 */
function lowerName(name: string): string {
  const known = lowerNames.get(name)
  if (known !== undefined) return known
  const lower = lowerAscii(name)
  if (name.length <= MAX_KEPT_NAME) {
    if (lowerNames.size >= MAX_KEPT_NAMES) lowerNames.clear()
    // A slice would keep the whole header in memory.
    lowerNames.set(ownText(name), ownText(lower))
  }
  return lower
}

const lowerNames = new Map<string, string>()
const MAX_KEPT_NAMES = 500
const MAX_KEPT_NAME = 40

/** The index of the colon when a field starts at `at`, or -1. White space may stand before it (RFC 5322 §4.5). */
function fieldColon(text: string, at: number): number {
  const start = at
  while (isFieldNameCode(text.charCodeAt(at))) at++
  if (at === start) return -1
  while (isBlank(text.charCodeAt(at))) at++
  return text.charCodeAt(at) === COLON ? at : -1
}

function nameEnd(text: string, start: number, colon: number): number {
  let end = colon
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return end
}

/** ftext, RFC 5322 §3.6.8: printable ASCII but the colon. False for NaN. */
export function isFieldNameCode(code: number): boolean {
  return code > 0x20 && code < 0x7f && code !== COLON
}

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** A line of only white space is a continuation too (RFC 5322 §4.2), so that it does not end the header. */
function isContinuation(text: string, at: number): boolean {
  return at < text.length && isBlank(text.charCodeAt(at))
}

function isBlankLine(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === LF || (code === CR && text.charCodeAt(at + 1) === LF)
}

function lineEnd(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline === -1 ? text.length : newline + 1
}

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
