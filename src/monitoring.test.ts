import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { findProgram } from '../test/support/programs.ts'
import { SmtpClient } from '../test/support/smtp-client.ts'
import { systemClock } from './base/clock.ts'
import { configFrom } from './config/load.ts'
import type { Config } from './config/types.ts'
import { openDatabaseInline } from './db/database.ts'
import { remember } from './doctor/history.ts'
import { EventCounters } from './log/counters.ts'
import { UTC } from './journal/zone.ts'
import { MIGRATIONS } from './migrations.ts'
import { startMonitoring } from './monitoring.ts'
import { startServer } from './server.ts'
import { writes } from './writes.ts'

function configFor(t: TestContext, port: number | null = 0): Config {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-monitoring-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { config } = configFrom(null)
  return {
    ...config,
    dataFolder: folder,
    hostName: 'mail.example.test',
    http: { port, address: '127.0.0.1' },
    disk: { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 0 },
    listeners: [{ name: 'smtp', protocol: 'smtp', address: '127.0.0.1', port: 0, tls: 'none' }],
  }
}

test('a server that runs is live and ready, and counts what it did', async (t) => {
  await using server = await startServer(configFor(t), { catchOutside: null })
  await server.directory.addDomain('example.test')
  const port = server.addresses.get('smtp')?.port ?? 0
  await using client = await SmtpClient.open(port)
  await client.say('MAIL FROM:<x@client.test>', 250)
  await client.say('RCPT TO:<no@example.test>', 550)
  assert.deepEqual(await page(server.httpPort, '/healthz/live'), [200, '{"live":true}\n'])
  assert.deepEqual(await page(server.httpPort, '/healthz/ready'), [
    200,
    '{"ready":true,"reasons":[]}\n',
  ])
  const series = seriesOf((await page(server.httpPort, '/metrics'))[1])
  assert.equal(series.get('waybill_connections{listener="smtp"}'), 1)
  assert.equal(series.get('waybill_rejected_total{until="ever",phase="RCPT"}'), 1)
  assert.equal(series.get('waybill_queue_messages{state="waiting"}'), 0)
  assert.ok((series.get('waybill_commit_seconds_count') ?? 0) >= 2)
  assert.ok((series.get('waybill_database_bytes{file="mail.db"}') ?? 0) > 0)
  assert.ok((series.get('process_resident_memory_bytes') ?? 0) > 10e6)
})

test('what the server found wrong, and what is to be renewed, is there by rule', async (t) => {
  const config = configFor(t)
  const limits = { ...config.alerts.limits, memoryOctets: 1, diskPercent: 100, inodesPercent: 100 }
  const alerts = { ...config.alerts, everyMs: 50, mail: false, limits }
  await using server = await startServer({ ...config, alerts })
  const series = async () => seriesOf((await page(server.httpPort, '/metrics'))[1])
  const firing = async (rule: string) =>
    (await series()).get(`waybill_alerts_firing{rule="${rule}"}`)
  for (let turn = 0; (await firing('memory')) !== 1; turn++) {
    assert.ok(turn < 1000, 'the alert does not fire')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal(await firing('blocklist'), 0)
  const now = await series()
  assert.ok((now.get('waybill_certificate_expiry_timestamp_seconds') ?? 0) > Date.now() / 1000)
  assert.ok((now.get('waybill_disk_inodes_free') ?? 0) <= (now.get('waybill_disk_inodes') ?? 0))
})

test('promtool finds nothing wrong with the metrics', async (t) => {
  const promtool = findProgram('promtool')
  if (promtool === null) return t.skip('promtool is not installed: apt-get install prometheus')
  await using server = await startServer(configFor(t))
  const [, text] = await page(server.httpPort, '/metrics')
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  })
  assert.deepEqual([status, `${stdout}${stderr}`], [0, ''])
})

test('a store that failed, and a listener that is not open, are not ready', async (t) => {
  const config = configFor(t)
  const file = join(config.dataFolder, 'mail.db')
  await using database = openDatabaseInline({ file, migrations: MIGRATIONS, writes })
  const told: string[] = []
  await using http = await startMonitoring(config, {
    database,
    clock: systemClock,
    guard: { hasRoom: () => false },
    counters: new EventCounters({ zone: UTC, reasonOf: () => 'other' }),
    loop: { delay: { p99Ms: 0, maxMs: 0 } },
    ...{ connections: () => ({}), certificates: { inUse: [] }, alerts: () => null },
    startedMs: 0,
    report: (text) => told.push(text),
  })
  await database.write(remember, { topic: 'backup', atMs: 42_000, value: {} })
  database.fail('disk I/O error')
  const [status, text] = await page(http.port, '/healthz/ready')
  assert.equal(status, 503)
  assert.deepEqual(JSON.parse(text), {
    ready: false,
    reasons: [
      'the listener smtp is not open',
      'the store failed and takes nothing until a restart',
      'the disk is full: mail is put off',
    ],
  })
  const [, metrics] = await page(http.port, '/metrics')
  assert.equal(seriesOf(metrics).get('waybill_store_failed'), 1)
  assert.equal(seriesOf(metrics).get('waybill_backup_timestamp_seconds'), 42)
  // Without a certificate and alerts nothing is said of them.
  assert.doesNotMatch(metrics, /^waybill_(?:alerts|certificate)/m)
  assert.deepEqual(told, [])
})

test('a port that another has is said, and mail is served all the same', async (t) => {
  await using first = await startServer(configFor(t))
  const told: string[] = []
  const diagnostics = { info: () => {}, error: () => {}, warn: (text: string) => told.push(text) }
  await using second = await startServer(configFor(t, first.httpPort), { diagnostics })
  assert.equal(second.httpPort, null)
  assert.ok(second.addresses.get('smtp') !== undefined)
  assert.ok(told.some((text) => /health and metrics are not served.*EADDRINUSE/.test(text)))
})

test('without a port nothing is served', async (t) => {
  await using server = await startServer(configFor(t, null))
  assert.equal(server.httpPort, null)
})

async function page(port: number | null, path: string): Promise<readonly [number, string]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  return [response.status, await response.text()]
}

/** Strictly as the text format has it: every series with its number, each once, none without TYPE. */
function seriesOf(text: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>()
  const types = new Map<string, string>()
  assert.ok(text.endsWith('\n'))
  for (const line of text.slice(0, -1).split('\n')) {
    const type = /^# TYPE ([a-z_]+) (gauge|counter|histogram)$/.exec(line)
    if (type !== null) {
      assert.ok(!types.has(type[1] ?? ''), `a second TYPE: ${line}`)
      types.set(type[1] ?? '', type[2] ?? '')
    } else if (!/^# HELP [a-z_]+ \S.*\.$/.test(line)) {
      const found = /^(([a-z_]+)(?:\{(?:[a-z_]+="[^"\\\n]*",?)*\})?) (\S+)$/.exec(line)
      assert.ok(found !== null, `not a series: ${line}`)
      const [, name = '', family = '', value = ''] = found
      const base = family.replace(/_(bucket|sum|count)$/, '')
      assert.ok(types.has(family) || types.get(base) === 'histogram', `no TYPE: ${line}`)
      assert.ok(!series.has(name), `twice: ${line}`)
      series.set(name, Number(value.replace('+Inf', 'Infinity')))
    }
  }
  return series
}
