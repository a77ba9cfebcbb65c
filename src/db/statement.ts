/**
 * Statements as data. A storage operation is a generator that yields SQL statements and receives
 * their rows; it holds no driver and no connection, so the same operation runs on any engine.
 *
 *   function* nextUid(mailbox: MailboxId): Steps<Uid> {
 *     const row = yield* one<{ uid: number }>('UPDATE mailbox SET … RETURNING …', mailbox)
 *     …
 *   }
 *
 * A read is run by `database.read(steps)`; a change is a {@link Write}, run by
 * `database.write(write, args)` on the writer thread, inside a transaction.
 */

export type Value = null | number | bigint | string | Uint8Array

export interface Statement {
  readonly text: string
  readonly values: readonly Value[]
  readonly want: 'all' | 'rows' | 'one' | 'change'
}

/** What a statement that returns no rows did. */
export interface Change {
  readonly rows: number
  readonly lastId: number
}

// The third parameter is what `yield` gives back. Its type depends on the statement, which a
// generator cannot express; the functions below restore it.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Steps<Result> = Generator<Statement, Result, any>

/** Runs a query and returns every row. */
export function* all<Row>(text: string, ...values: Value[]): Steps<Row[]> {
  return yield { text, values, want: 'all' }
}

/** Runs a query and returns every row as an array of its columns: half the cost of {@link all}. */
export function* rows<Row extends readonly Value[]>(
  text: string,
  ...values: Value[]
): Steps<Row[]> {
  return yield { text, values, want: 'rows' }
}

/** Runs a query and returns its first row, or undefined when there is none. */
export function* one<Row>(text: string, ...values: Value[]): Steps<Row | undefined> {
  return yield { text, values, want: 'one' }
}

/** Runs a statement that returns no rows. */
export function* change(text: string, ...values: Value[]): Steps<Change> {
  return yield { text, values, want: 'change' }
}

/**
 * A change with a name. The name crosses to the writer thread, which looks the operation up in
 * the table of all writes (`src/writes.ts`); arguments and result are structured clones.
 */
export interface Write<Args, Result> {
  readonly name: string
  readonly run: (args: Args) => Steps<Result>
  /** True for operations that free space: they may use up the ballast when the disk is full. */
  readonly freesSpace: boolean
}

export function defineWrite<Args, Result>(
  name: string,
  run: (args: Args) => Steps<Result>,
  options: { readonly freesSpace?: boolean } = {},
): Write<Args, Result> {
  return { name, run, freesSpace: options.freesSpace ?? false }
}
