/** Who has to wait for a change of very many messages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { checkDatabase } from './check.ts'
import { openTestStore } from './testing/test-store.ts'
import { EVERY_UID } from './types.ts'

test('a delivery gets its turn within a long MOVE, which moves all in their order', async () => {
  await using opened = await openTestStore()
  const { store, jane, inbox, database } = opened
  const trash = store.mailbox(jane, 'Trash')
  assert.ok(trash)
  await opened.add(inbox, 'one')
  while ((store.mailboxById(inbox)?.messages ?? 0) < 5000) await store.copy(inbox, EVERY_UID, inbox)
  const uids = [...store.uids(inbox)]
  const done: string[] = []
  const moving = store.move(inbox, EVERY_UID, trash.id).finally(() => done.push('moved'))
  await opened.add(trash.id, 'two').finally(() => done.push('delivered'))
  const { sources, copies, uidValidity } = await moving
  assert.deepEqual(done, ['delivered', 'moved'])
  assert.deepEqual([sources, uidValidity], [uids, trash.uidValidity])
  const found = new Set(store.uids(trash.id))
  assert.equal(found.size, uids.length + 1)
  assert.ok(copies.every((uid, at) => found.has(uid) && uid > (copies[at - 1] ?? 0)))
  assert.equal(store.uids(inbox).length, 0)
  assert.deepEqual(database.read(checkDatabase()), [])
})
