/** Wiring: what a program that watches the server can ask for. */
import { statSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

import { type Alert, RULE_NAMES } from './alerts/types.ts'
import { BUCKETS_MS } from './base/timings.ts'
import type { Clock } from './base/clock.ts'
import { messageOf } from './base/faults.ts'
import type { Config } from './config/types.ts'
import type { Database } from './db/database.ts'
import { remembered } from './doctor/history.ts'
import { queueFigures } from './doctor/queue/figures.ts'
import type { DiskGuard } from './delivery/disk-guard.ts'
import type { Page } from './http-server/http-server.ts'
import { counter, gauge, type Metric, metricsText, samplesBy } from './http-server/metrics.ts'
import type { EventCounters } from './log/counters.ts'
import type { LoopDelay } from './loop-delay.ts'
import type { Certificates } from './tls/certificates.ts'
import { VERSION } from './version.ts'

export interface MonitoringParts {
  readonly clock: Clock
  readonly database: Database
  readonly guard: Pick<DiskGuard, 'hasRoom'>
  readonly counters: Pick<EventCounters, 'snapshot'>
  readonly loop: { readonly delay: LoopDelay }
  /** Open connections, by the listener's name; a listener that is not open is not among them. */
  readonly connections: () => Readonly<Record<string, number>>
  readonly certificates: Pick<Certificates, 'inUse'>
  /** What the server found wrong; null: it does not look. */
  readonly alerts: () => readonly Pick<Alert, 'rule' | 'state'>[] | null
  readonly startedMs: number
  readonly report: (text: string) => void
}

export interface Monitoring extends AsyncDisposable {
  /** Null: it is not configured, or the port could not be had. */
  readonly port: number | null
}

/** A port that cannot be had is reported, and mail goes on. */
export async function startMonitoring(config: Config, parts: MonitoringParts): Promise<Monitoring> {
  const { port, address } = config.http
  if (port === null) return NOT_SERVED
  const { report } = parts
  const pages = {
    '/healthz/live': () => jsonPage(200, { live: true }),
    '/healthz/ready': () => readyPage(config, parts),
    '/metrics': async () => metricsPage(await metricsOf(config, parts)),
  }
  try {
    // Node's HTTP takes memory that a server without these pages does not need.
    const { startHttpServer } = await import('./http-server/http-server.ts')
    return await startHttpServer({ address, port, pages, report })
  } catch (error) {
    report(`health and metrics are not served on ${address} port ${port}: ${messageOf(error)}`)
    return NOT_SERVED
  }
}

/** Ready: mail would be taken now. */
function readyPage(config: Config, { connections, database, guard }: MonitoringParts): Page {
  const open = connections()
  const closed = config.listeners.filter(({ name }) => !Object.hasOwn(open, name))
  const reasons = [
    ...closed.map(({ name }) => `the listener ${name} is not open`),
    ...(database.failure === null ? [] : ['the store failed and takes nothing until a restart']),
    ...(guard.hasRoom() ? [] : ['the disk is full: mail is put off']),
  ]
  return jsonPage(reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons })
}

function jsonPage(status: Page['status'], value: unknown): Page {
  return { status, type: 'application/json', text: `${JSON.stringify(value)}\n` }
}

function metricsPage(metrics: readonly Metric[]): Page {
  return { status: 200, type: 'text/plain; version=0.0.4', text: metricsText(metrics) }
}

async function metricsOf(config: Config, parts: MonitoringParts): Promise<Metric[]> {
  return [
    ...processMetrics(parts),
    ...(await queueMetrics(parts)),
    ...eventMetrics(parts),
    ...storeMetrics(config, parts),
    ...diskMetrics(config),
    ...upkeepMetrics(parts),
    {
      name: 'waybill_connections',
      help: 'Connections of clients that are open, by listener.',
      type: 'gauge',
      samples: samplesBy('listener', parts.connections()),
    },
  ]
}

function processMetrics({ startedMs, loop }: MonitoringParts): Metric[] {
  const { user, system } = process.cpuUsage()
  const { p99Ms, maxMs } = loop.delay
  return [
    {
      name: 'waybill_build_info',
      help: 'Always 1; which version runs is its label.',
      type: 'gauge',
      samples: [{ labels: { version: VERSION, node: process.versions.node }, value: 1 }],
    },
    gauge('process_start_time_seconds', 'When the server started, Unix time.', startedMs / 1000),
    counter('process_cpu_seconds_total', 'Processor time used.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Memory in use.', process.memoryUsage.rss()),
    {
      name: 'waybill_event_loop_delay_seconds',
      help: 'How late the event loop is, of the last one or two minutes.',
      type: 'gauge',
      samples: samplesBy('of', { p99: p99Ms / 1000, max: maxMs / 1000 }),
    },
  ]
}

async function queueMetrics({ clock, database }: MonitoringParts): Promise<Metric[]> {
  const queue = await queueFigures((steps) => database.read(steps))
  const { messages, held, frozen, octets, oldestUnheldMs: oldestMs } = queue
  const ageMs = oldestMs === null ? 0 : Math.max(0, clock.nowMs() - oldestMs)
  return [
    {
      name: 'waybill_queue_messages',
      help: 'Messages that wait for other servers, by state.',
      type: 'gauge',
      samples: samplesBy('state', { waiting: messages - held - frozen, held, frozen }),
    },
    gauge('waybill_queue_bytes', 'Size of the messages that wait.', octets),
    gauge(
      'waybill_queue_oldest_seconds',
      'How long the oldest of them waits that nobody holds.',
      ageMs / 1000,
    ),
  ]
}

function eventMetrics({ counters }: MonitoringParts): Metric[] {
  const counts = counters.snapshot()
  const { logins } = counts
  return [
    {
      name: 'waybill_received_total',
      help: 'Messages accepted, by protocol.',
      type: 'counter',
      samples: samplesBy('protocol', counts.arrived),
    },
    {
      name: 'waybill_deliveries_total',
      help: 'Recipients that were done, or put off once more, by result and reason.',
      type: 'counter',
      samples: [
        ...samplesBy('reason', counts.delivered, { result: 'delivered' }),
        ...samplesBy('reason', counts.deferred, { result: 'deferred' }),
        ...samplesBy('reason', counts.failed, { result: 'failed' }),
      ],
    },
    counter('waybill_completed_total', 'Messages that are done.', counts.completed),
    {
      name: 'waybill_rejected_total',
      help: 'What clients were refused, by phase and for how long.',
      type: 'counter',
      samples: [
        ...samplesBy('phase', counts.rejected, { until: 'ever' }),
        ...samplesBy('phase', counts.putOff, { until: 'later' }),
      ],
    },
    {
      name: 'waybill_logins_total',
      help: 'Logins by service and result; none: came and went without trying.',
      type: 'counter',
      samples: [
        ...samplesBy('service', logins.ok, { result: 'ok' }),
        ...samplesBy('service', logins.failed, { result: 'failed' }),
        ...samplesBy('service', logins.none, { result: 'none' }),
      ],
    },
    counter('waybill_panics_total', 'Lines of paniclog: each needs a person.', counts.panics),
  ]
}

function storeMetrics({ dataFolder }: Config, { database }: MonitoringParts): Metric[] {
  const { count, sumMs, buckets } = database.commits
  return [
    {
      name: 'waybill_commit_seconds',
      help: 'How long groups of writes took until they were on stable storage.',
      type: 'histogram',
      histogram: {
        buckets: BUCKETS_MS.map((bound, index) => [bound / 1000, buckets[index] ?? 0] as const),
        count,
        sum: sumMs / 1000,
      },
    },
    gauge('waybill_writes_waiting', 'Writes that are not on stable storage yet.', database.waiting),
    gauge(
      'waybill_store_failed',
      '1: the disk failed, nothing is written until a restart.',
      Number(database.failure !== null),
    ),
    {
      name: 'waybill_database_bytes',
      help: 'Size of the databases, by file; large messages are files of their own.',
      type: 'gauge',
      samples: samplesBy(
        'file',
        Object.fromEntries(DATABASES.map((file) => [file, sizeOf(join(dataFolder, file))])),
      ),
    },
  ]
}

function diskMetrics({ dataFolder }: Config): Metric[] {
  const { bsize, blocks, bavail, files, ffree } = statfsSync(dataFolder)
  // Some file systems have no fixed number of inodes.
  const inodes = (count: number) => (files === 0 ? null : count)
  return [
    gauge('waybill_disk_free_bytes', 'Free on the disk of the data folder.', bavail * bsize),
    gauge('waybill_disk_bytes', 'Size of the disk of the data folder.', blocks * bsize),
    known('waybill_disk_inodes_free', 'Free inodes of that disk.', inodes(ffree)),
    known(
      'waybill_disk_inodes',
      'Inodes of that disk; none: it has no fixed number.',
      inodes(files),
    ),
  ]
}

/** What somebody has to renew, repeat or look at. */
function upkeepMetrics({ alerts, certificates, database }: MonitoringParts): Metric[] {
  const found = alerts()
  const firing = RULE_NAMES.map((rule) => {
    const count = found?.filter((one) => one.rule === rule && one.state === 'firing').length
    return [rule, count ?? 0] as const
  })
  const ends = certificates.inUse.map(({ notAfterMs }) => notAfterMs)
  const backup = database.read(remembered('backup'))
  return [
    {
      name: 'waybill_alerts_firing',
      help: 'Things that the server found wrong and tells of, by rule; none: it does not look.',
      type: 'gauge',
      samples: found === null ? [] : samplesBy('rule', Object.fromEntries(firing)),
    },
    known(
      'waybill_certificate_expiry_timestamp_seconds',
      'When the first of the certificates in use expires, Unix time.',
      ends.length === 0 ? null : Math.min(...ends) / 1000,
    ),
    known(
      'waybill_backup_timestamp_seconds',
      'When the last backup was made, Unix time; none: Waybill knows of none.',
      backup === undefined ? null : backup.atMs / 1000,
    ),
  ]
}

/** Without a sample where there is nothing to say. */
function known(name: string, help: string, value: number | null): Metric {
  const samples = value === null ? [] : [{ labels: {}, value }]
  return { name, help, type: 'gauge', samples }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

const NOT_SERVED: Monitoring = { port: null, [Symbol.asyncDispose]: async () => {} }
const DATABASES = ['mail.db', 'mail.db-wal', 'trace.db'] as const
