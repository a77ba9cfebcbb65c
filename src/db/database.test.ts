import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { Refusal } from '../base/faults.ts'
import { openDatabase, openDatabaseInline } from './database.ts'
import { writeTable } from './group-commit.ts'
import { all, one } from './statement.ts'
import { add, addThenFail, addThenRefuse, MIGRATIONS, writes } from './testing/counter-writes.ts'

const folder = mkdtempSync(join(tmpdir(), 'waybill-db-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0
const freshFile = () => join(folder, `${++files}.db`)
const writesModule = new URL('./testing/counter-writes.ts', import.meta.url)

function* numbers() {
  return (yield* all<{ n: number }>('SELECT n FROM number ORDER BY n')).map(({ n }) => n)
}

for (const threaded of [true, false]) {
  const open = (file = freshFile()) =>
    threaded
      ? openDatabase({ file, migrations: MIGRATIONS, writesModule })
      : openDatabaseInline({ file, migrations: MIGRATIONS, writes })

  test(`${threaded ? 'writer thread' : 'inline'}: a write is readable when it resolves`, async () => {
    await using database = await open()
    assert.equal(await database.write(add, { n: 7 }), 1)
    assert.deepEqual(database.read(numbers()), [7])
  })

  test(`${threaded ? 'writer thread' : 'inline'}: one file is left when it is closed`, async () => {
    const file = freshFile()
    const database = await open(file)
    await database.write(add, { n: 7 })
    database.read(numbers())
    await database[Symbol.asyncDispose]()
    assert.equal(existsSync(`${file}-wal`), false)
  })

  test(`${threaded ? 'writer thread' : 'inline'}: a refused write is rolled back alone`, async () => {
    await using database = await open()
    const [first, refused, second] = await Promise.allSettled([
      database.write(add, { n: 1 }),
      database.write(addThenRefuse, { n: 2 }),
      database.write(add, { n: 3 }),
    ])
    assert.equal(first.status, 'fulfilled')
    assert.ok(refused.status === 'rejected' && refused.reason instanceof Refusal)
    assert.equal(refused.reason.reason, 'overQuota')
    assert.equal(refused.reason.detail, 'because 2')
    assert.equal(second.status, 'fulfilled')
    assert.deepEqual(database.read(numbers()), [1, 3])
    assert.equal(database.waiting, 0)
  })

  test(`${threaded ? 'writer thread' : 'inline'}: a bug in a write rejects with its message`, async () => {
    await using database = await open()
    await assert.rejects(database.write(addThenFail, { n: 1 }), /no such table: nowhere/)
    assert.deepEqual(database.read(numbers()), [])
  })

  test(`${threaded ? 'writer thread' : 'inline'}: closing waits for writes under way`, async () => {
    const file = freshFile()
    const database = await open(file)
    const writing = Array.from({ length: 50 }, (_, n) => database.write(add, { n }))
    await database[Symbol.asyncDispose]()
    await Promise.all(writing)
    await assert.rejects(database.write(add, { n: 99 }), /closed/)
    await using again = await open(file)
    assert.equal(again.read(numbers()).length, 50)
  })
}

test('a write that frees space is tried again once the ballast is gone', async () => {
  // A page limit is a full disk in miniature: SQLITE_FULL comes from the same place.
  const file = freshFile()
  let released = 0
  const releaseBallast = () => {
    released++
    return true
  }
  await using database = openDatabaseInline({
    file,
    migrations: MIGRATIONS,
    writes,
    releaseBallast,
  })
  const { fill, removeAll } = await import('./testing/counter-writes.ts')
  await assert.rejects(
    database.write(fill, { pages: 4 }),
    (error) => error instanceof Refusal && error.reason === 'storageFull',
  )
  assert.equal(released, 0, 'a write that only adds does not take the ballast')
  await assert.rejects(database.write(removeAll, { thenFill: true }), Refusal)
  assert.equal(released, 1)
})

test('a newer schema is refused in words', async () => {
  const file = freshFile()
  await (await openDatabaseInline({ file, migrations: MIGRATIONS, writes }))[Symbol.asyncDispose]()
  assert.throws(
    () => openDatabaseInline({ file, migrations: [], writes }),
    /schema version 1, and this Waybill knows up to 0: it was written by a newer version/,
  )
})

test('two writes of one name are a bug', () => {
  assert.throws(() => writeTable([add, add]), /same name/)
})

test('a read sees one instant', async () => {
  await using database = await openDatabase({
    file: freshFile(),
    migrations: MIGRATIONS,
    writesModule,
  })
  await database.write(add, { n: 1 })
  const row = database.read(one<{ total: number }>('SELECT count(*) AS total FROM number'))
  assert.equal(row?.total, 1)
})
