/**
 * A copy that shares no memory with the text it was cut from: a piece of a text, kept, keeps the
 * whole text in memory.
 */
export function ownText(text: string): string {
  return ` ${text}`.slice(1)
}

/** The same, of what may not be there. */
export function ownOrNull(text: string | null): string | null {
  return text === null ? null : ownText(text)
}
