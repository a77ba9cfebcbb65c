import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { OWN_CHECKS } from './own-checks.ts'
import { DataFolder } from './testing/data-folder.ts'
import { nothingInstalled } from './testing/programs.ts'
import { findingsOf } from './testing/world.ts'
import type { World } from './world.ts'

const RUNNING = { startedMs: 0, listeners: [] } as unknown as NonNullable<World['status']>
/** These look at files, or ask the server; this is their own to say. */
const OTHERS = /^(connectivity|services|ports|tls|dns|configuration|log|time\.synchronised)/

for (const [what, fill, status, words] of [
  ['before the first start', null, null, /yet: start the server once$/],
  ['of another version', 'PRAGMA user_version = 1', null, /the next start brings an older one/],
  ['damaged', 'nothing that SQLite knows', null, /damaged \(see storage\.integrity\)/],
  ['gone below the server', null, RUNNING, /^the server runs, and its database is gone: see/],
  ['of another version, and it runs', 'PRAGMA user_version = 1', RUNNING, /see services\.version/],
] as const)
  test(`a database that cannot be looked at: ${what}`, async (t) => {
    const folder = new DataFolder(t)
    if (fill?.startsWith('PRAGMA') === true) folder.change((store) => store.exec(fill))
    else if (fill !== null) writeFileSync(join(folder.path, 'mail.db'), fill)
    const world = await folder.world({ status, run: nothingInstalled })
    assert.equal(world.store, null)
    const seen: string[] = []
    for (const check of OWN_CHECKS.filter(({ id }) => !OTHERS.test(id)))
      for (const { summary } of await findingsOf(check, world).catch(() => [])) seen.push(summary)
    assert.ok(seen.filter((summary) => words.test(summary)).length >= 10, seen.join('\n'))
    if (what !== 'before the first start')
      assert.doesNotMatch(seen.join('\n'), /database.*start the server once/)
  })
