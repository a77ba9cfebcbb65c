/** The scenario of test/vector/report/README.md, as facts of a report. */
import assert from 'node:assert/strict'
import { join } from 'node:path'

import type { Relay } from '../../directory/types.ts'
import { failing, ok, skipped, step } from '../../doctor/findings.ts'
import type { Finding } from '../../doctor/types.ts'
import { UTC } from '../../journal/zone.ts'
import type { DestinationName } from '../../queue/types.ts'
import type { OwnFacts, ReportFacts } from '../../report/facts.ts'
import { logFacts } from '../../report/log-facts.ts'
import { openSources } from '../../trace/source/source.ts'
import { gatherStatistics } from '../../trace/statistics/gather.ts'

export const SCENARIO_FOLDER = join(import.meta.dirname, '../../../test/vector/report')

const BEGIN_MS = Date.UTC(2026, 0, 5)
/** It is broken for almost three days; half an hour before it is mended; the noon after. */
const STUCK_MS = Date.UTC(2026, 0, 8, 8, 0)
const MENDED_MS = Date.UTC(2026, 0, 8, 12, 0)
const REFUSED_MS = Date.UTC(2026, 0, 5, 8, 14, 9)
const ANSWER =
  'SMTP error from remote mail server after AUTH PLAIN: 535 5.7.8 Error: authentication failed: (reason unavailable)'

export type Moment = 'stuck' | 'mended'

/** Of our server, with what it knows besides its log. */
export async function ownScenario(moment: Moment): Promise<ReportFacts> {
  const facts = await factsOf('waybill-mainlog', moment)
  const own = moment === 'stuck' ? { ...OWN, ...STUCK } : OWN
  return { ...facts, host: 'mail.example.org', own }
}

/** Of the log of an Exim alone. */
export async function eximScenario(moment: Moment): Promise<ReportFacts> {
  return await factsOf('exim-mainlog', moment)
}

async function factsOf(name: string, moment: Moment): Promise<ReportFacts> {
  const untilMs = moment === 'stuck' ? STUCK_MS : MENDED_MS
  const world = { format: 'auto', zone: UTC, nowMs: untilMs } as const
  const run = () => assert.fail('nothing is packed')
  const input = (async function* () {})()
  const sources = await openSources([join(SCENARIO_FOLDER, name)], { ...world, input, run })
  const stretch = { sinceMs: BEGIN_MS, untilMs }
  const log = { sources, format: 'auto', zone: UTC, ...stretch } as const
  const server = name.startsWith('exim') ? 'exim' : 'waybill'
  const gathered = await gatherStatistics(log, { zoneName: null, threads: 1 })
  const facts = await logFacts(log, gathered, { zone: UTC, server })
  return { host: name, zone: UTC, ...stretch, log: facts, own: null }
}

const RELAY: Relay = {
  name: 'prov',
  hosts: [{ host: 'smtp.provider.example', port: 587 }],
  tls: 'starttls',
  checkCertificate: true,
  user: 'example.org',
  mechanism: null,
  rules: [],
  loginRefused: null,
  createdMs: BEGIN_MS,
}

const listener = (name: string, port: number, connections: number) => ({
  ...{ name, port, connections },
  address: '0.0.0.0',
})

const HEALTHY: readonly Finding[] = [
  ok({ id: 'services.running' }, 'the server answers', ['it has run for 40 days']),
  ok({ id: 'storage.disk' }, 'there is room', ['41 GB are free']),
  skipped({ id: 'backups.age' }, 'no backup is configured'),
]

const OWN: OwnFacts = {
  status: {
    processId: 812,
    version: '0.1.0',
    startedMs: BEGIN_MS - 40 * 86_400_000,
    listeners: [listener('smtp', 25, 1), listener('submission', 587, 0), listener('imaps', 993, 7)],
    writesWaiting: 0,
    memoryOctets: 118_000_000,
  },
  queue: {
    ...{ messages: 0, held: 0, frozen: 0, octets: 0 },
    ...{ oldestMs: null, oldestUnheldMs: null },
  },
  destinations: [],
  relays: [RELAY],
  sameServer: '',
  findings: [
    ...HEALTHY,
    ok({ id: 'connectivity.relay' }, 'it takes our login', ['235 2.7.0 ok'], { subject: 'prov' }),
  ],
  previous: {
    ...{ sinceMs: BEGIN_MS - 3 * 86_400_000 - 12 * 3_600_000, untilMs: BEGIN_MS },
    ...{ received: 44, delivered: 44, deferred: 1, failed: 0 },
    ...{ rejected: 3, failedLogins: 171, waiting: 0 },
  },
  weekAgo: { delivered: 47, deferred: 2, failed: 1, failedLogins: 12, waiting: 0 },
}

const waitsFor = (domain: string, messages: number) => ({
  ...{ domain, destination: 'relay:prov' as DestinationName, messages, recipients: messages },
  ...{ volumeOctets: 2_500 * messages, oldestMs: REFUSED_MS, newestMs: STUCK_MS },
  ...{ dueMs: STUCK_MS + 600_000, blockedUntilMs: STUCK_MS + 600_000 },
  ...{ triedMs: Date.UTC(2026, 0, 8, 6, 49, 9), error: ANSWER },
})

const STUCK: Partial<OwnFacts> = {
  queue: {
    ...{ messages: 11, held: 0, frozen: 0, octets: 28_000 },
    ...{ oldestMs: REFUSED_MS - 2_000, oldestUnheldMs: REFUSED_MS - 2_000 },
  },
  destinations: [
    ...[waitsFor('client.example', 4), waitsFor('builder.example', 2), waitsFor('bank.example', 1)],
    ...[waitsFor('office.example', 1), waitsFor('paper.example', 1)],
    ...[waitsFor('school.example', 1), waitsFor('travel.example', 1)],
  ],
  relays: [{ ...RELAY, loginRefused: { atMs: REFUSED_MS, text: ANSWER } }],
  findings: [
    ...HEALTHY,
    failing(
      { id: 'queue.blocked' },
      {
        subject: 'prov',
        summary: 'the relay prov refuses our login',
        evidence: [`2 days ago it said: ${ANSWER}`],
        meaning: 'All mail that goes by this relay waits.',
        remedy: [step('Set the password', 'waybill relay set prov --password')],
      },
    ),
    failing(
      { id: 'connectivity.relay' },
      {
        subject: 'prov',
        summary: `it does not take our mail: ${ANSWER}`,
        evidence: [ANSWER],
        meaning: 'All mail that goes by this relay waits.',
        remedy: [step('Try it', 'waybill relay test prov')],
      },
    ),
    failing(
      { id: 'log.panic' },
      {
        summary: 'paniclog has 1 line, the last 2 days ago',
        evidence: ['the relay prov refuses our login'],
        meaning: 'Something went wrong that the server cannot mend.',
        remedy: [
          step('See what the lines mean', 'waybill log explain /var/lib/waybill/log/paniclog'),
        ],
      },
    ),
  ],
}
