import { Refusal } from '../base/faults.ts'
import type { MailboxLimits } from '../base/limits.ts'
import { lowerAscii } from '../base/cursor.ts'
import { change, type Steps } from '../db/statement.ts'
import { words } from './schema.ts'
import type { MailboxId } from './types.ts'

/**
 * Brings keywords to the spelling this mailbox used first, and remembers new ones. Keywords are
 * compared without case (RFC 9051 §2.3.2).
 * @throws Refusal tooManyKeywords
 */
export function* withKeywords(
  mailbox: MailboxId,
  known: string,
  wanted: readonly string[],
  limits: MailboxLimits,
): Steps<readonly string[]> {
  if (wanted.length === 0) return wanted
  const spelling = new Map(words(known).map((word) => [lowerAscii(word), word]))
  const before = spelling.size
  for (const keyword of wanted) {
    if (Buffer.byteLength(keyword) > limits.maxKeywordOctets)
      throw new Refusal(
        'tooManyKeywords',
        `a keyword has at most ${limits.maxKeywordOctets} octets`,
      )
    if (!spelling.has(lowerAscii(keyword))) spelling.set(lowerAscii(keyword), keyword)
  }
  if (spelling.size > limits.maxKeywords)
    throw new Refusal('tooManyKeywords', `a mailbox has at most ${limits.maxKeywords} keywords`)
  if (spelling.size > before)
    yield* change(
      'UPDATE mailbox SET keywords = ? WHERE id = ?',
      [...spelling.values()].join(' '),
      mailbox,
    )
  const spelled = wanted.map((keyword) => spelling.get(lowerAscii(keyword)) ?? keyword)
  return [...new Set(spelled)]
}
