/** What strangers wrote into DNS, for a finding. */
import { printable } from '../../journal/exim/escape.ts'

/** Printable, and no longer than a line or two. */
export function shown(text: string, maxChars = 300): string {
  const safe = printable(text)
  return safe.length <= maxChars ? safe : `${safe.slice(0, maxChars)}…`
}

/** A name for a command that is copied: one that a shell would read otherwise becomes `NAME`. */
export function nameInCommand(name: string): string {
  return /^[a-z0-9_][a-z0-9._-]*$/i.test(name) ? name : 'NAME'
}
