import { type Cursor, upperAscii } from '../../base/cursor.ts'

/** RFC 5321 §4.1.2 esmtp-param; value null when there is no `=`. */
export interface Parameter {
  /** Upper case. */
  readonly keyword: string
  readonly value: string | null
}

/** More than any extension known together. */
const MAX_PARAMETERS = 16

/**
 * Reads ` KEYWORD=value KEYWORD …` to the end of the line, trailing spaces included (RFC 5321
 * §4.1.1 says to tolerate them). A keyword may stand once.
 * @throws SyntaxFault
 */
export function expectParameters(cursor: Cursor): readonly Parameter[] {
  if (cursor.atEnd) return NONE
  const parameters: Parameter[] = []
  while (!cursor.atEnd) {
    cursor.expect(' ')
    cursor.takeWhile(isSpace)
    if (cursor.atEnd) break
    const keyword = upperAscii(cursor.expectWhile(isKeywordOctet, 'parameter'))
    const value = cursor.take('=') ? cursor.expectWhile(isValueOctet, 'parameter value') : null
    if (parameters.some((other) => other.keyword === keyword)) cursor.fail(`${keyword} only once`)
    if (parameters.length === MAX_PARAMETERS) cursor.fail(`at most ${MAX_PARAMETERS} parameters`)
    parameters.push({ keyword, value })
  }
  return parameters
}

const NONE: readonly Parameter[] = []
const isSpace = (code: number) => code === 0x20
const isKeywordOctet = (code: number) =>
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x30 && code <= 0x39) ||
  code === 0x2d
/** Any printable but `=`; RFC 6531 §3.3 adds UTF-8. */
const isValueOctet = (code: number) => code > 0x20 && code !== 0x3d && code !== 0x7f
