/** Message identifiers: Message-ID, In-Reply-To and References. RFC 5322 §3.6.4. */
import { isSpace, quotedEnd, skipCfws, trimSpace } from './lexer.ts'

/**
 * The identifiers of a field, in order, without angle brackets and without white space inside.
 * Phrases between them (obsolete In-Reply-To) are passed over. A field without any bracket whose
 * text looks like one identifier gives that: some programs leave the brackets out.
 * @param max identifiers to return at most
 */
export function parseMessageIds(text: string, max: number): string[] {
  const ids: string[] = []
  let at = skipCfws(text, 0)
  while (at < text.length && ids.length < max) {
    if (text.charAt(at) !== '<') {
      at = skipCfws(text, at + 1)
      continue
    }
    const end = idEnd(text, at + 1)
    const id = withoutSpace(text.slice(at + 1, end))
    if (id !== '') ids.push(id)
    at = skipCfws(text, text.charAt(end) === '>' ? end + 1 : end)
  }
  if (ids.length > 0 || text.includes('<')) return ids
  const bare = trimSpace(text)
  return max > 0 && bare.includes('@') && withoutSpace(bare) === bare ? [bare] : []
}

/** The `>` that closes, or where the next identifier begins when it is missing. */
function idEnd(text: string, at: number): number {
  while (at < text.length) {
    const char = text.charAt(at)
    if (char === '>' || char === '<') return at
    const quoteEnd = char === '"' && /[<.]/.test(text.charAt(at - 1)) ? quotedEnd(text, at) : -1
    at = quoteEnd === -1 ? at + 1 : quoteEnd
  }
  return at
}

function withoutSpace(text: string): string {
  let kept = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    if (!isSpace(text.charCodeAt(at))) continue
    kept += text.slice(from, at)
    from = at + 1
  }
  return from === 0 ? text : kept + text.slice(from)
}
