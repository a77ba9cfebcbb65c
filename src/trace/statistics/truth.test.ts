/** Logs of which it is known what happened while they were written. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { UTC } from '../../journal/zone.ts'
import { openSources } from '../source/source.ts'
import { gatherStatistics } from './gather.ts'
import { reportOf } from './report.ts'

const SHARED = join(
  import.meta.dirname,
  '../../../../shared/testdata/logs-gen-dovecot/gen-dovecot-2',
)

test('Dovecot: every login, failure and delivery that there was', async (t) => {
  if (!existsSync(SHARED)) return t.skip('../shared is not there')
  const truth = JSON.parse(readFileSync(join(SHARED, 'truth.json'), 'utf8'))
  const world = { format: 'auto', zone: UTC, nowMs: Date.now(), input: process.stdin } as const
  const run = () => assert.fail('nothing is packed')
  const sources = await openSources([join(SHARED, 'dovecot.log')], { ...world, run })
  const input = { sources, format: 'auto', zone: UTC, sinceMs: null, untilMs: null } as const
  const gathered = await gatherStatistics(input, { zoneName: null, threads: 1 })
  const { totals, tables } = reportOf(gathered, { zone: UTC, top: 1_000 })
  assert.equal(totals.unknownLines, 0)
  /** Sums `imap|127.0.0.1|bob` by one of its parts. */
  const sumBy = (counts: Record<string, number>, part: number) => {
    const sums = new Map<string, number>()
    for (const [key, count] of Object.entries(counts)) {
      const name = key.split('|')[part] ?? ''
      sums.set(name, (sums.get(name) ?? 0) + count)
    }
    return sums
  }
  const rows = (name: keyof typeof tables, field: string) =>
    new Map(tables[name].rows.map((row) => [row.key, row[field]]))
  assert.deepEqual(rows('loginFailuresByAddress', 'failures'), sumBy(truth.logins_failed, 1))
  assert.deepEqual(rows('loginFailuresByAccount', 'failures'), sumBy(truth.logins_failed, 2))
  assert.deepEqual(rows('loginsByAccount', 'successes'), sumBy(truth.logins_ok, 2))
  assert.deepEqual(rows('filedBy', 'count'), new Map(Object.entries(truth.deliveries)))
  assert.equal(rows('filed', 'count').get('failed'), truth.lmtp_rejected)
})
