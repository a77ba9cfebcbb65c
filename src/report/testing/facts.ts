/** Facts of a report of a few lines, for tests. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import type { MailServer } from '../../diagnosis/reasons/types.ts'
import { UTC } from '../../journal/zone.ts'
import { openSources } from '../../trace/source/source.ts'
import { gatherStatistics } from '../../trace/statistics/gather.ts'
import type { OwnFacts, ReportFacts } from '../facts.ts'
import { type LogFacts, logFacts } from '../log-facts.ts'

export const UNTIL_MS = Date.UTC(2026, 0, 6)

/** What the lines of a log say. */
export async function logFactsOf(
  t: TestContext,
  text: string,
  server: MailServer | null = null,
): Promise<LogFacts> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-report-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'mainlog')
  writeFileSync(file, text)
  const world = { format: 'auto', zone: UTC, nowMs: Date.now() } as const
  const run = () => assert.fail('nothing is packed')
  const sources = await openSources([file], { ...world, input: (async function* () {})(), run })
  const input = { sources, format: 'auto', zone: UTC, sinceMs: null, untilMs: null } as const
  const gathered = await gatherStatistics(input, { zoneName: null, threads: 1 })
  return await logFacts(input, gathered, { zone: UTC, server })
}

/** @param own  null: a log alone */
export async function reportFactsOf(
  t: TestContext,
  text: string,
  own: Partial<OwnFacts> | null = {},
): Promise<ReportFacts> {
  const log = await logFactsOf(t, text, own === null ? 'exim' : 'waybill')
  const stretch = { sinceMs: UNTIL_MS - 86_400_000, untilMs: UNTIL_MS }
  return { host: 'mail.test', zone: UTC, ...stretch, log, own: own && { ...HEALTHY, ...own } }
}

const HEALTHY: OwnFacts = {
  status: {
    ...{ processId: 1, version: '0.1.0', startedMs: UNTIL_MS - 7_200_000, listeners: [] },
    ...{ writesWaiting: 0, memoryOctets: 100_000_000 },
  },
  queue: {
    ...{ messages: 0, held: 0, frozen: 0, octets: 0 },
    ...{ oldestMs: null, oldestUnheldMs: null },
  },
  destinations: [],
  relays: [],
  sameServer: '',
  findings: [],
  previous: null,
  weekAgo: null,
}
