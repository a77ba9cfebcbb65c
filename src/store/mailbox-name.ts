import { Refusal } from '../base/faults.ts'
import type { MailboxLimits } from '../base/limits.ts'

/**
 * Mailbox names are keys in the database, never paths. Levels are separated by `/`; names are stored
 * and looked up in the one form that `canonicalName` gives them.
 */
export const SEPARATOR = '/'

/**
 * Is this a name for a new mailbox? Given in canonical form.
 * @throws Refusal mailboxNameInvalid, with the sentence that says why
 */
export function checkNewMailboxName(name: string, limits: MailboxLimits): void {
  const reason = fault(name, limits)
  if (reason !== undefined) throw new Refusal('mailboxNameInvalid', reason)
}

function fault(name: string, limits: MailboxLimits): string | undefined {
  const levels = name.split(SEPARATOR)
  if (levels.some((level) => level === '')) return 'a mailbox name has no empty level'
  if (levels.length > limits.maxDepth) return `a mailbox is at most ${limits.maxDepth} levels deep`
  if (Buffer.byteLength(name) > limits.maxNameOctets)
    return `a mailbox name has at most ${limits.maxNameOctets} octets`
  if (levels.some((level) => Buffer.byteLength(level) > limits.maxPartOctets))
    return `one level of a mailbox name has at most ${limits.maxPartOctets} octets`
  if (!name.isWellFormed()) return 'a mailbox name is well-formed Unicode'
  if (/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(name))
    return 'a mailbox name has no control characters'
  if (/[*%]/.test(name)) return 'a mailbox name has no * and no %, which LIST reads as wildcards'
  if (levels.some((level) => level !== level.trim()))
    return 'a level of a mailbox name does not begin or end with a space'
  const first = levels[0] ?? ''
  if (first !== 'INBOX' && first.normalize('NFKC').toUpperCase() === 'INBOX')
    return 'this name could be taken for INBOX'
  return undefined
}

/** The names above `name`, topmost first: `a/b/c` → `a`, `a/b`. */
export function parentsOf(name: string): readonly string[] {
  const levels = name.split(SEPARATOR)
  return levels.slice(0, -1).map((_, index) => levels.slice(0, index + 1).join(SEPARATOR))
}
