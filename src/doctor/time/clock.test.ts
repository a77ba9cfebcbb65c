import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '../../base/clock.ts'
import { SqliteConnection } from '../../db/sqlite.ts'
import { history } from '../../migration/004-history.ts'
import { init } from '../../migration/001-init.ts'
import { addSample } from '../history.ts'
import { findingsOf, worldOf } from '../testing/world.ts'
import type { World } from '../world.ts'
import { sinceWritten, synchronised } from './clock.ts'

const NOW = Date.UTC(2026, 10, 21, 12)

/** As chronyc 4.3 writes it; the fifth field is how slow we are, in seconds. */
const chrony = (slowSeconds: string, leap: string) =>
  `C0000201,ntp.example,2,1763726400.1,${slowSeconds},0.0001,0.0002,12.3,0.01,0.1,0.02,0.001,64.2,${leap}\n`

for (const [what, programs, verdict, summary] of [
  ['chrony, well', { chronyc: chrony('0.000012', 'Normal') }, 'ok', /kept right/],
  ['chrony, minutes off', { chronyc: chrony('-300.5', 'Normal') }, 'failing', /wrong by 5 minutes/],
  ['chrony, seconds off', { chronyc: chrony('7.1', 'Normal') }, 'warning', /off by 7 seconds/],
  ['chrony, alone', { chronyc: chrony('0', 'Not synchronised') }, 'warning', /nothing keeps/],
  ['systemd, well', { timedatectl: 'NTP=yes\nNTPSynchronized=yes\n' }, 'ok', /kept right/],
  ['systemd, alone', { timedatectl: 'NTP=no\nNTPSynchronized=no\n' }, 'warning', /nothing keeps/],
  ['ntpd, well', { ntpq: 'leap=00, stratum=3, offset=-0.812\n' }, 'ok', /kept right/],
  ['ntpd, alone', { ntpq: 'leap=11, stratum=16, offset=0.000\n' }, 'warning', /nothing keeps/],
  ['nobody', {}, 'skipped', /install chrony/],
] satisfies [string, Readonly<Record<string, string>>, string, RegExp][]) {
  test(`time.synchronised: ${what}`, async (t) => {
    const run: World['run'] = async ([program = '']) => {
      const out = (programs as Readonly<Record<string, string>>)[program]
      return out === undefined ? null : { status: 0, out, errors: '' }
    }
    const [finding] = await findingsOf(synchronised, worldOf(t, { run }))
    assert.equal(finding?.verdict, verdict)
    assert.match(finding.summary, summary)
  })
}

test('time.synchronised: a program that has nobody to ask is no answer', async (t) => {
  const run: World['run'] = async () => ({
    status: 1,
    out: '',
    errors: '506 Cannot talk to daemon',
  })
  const [finding] = await findingsOf(synchronised, worldOf(t, { run }))
  assert.equal(finding?.verdict, 'skipped')
})

test('time.database: the clock is behind what was written', async (t) => {
  using store = new SqliteConnection(':memory:', { readOnly: false })
  store.exec(init.sql)
  store.exec(history.sql)
  const look = async () =>
    (await findingsOf(sinceWritten, worldOf(t, { store, clock: new ManualClock(NOW) })))[0]
  assert.match((await look())?.summary ?? '', /nothing was written yet/)
  const values = { 'memory.octets': 1 }
  store.transact('write', addSample.run({ atMs: NOW - 60_000, values }))
  assert.equal((await look())?.verdict, 'ok')
  store.exec(
    `INSERT INTO blob (hash, size_octets, created_ms, skeleton, octets)
     VALUES (x'00', 0, ${NOW + 3 * 3_600_000}, '', x'')`,
  )
  const finding = await look()
  assert.equal(finding?.verdict, 'failing')
  assert.match(finding.summary, /the clock is 3 hours behind/)
  assert.match(finding.evidence.join('\n'), /newest message: 2026-11-21T15:00/)
})
