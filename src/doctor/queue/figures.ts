/** What waits, in numbers: for checks, samples and metrics. */
import { one, type Steps } from '../../db/statement.ts'
import type { QueueId } from '../../queue/types.ts'

export interface QueueFigures {
  /** Messages, those that are stopped too. */
  readonly messages: number
  /** Stopped by a person. */
  readonly held: number
  /** Stopped until a person looks. */
  readonly frozen: number
  readonly octets: number
  /** When the first of them came; null: none waits. */
  readonly oldestMs: number | null
  /** The same of those that no person holds. */
  readonly oldestUnheldMs: number | null
}

/** A part of them: each read looks at a bounded number. */
interface FiguresPage extends QueueFigures {
  /** After which message the next page begins; null: this was the last. */
  readonly next: QueueId | null
}

function* figuresPage(after: QueueId | null): Steps<FiguresPage> {
  const row = yield* one<QueueFigures & { readonly last: QueueId | null }>(
    `SELECT count(*) AS messages, coalesce(sum(stopped = 'held'), 0) AS held,
       coalesce(sum(stopped = 'frozen'), 0) AS frozen, coalesce(sum(size_octets), 0) AS octets,
       min(arrived_ms) AS oldestMs,
       min(CASE WHEN stopped IS 'held' THEN NULL ELSE arrived_ms END) AS oldestUnheldMs,
       max(id) AS last
     FROM (SELECT id, stopped, size_octets, arrived_ms FROM queued_message
           WHERE id > ? ORDER BY id LIMIT ?)`,
    after ?? 0,
    PAGE,
  )
  if (row === undefined) throw new Error('a count gives a row')
  const { last, ...figures } = row
  return { ...figures, next: figures.messages < PAGE ? null : last }
}

function addFigures(a: QueueFigures, b: QueueFigures): QueueFigures {
  return {
    messages: a.messages + b.messages,
    held: a.held + b.held,
    frozen: a.frozen + b.frozen,
    octets: a.octets + b.octets,
    oldestMs: earlier(a.oldestMs, b.oldestMs),
    oldestUnheldMs: earlier(a.oldestUnheldMs, b.oldestUnheldMs),
  }
}

/**
 * All of them. Between two pages others have their turn.
 * @param read  runs a read: of the server's database, or of one that a command opened
 */
export async function queueFigures(
  read: <Result>(steps: Steps<Result>) => Result,
  signal?: AbortSignal,
): Promise<QueueFigures> {
  let sum = NOTHING
  for (let after: QueueId | null = null; ; ) {
    const { next, ...page }: FiguresPage = read(figuresPage(after))
    sum = addFigures(sum, page)
    if (next === null) return sum
    after = next
    await new Promise<void>((resolve) => void setImmediate(resolve))
    signal?.throwIfAborted()
  }
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b)
}

const NOTHING: QueueFigures = {
  ...{ messages: 0, held: 0, frozen: 0, octets: 0 },
  ...{ oldestMs: null, oldestUnheldMs: null },
}
const PAGE = 2000
