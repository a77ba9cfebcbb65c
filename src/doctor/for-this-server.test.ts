import assert from 'node:assert/strict'
import { test } from 'node:test'

import { configFrom } from '../config/load.ts'
import { step, warning } from './findings.ts'
import { commandAt, forThisServer, withServer } from './for-this-server.ts'
import { OWN_CHECKS } from './own-checks.ts'
import { sameServer } from './places.ts'
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

test('all checks of this server name it', async (t) => {
  const file = '/srv/way bill.toml'
  const world = { ...worldOf(t, {}), loaded: { ...configFrom(null), file } }
  const running = OWN_CHECKS.find(({ id }) => id === 'services.running')
  assert.ok(running !== undefined)
  const [finding] = await findingsOf(running, world)
  const commands = finding?.remedy.map(({ command }) => command) ?? []
  assert.ok(commands.includes("waybill --config '/srv/way bill.toml' serve"), commands.join('\n'))
  assert.equal(sameServer(world), " --config '/srv/way bill.toml'")
})

test('so do those within a sentence', () => {
  const { text } = withServer(
    step('Try it: `waybill relay test a`, or `swaks --server HOST`; waybill is the server.'),
    ' --config w.toml',
  )
  assert.equal(
    text,
    'Try it: `waybill --config w.toml relay test a`, or `swaks --server HOST`; waybill is the server.',
  )
})

for (const [command, wanted] of [
  ['waybill queue', 'waybill --config w.toml queue'],
  ['sudo waybill doctor --only ports', 'sudo waybill --config w.toml doctor --only ports'],
  ['waybill stop; waybill serve', 'waybill --config w.toml stop; waybill --config w.toml serve'],
  ['waybill --config w.toml reload', 'waybill --config w.toml reload'],
  ['waybill stop; waybill dev', 'waybill --config w.toml stop; waybill dev'],
  ['chown -R waybill: /var/lib/waybill', 'chown -R waybill: /var/lib/waybill'],
  ['systemctl restart waybill.service', 'systemctl restart waybill.service'],
] as const)
  test(`a command is typed for the server that was looked at: ${command}`, () => {
    assert.equal(commandAt(command, ' --config w.toml'), wanted)
    assert.equal(commandAt(command, ''), command)
  })
