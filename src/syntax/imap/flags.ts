/**
 * Flags: RFC 9051 §2.3.2. System flags are bits here, keywords are names compared without case.
 */
import { type Cursor, lowerAscii } from '../../base/cursor.ts'
import { expectAtom } from './string.ts'

/** The bits, in the order in which they are written. The store's `FLAG` has the same values. */
export const SYSTEM_FLAGS: readonly (readonly [name: string, bit: number])[] = [
  ['\\Answered', 2],
  ['\\Flagged', 4],
  ['\\Deleted', 8],
  ['\\Seen', 1],
  ['\\Draft', 16],
]

export interface FlagList {
  /** Sum of bits. */
  readonly system: number
  /** As written first, each once. */
  readonly keywords: readonly string[]
}

/** `flag-list`: in parentheses. */
export function expectFlagList(cursor: Cursor): FlagList {
  cursor.expect('(')
  const flags = cursor.char === ')' ? NO_FLAGS : expectFlags(cursor)
  cursor.expect(')')
  return flags
}

/** One or more flags with single spaces between: what STORE takes without parentheses. */
export function expectFlags(cursor: Cursor): FlagList {
  let system = 0
  const keywords = new Map<string, string>()
  do {
    if (cursor.take('\\')) {
      system |= expectSystemFlag(cursor)
    } else {
      const keyword = expectAtom(cursor, 'a flag')
      const key = lowerAscii(keyword)
      if (!keywords.has(key)) keywords.set(key, keyword)
    }
  } while (cursor.take(' '))
  return { system, keywords: [...keywords.values()] }
}

/** `(\Seen $Forwarded)`, without the parentheses. */
export function writeFlags(flags: FlagList): string {
  const known = SYSTEM_TEXT[flags.system] ?? ''
  if (flags.keywords.length === 0) return known
  return known === '' ? flags.keywords.join(' ') : `${known} ${flags.keywords.join(' ')}`
}

const NO_FLAGS: FlagList = { system: 0, keywords: [] }

const SYSTEM_TEXT = Array.from({ length: 32 }, (_, bits) =>
  SYSTEM_FLAGS.filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .join(' '),
)

function expectSystemFlag(cursor: Cursor): number {
  const { at } = cursor
  const name = lowerAscii(expectAtom(cursor, 'a flag'))
  // Clients that copy mail between servers send \Recent along; it is not theirs to set.
  if (name === 'recent') return 0
  const found = SYSTEM_FLAGS.find(([flag]) => lowerAscii(flag) === `\\${name}`)
  if (found !== undefined) return found[1]
  cursor.at = at
  return cursor.fail('Answered, Flagged, Deleted, Seen or Draft')
}
