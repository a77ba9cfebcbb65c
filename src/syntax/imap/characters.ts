/**
 * Character classes of RFC 9051 §9, by octet code.
 */

const ATOM = 1
const ASTRING = 2
const LIST = 4
const TAG = 8

/** atom-specials beside controls and octets above 126: `( ) { SP % * " \ ]`. */
const ATOM_SPECIALS = '(){ %*"\\]'

const CLASS = new Uint8Array(256)
for (let code = 0x21; code < 0x7f; code++) {
  const char = String.fromCharCode(code)
  const atom = !ATOM_SPECIALS.includes(char)
  if (atom) CLASS[code] = ATOM | ASTRING | LIST | (char === '+' ? 0 : TAG)
  if (char === ']') CLASS[code] = ASTRING | LIST | TAG
  if (char === '%' || char === '*') CLASS[code] = LIST
}

/** ATOM-CHAR. */
export const isAtomChar = (code: number): boolean => ((CLASS[code] ?? 0) & ATOM) !== 0
/** ASTRING-CHAR: ATOM-CHAR and `]`. */
export const isAstringChar = (code: number): boolean => ((CLASS[code] ?? 0) & ASTRING) !== 0
/** list-char: ATOM-CHAR, `]` and the wildcards. */
export const isListChar = (code: number): boolean => ((CLASS[code] ?? 0) & LIST) !== 0
/** A character of a tag: ASTRING-CHAR without `+`. */
export const isTagChar = (code: number): boolean => ((CLASS[code] ?? 0) & TAG) !== 0
