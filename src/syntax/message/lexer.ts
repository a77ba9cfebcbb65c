/**
 * The lexical elements that structured header fields share (RFC 5322 §3.2), on latin1 text.
 *
 * Mail is full of broken fields, so nothing here fails: what is not closed ends with the text.
 * Every function is linear in what it passes over.
 */

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const OPEN = 0x28
const CLOSE = 0x29
const BACKSLASH = 0x5c

/** White space, and the CR and LF of folding. */
export function isSpace(code: number): boolean {
  return code === SPACE || code === TAB || code === CR || code === LF
}

/** The index of the first octet at or after `at` that is not white space. */
function skipSpace(text: string, at: number): number {
  while (at < text.length && isSpace(text.charCodeAt(at))) at++
  return at
}

/** The same, over comments too: CFWS. */
export function skipCfws(text: string, at: number): number {
  for (;;) {
    at = skipSpace(text, at)
    if (text.charCodeAt(at) !== OPEN) return at
    at = commentEnd(text, at)
  }
}

/**
 * The index after the comment that opens at `at`; comments nest (RFC 5322 §3.2.2).
 * One that is not closed is the rest of the text.
 */
export function commentEnd(text: string, at: number): number {
  let depth = 0
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === OPEN) depth++
    else if (code === BACKSLASH) at++
    else if (code === CLOSE && --depth === 0) return at + 1
  }
  return text.length
}

/** The index after the quoted-string that opens at `at`, or -1 when nothing closes it. */
export function quotedEnd(text: string, at: number): number {
  for (at++; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code === BACKSLASH) at++
  }
  return -1
}

/** What stands between the quotes (or parentheses) at `start` and `end - 1`, without folding and backslashes. */
export function unquote(text: string, start: number, end: number): string {
  const inner = unfold(text.slice(start + 1, end - 1))
  return inner.includes('\\') ? inner.replace(/\\([\s\S])/g, '$1') : inner
}

/** Takes out the line ends of folding; the white space after them stays (RFC 5322 §2.2.3). */
export function unfold(text: string): string {
  return text.includes('\n') ? text.replace(/\r?\n/g, '') : text
}

/** Without white space at both ends. Unlike String.trim it leaves U+00A0, half of a UTF-8 character, alone. */
export function trimSpace(text: string): string {
  return trimSpaceEnd(text.slice(skipSpace(text, 0)))
}

export function trimSpaceEnd(text: string): string {
  let end = text.length
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(0, end)
}

/** Without comments and white space around them: for fields that hold one token. */
export function withoutComments(text: string): string {
  if (!text.includes('(')) return trimSpace(text)
  let kept = ''
  let from = 0
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = quotedEnd(text, at)
      if (end === -1) break
      at = end
    } else if (code === OPEN) {
      kept += text.slice(from, at)
      from = at = commentEnd(text, at)
    } else at++
  }
  return trimSpace(kept + text.slice(from))
}
