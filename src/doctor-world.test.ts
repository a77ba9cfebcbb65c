import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { lockFolder } from './control/lock.ts'
import { openWorld } from './doctor-world.ts'
import { CannotLook } from './doctor/cannot-look.ts'
import type { systemOutside } from './doctor/reach/system.ts'
import { running } from './doctor/services/server.ts'
import { integrity } from './doctor/storage/database.ts'
import { DataFolder } from './doctor/testing/data-folder.ts'

const noSystemd: typeof systemOutside.run = async () => null

test('the folder is free between two questions: a server can start while the doctor looks', async (t) => {
  const folder = new DataFolder(t)
  folder.change(() => {})
  await using world = await openWorld(folder.loaded)
  const [domains, accounts] = await Promise.all([
    world.ask('domain.list', {}),
    world.ask('account.list', {}),
  ])
  assert.deepEqual([domains, accounts], [[], []])
  lockFolder(folder.path)[Symbol.dispose]()
  assert.deepEqual(await world.ask('domain.list', {}), [])
})

test('the doctor does not take itself for a server that hangs', async (t) => {
  const folder = new DataFolder(t)
  folder.change(() => {})
  await using world = await openWorld(folder.loaded, { asRoot: noSystemd })
  using _held = lockFolder(folder.path)
  assert.ok(existsSync(join(folder.path, 'waybill.pid')))
  const [finding] = await running.look(world, AbortSignal.timeout(5_000))
  assert.equal(finding?.summary, 'no server runs')
})

test('a damaged database does not end the doctor: it is what is found', async (t) => {
  const folder = new DataFolder(t)
  writeFileSync(join(folder.path, 'mail.db'), 'this is no database at all\n'.repeat(500))
  await using world = await openWorld(folder.loaded)
  assert.equal(world.store, null)
  await assert.rejects(world.ask('domain.list', {}), CannotLook)
  const [finding] = await integrity.look(world, AbortSignal.timeout(15_000))
  assert.equal(finding?.verdict, 'failing')
  assert.match(finding.evidence.join('\n'), /not a database/)
})
