/**
 * LIST: RFC 9051 §6.3.9, which has LIST-EXTENDED (RFC 5258), LIST-STATUS (RFC 5819) and SPECIAL-USE
 * (RFC 6154), and its patterns.
 */
import { type Cursor, upperAscii } from '../../base/cursor.ts'
import { canonicalName, expectListMailbox, expectMailbox, type NameForm } from './mailbox-name.ts'
import { expectStatusItems, type StatusItem } from './status.ts'
import { expectAtom, expectSpace } from './string.ts'

export type ListSelect = 'SUBSCRIBED' | 'REMOTE' | 'RECURSIVEMATCH' | 'SPECIAL-USE'
export type ListReturn = 'SUBSCRIBED' | 'CHILDREN' | 'SPECIAL-USE'

/** Each is compared with each name. */
const MAX_PATTERNS = 100

export interface ListCommand {
  readonly select: ReadonlySet<ListSelect>
  /** Reference and pattern together: RFC 9051 §6.3.9. */
  readonly patterns: readonly string[]
  readonly returns: ReadonlySet<ListReturn>
  /** Items of a STATUS response to each mailbox; null for none. */
  readonly status: readonly StatusItem[] | null
  /** `LIST "" ""` asks for the separator; with anything of LIST-EXTENDED it does not. */
  readonly separatorOnly: boolean
}

/** Everything after `LIST`. */
export function expectList(cursor: Cursor, form: NameForm): ListCommand {
  expectSpace(cursor)
  const extendedSelect = cursor.take('(')
  const select = extendedSelect ? expectSelects(cursor) : new Set<ListSelect>()
  const reference = expectMailbox(cursor, form)
  expectSpace(cursor)
  const patterns: string[] = []
  let emptyPattern = false
  const many = cursor.take('(')
  do {
    if (patterns.length === MAX_PATTERNS) cursor.fail(`at most ${MAX_PATTERNS} patterns`)
    const pattern = expectListMailbox(cursor, form)
    emptyPattern = pattern === ''
    patterns.push(canonicalName(reference + pattern))
  } while (many && cursor.take(' '))
  if (many) cursor.expect(')')
  const returns = new Set<ListReturn>()
  const extendedReturn = cursor.take(' RETURN (')
  const status = extendedReturn ? expectReturns(cursor, returns) : null
  cursor.expectEnd()
  const separatorOnly = emptyPattern && !extendedSelect && !many && !extendedReturn
  return { select, patterns, returns, status, separatorOnly }
}

/**
 * Does the name match? `*` is anything, `%` anything within one level. All ways are followed at
 * once, so the time is at most pattern × name, whatever the pattern.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const steps = pattern.replace(/[*%]{2,}/g, (run) => (run.includes('*') ? '*' : '%'))
  let reached = closeOver(steps, new Set([0]))
  for (let at = 0; at < name.length && reached.size > 0; at++) {
    const char = name.charAt(at)
    const next = new Set<number>()
    for (const step of reached) {
      const wanted = steps.charAt(step)
      if (wanted === '*' || (wanted === '%' && char !== '/')) next.add(step)
      else if (wanted === char) next.add(step + 1)
    }
    reached = closeOver(steps, next)
  }
  return reached.has(steps.length)
}

/** A wildcard may match nothing: where it is reached, so is what follows. */
function closeOver(steps: string, reached: Set<number>): Set<number> {
  for (const step of reached) {
    const char = steps.charAt(step)
    if (char === '*' || char === '%') reached.add(step + 1)
  }
  return reached
}

const SELECTS = new Set<string>(['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE'])

function expectSelects(cursor: Cursor): ReadonlySet<ListSelect> {
  const select = new Set<ListSelect>()
  if (!cursor.take(') ')) {
    do {
      const name = upperAscii(expectAtom(cursor, 'a selection option'))
      if (!SELECTS.has(name)) cursor.fail('SUBSCRIBED, REMOTE, RECURSIVEMATCH or SPECIAL-USE')
      select.add(name as ListSelect)
    } while (cursor.take(' '))
    cursor.expect(') ')
  }
  // RFC 9051 §6.3.9.1: RECURSIVEMATCH only modifies others, REMOTE is none that it modifies.
  if (select.has('RECURSIVEMATCH') && !select.has('SUBSCRIBED') && !select.has('SPECIAL-USE')) {
    cursor.fail('SUBSCRIBED with RECURSIVEMATCH')
  }
  return select
}

const RETURNS = new Set<string>(['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE'])

function expectReturns(cursor: Cursor, returns: Set<ListReturn>): readonly StatusItem[] | null {
  let status: readonly StatusItem[] | null = null
  if (cursor.take(')')) return status
  do {
    const name = upperAscii(expectAtom(cursor, 'a RETURN option'))
    if (name === 'STATUS') {
      expectSpace(cursor)
      status = expectStatusItems(cursor)
    } else if (RETURNS.has(name)) returns.add(name as ListReturn)
    else cursor.fail('SUBSCRIBED, CHILDREN, SPECIAL-USE or STATUS')
  } while (cursor.take(' '))
  cursor.expect(')')
  return status
}
