import assert from 'node:assert/strict'
import { test } from 'node:test'

import { configFrom } from '../config/load.ts'
import { step, warning } from './findings.ts'
import { forThisServer } from './for-this-server.ts'
import { findingsOf, worldOf } from './testing/world.ts'
import type { Check } from './types.ts'
import type { World } from './world.ts'

const check: Check<World> = {
  ...{ id: 'queue.size', group: 'queue', title: 'x', isNetwork: false, explain: [] },
  async look() {
    const remedy = ['waybill queue list', 'waybill check --data /srv/mail', 'df -h'].map(
      (command) => step('Do it', command),
    )
    return [warning(check, { summary: 'x', evidence: ['x'], meaning: 'x', remedy })]
  },
}

test('commands in remedies mean the server that was looked at', async (t) => {
  const world = worldOf(t, {})
  const file = '/srv/waybill.toml'
  const elsewhere = { ...world, loaded: { ...configFrom(null), file } }
  const [own] = forThisServer([check])
  assert.ok(own !== undefined)
  const [finding] = await findingsOf(own, elsewhere)
  assert.deepEqual(
    finding?.remedy.map(({ command }) => command),
    [`waybill --config ${file} queue list`, 'waybill check --data /srv/mail', 'df -h'],
  )
})
