/** What the index has. */
import { one, type Steps } from '../../db/statement.ts'

export interface IndexStatus {
  /** Files that were taken, under however many names. */
  readonly sources: number
  /** Lines that are kept, and those among them that no rule knows. */
  readonly lines: number
  readonly unknown: number
  /** Unpacked. */
  readonly octets: number
  /** Null when it is empty. */
  readonly firstMs: number | null
  readonly lastMs: number | null
}

export function* readStatus(): Steps<IndexStatus> {
  const blocks = yield* one<Omit<IndexStatus, 'sources'>>(
    'SELECT total(lines) AS lines, total(unknown) AS unknown, total(octets) AS octets, ' +
      'min(at_ms) AS firstMs, max(last_ms) AS lastMs FROM block',
  )
  const sources = yield* one<{ count: number }>('SELECT count(*) AS count FROM source')
  if (blocks === undefined) throw new Error('a total without a row')
  return { sources: sources?.count ?? 0, ...blocks }
}
