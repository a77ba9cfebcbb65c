/** JSON that may be shown on any terminal and pasted anywhere. */

/**
 * As `JSON.stringify`, with every character escaped that could command a terminal, end a line,
 * change the direction of text or hide: inside strings only, so that it reads back as the same.
 * @param indent  spaces a level; without: one line
 */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent)
  return HARMFUL.test(text) ? text.replace(HARMFUL_ALL, escapeUnit) : text
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/*
 * DEL and C1; marks of direction; what takes no room; line and paragraph separators; embeddings,
 * overrides, isolates; the byte order mark. JSON itself escapes C0 and lone surrogates.
 */
const BAD = '\\x7f-\\x9f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff'
const HARMFUL = new RegExp(`[${BAD}]`)
const HARMFUL_ALL = new RegExp(`[${BAD}]`, 'g')
