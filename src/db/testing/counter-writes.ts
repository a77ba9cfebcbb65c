/** A small database for the tests of this room. */
import { Refusal } from '../../base/faults.ts'
import { writeTable } from '../group-commit.ts'
import type { Migration } from '../migrate.ts'
import { change, defineWrite, one, type Steps } from '../statement.ts'

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, sql: 'CREATE TABLE number (n INTEGER NOT NULL, filler BLOB) STRICT' },
]

function* insert(n: number): Steps<void> {
  yield* change('INSERT INTO number (n) VALUES (?)', n)
}

export const add = defineWrite('add', function* ({ n }: { n: number }): Steps<number> {
  yield* insert(n)
  const row = yield* one<{ total: number }>('SELECT count(*) AS total FROM number')
  return row?.total ?? 0
})

export const addThenRefuse = defineWrite(
  'addThenRefuse',
  function* ({ n }: { n: number }): Steps<void> {
    yield* insert(n)
    throw new Refusal('overQuota', `because ${n}`)
  },
)

export const addThenFail = defineWrite(
  'addThenFail',
  function* ({ n }: { n: number }): Steps<void> {
    yield* insert(n)
    yield* change('INSERT INTO nowhere VALUES (1)')
  },
)

/** Writes more pages than the database may have. */
export const fill = defineWrite('fill', function* ({ pages }: { pages: number }): Steps<void> {
  yield* one('PRAGMA max_page_count = 4')
  for (let i = 0; i < pages * 4; i++)
    yield* change('INSERT INTO number VALUES (?, ?)', i, new Uint8Array(8192))
})

export const removeAll = defineWrite(
  'removeAll',
  function* ({ thenFill }: { thenFill: boolean }): Steps<void> {
    yield* change('DELETE FROM number')
    if (thenFill) yield* fill.run({ pages: 4 })
  },
  { freesSpace: true },
)

export const writes = writeTable([add, addThenRefuse, addThenFail, fill, removeAll])
