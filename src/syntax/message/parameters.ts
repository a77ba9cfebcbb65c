/**
 * Content-Type and Content-Disposition: a value and its parameters, as they came.
 * RFC 2045 §5.1, RFC 2183 §2. RFC 2231 pieces (`filename*0*`) stay apart here;
 * `parameter-text.ts` joins and decodes them for display.
 */
import { lowerAscii } from '../../base/cursor.ts'
import type { Parameters } from '../mime/skeleton.ts'
import { isSpace, quotedEnd, skipCfws, trimSpace, unquote } from './lexer.ts'

export interface MediaType {
  /** Lower case. */
  readonly type: string
  readonly subtype: string
  readonly parameters: Parameters
}

export interface Disposition {
  /** Lower case. */
  readonly type: string
  readonly parameters: Parameters
}

/**
 * @param value the unfolded field value
 * @returns null when there is no `type/subtype`: the part is then what its place makes it
 */
export function parseMediaType(value: string, maxParameters: number): MediaType | null {
  let at = skipCfws(value, 0)
  const type = tokenAt(value, at)
  at = skipCfws(value, at + type.length)
  if (type === '' || value.charAt(at) !== '/') return null
  at = skipCfws(value, at + 1)
  const subtype = tokenAt(value, at)
  if (subtype === '') return null
  return {
    type: lowerAscii(type),
    subtype: lowerAscii(subtype),
    parameters: parametersAt(value, at + subtype.length, maxParameters),
  }
}

/** @returns null when the field names no disposition */
export function parseDisposition(value: string, maxParameters: number): Disposition | null {
  const at = skipCfws(value, 0)
  const type = tokenAt(value, at)
  if (type === '') return null
  return {
    type: lowerAscii(type),
    parameters: parametersAt(value, at + type.length, maxParameters),
  }
}

/** What follows each `;`, at most `max` of them. What is no `name=value` is passed over. */
function parametersAt(text: string, at: number, max: number): Parameters {
  const parameters: (readonly [string, string])[] = []
  while (parameters.length < max) {
    at = text.indexOf(';', at)
    if (at === -1) break
    at = skipCfws(text, at + 1)
    const name = tokenAt(text, at)
    const equals = skipCfws(text, at + name.length)
    if (name === '' || text.charAt(equals) !== '=') {
      at = equals
      continue
    }
    const start = skipCfws(text, equals + 1)
    const quoteEnd = text.charAt(start) === '"' ? quotedEnd(text, start) : -1
    at = quoteEnd === -1 ? bareEnd(text, start) : quoteEnd
    const value = quoteEnd === -1 ? bareValue(text, start, at) : unquote(text, start, quoteEnd)
    parameters.push([name, value])
  }
  return parameters
}

/** A value without quotes may hold spaces (`name=my file.txt`, old Outlook), and a quote may not be closed. */
function bareValue(text: string, start: number, end: number): string {
  const value = trimSpace(text.slice(start, end))
  return value.startsWith('"') ? value.slice(1) : value
}

/** Up to the next `;`, or a comment that follows white space: `us-ascii (plain)`, but not `file(1).txt`. */
function bareEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && text.charAt(at) !== ';') {
    if (text.charAt(at) === '(' && at > start && isSpace(text.charCodeAt(at - 1))) {
      return at
    }
    at++
  }
  return at
}

function tokenAt(text: string, start: number): string {
  let at = start
  while (at < text.length && isTokenCode(text.charCodeAt(at))) at++
  return text.slice(start, at)
}

/** Any octet but white space, controls and the tspecials that separate something here: `( ) < > ; / = " ,`. */
function isTokenCode(code: number): boolean {
  return code > 0x20 && code !== 0x7f && !SEPARATORS.includes(code)
}

const SEPARATORS: readonly number[] = [0x28, 0x29, 0x3c, 0x3e, 0x3b, 0x2f, 0x3d, 0x22, 0x2c]
