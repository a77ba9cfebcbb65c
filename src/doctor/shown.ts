/** What strangers wrote, in DNS or elsewhere, for a finding. */
import { printable } from '../journal/exim/escape.ts'

/** Printable, and no longer than a line or two. */
export function shown(text: string, maxChars = 300): string {
  const safe = printable(text)
  return safe.length <= maxChars ? safe : `${safe.slice(0, maxChars)}…`
}
