import { TextDecoder } from 'node:util'

import type { Cursor } from '../../base/cursor.ts'
import { fromLatin1 } from '../../base/octets.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { expectSearch, type SearchCommand, type SearchReturn } from '../../syntax/imap/search.ts'
import { rangesOf, writeSet } from '../../syntax/imap/sequence-set.ts'
import { writeString } from '../../syntax/imap/write-string.ts'
import { type Completion, defineCommand, type Dialect, no, ok, SELECTED } from '../command.ts'
import { boundsOf, compile, type Context } from '../search/compile.ts'
import { type Found, runSearch } from '../search/run.ts'
import { asUids, type Session } from '../session.ts'

/** RFC 9051 §6.4.4, RFC 3501 §6.4.4. */
export const search = defineCommand({
  name: 'SEARCH',
  allowedIn: SELECTED,
  news: 'allButExpunges',
  parse,
  run: (session, command, tag) => run(session, command, tag, 'seq'),
})

/** RFC 9051 §6.4.9. */
export const uidSearch = defineCommand({
  name: 'UID SEARCH',
  allowedIn: SELECTED,
  news: 'all',
  parse,
  run: (session, command, tag) => run(session, command, tag, 'uid'),
})

function parse(cursor: Cursor, { limits }: Dialect): SearchCommand {
  const { maxSearchTerms, maxSearchNesting, maxNesting } = limits.imap
  const nesting = Math.min(maxSearchNesting, maxNesting)
  return expectSearch(cursor, { maxSearchTerms, maxSearchNesting: nesting })
}

async function run(
  session: Session,
  command: SearchCommand,
  tag: string,
  by: 'seq' | 'uid',
): Promise<Completion> {
  const { mailbox } = session
  const decoder = decoderFor(command.charset)
  if (decoder === null) return no('The charset is not known', 'BADCHARSET (US-ASCII UTF-8)')
  const context: Context = {
    resolve: (set, which) => mailbox.resolve(set, which),
    decode: (text) => decode(decoder, text),
  }
  const test = compile(command.key, context)
  const bounds = boundsOf(command.key, context) ?? [[1, mailbox.largestUid]]
  if (command.usesModSeq) session.enableCondstore()
  const found = await runSearch(session, test, asUids(bounds))
  const saves = command.returns?.has('SAVE') === true
  if (found === null) {
    // RFC 5182 §2.1: a search that fails empties the saved result.
    if (saves) mailbox.saved = []
    return no('The search took too long; ask for less', 'LIMIT')
  }
  if (saves) mailbox.saved = rangesOf(reduce(found, command.returns).map(({ uid }) => uid))
  answer(session, command, found, tag, by)
  return ok('Searched')
}

function answer(
  session: Session,
  command: SearchCommand,
  found: readonly Found[],
  tag: string,
  by: 'seq' | 'uid',
): void {
  const { mailbox, out } = session
  const numberOf = ({ uid }: Found) => (by === 'uid' ? uid : mailbox.seqOf(uid))
  if (command.returns === undefined && !session.rev2) {
    const numbers = found.map((state) => ` ${numberOf(state)}`).join('')
    const modSeq = command.usesModSeq && found.length > 0 ? ` (MODSEQ ${largest(found)})` : ''
    out.untagged(`SEARCH${numbers}${modSeq}`)
    return
  }
  const returns = command.returns ?? new Set<SearchReturn>(['ALL'])
  // RFC 5182 §2.1: SAVE alone asks for no answer.
  if (returns.size === 1 && returns.has('SAVE')) return
  const wanted = returns.size === 0 ? new Set<SearchReturn>(['ALL']) : returns
  let text = `ESEARCH (TAG ${writeString(tag)})${by === 'uid' ? ' UID' : ''}`
  const [first, last] = [found[0], found.at(-1)]
  if (wanted.has('MIN') && first !== undefined) text += ` MIN ${numberOf(first)}`
  if (wanted.has('MAX') && last !== undefined) text += ` MAX ${numberOf(last)}`
  if (wanted.has('COUNT')) text += ` COUNT ${found.length}`
  if (wanted.has('ALL') && found.length > 0) text += ` ALL ${writeSet(found.map(numberOf))}`
  if (command.usesModSeq && found.length > 0) {
    text += ` MODSEQ ${largest(reduce(found, command.returns))}`
  }
  out.untagged(text)
}

/**
 * The messages a RETURN speaks of: the first and the last when only MIN and MAX are asked for, else
 * all. RFC 5182 §2.1 and RFC 4731 §3.2.
 */
function reduce(
  found: readonly Found[],
  returns: ReadonlySet<SearchReturn> | undefined,
): readonly Found[] {
  const few = returns !== undefined && (returns.has('MIN') || returns.has('MAX'))
  if (!few || returns.has('ALL') || returns.has('COUNT')) return found
  const [first, last] = [found[0], found.at(-1)]
  const reduced: Found[] = []
  if (returns.has('MIN') && first !== undefined) reduced.push(first)
  if (returns.has('MAX') && last !== undefined && last !== reduced[0]) reduced.push(last)
  return reduced
}

function largest(states: readonly Found[]): number {
  return states.reduce((most, { modSeq }) => Math.max(most, modSeq), 0)
}

/** Null for a charset that is not known. Without one it is UTF-8, of which US-ASCII is a part. */
function decoderFor(charset: string | undefined): TextDecoder | null {
  try {
    return new TextDecoder(charset ?? 'utf-8', { fatal: true })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function decode(decoder: TextDecoder, text: string): string {
  try {
    return decoder.decode(fromLatin1(text))
  } catch (error) {
    if (error instanceof TypeError) throw new SyntaxFault('text in the charset', 0)
    throw error
  }
}
