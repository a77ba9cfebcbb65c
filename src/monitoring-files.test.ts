import assert from 'node:assert/strict'
import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

import { findProgram } from '../test/support/programs.ts'
import { configFrom } from './config/load.ts'
import { startServer } from './server.ts'

const RULES = 'docs/monitoring/alert-rules.yml'
const DASHBOARD = 'docs/monitoring/grafana-dashboard.json'

test('promtool finds nothing wrong with the alert rules', (t) => {
  const promtool = findProgram('promtool')
  if (promtool === null) return t.skip('promtool is not installed: apt-get install prometheus')
  const { status, stderr } = spawnSync(promtool, ['check', 'rules', RULES], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})

test('no mail left for an hour: also when none has left since the start', (t) => {
  const promtool = findProgram('promtool')
  if (promtool === null) return t.skip('promtool is not installed: apt-get install prometheus')
  const folder = mkdtempSync(join(tmpdir(), 'waybill-rules-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'test.yml')
  const series = (labels: string, values: string) =>
    `      - series: waybill_deliveries_total{instance="a",${labels}}\n        values: ${values}\n`
  const put = series('result="deferred",reason="network"', '0+1x90')
  const sent = series('result="delivered",reason="smtp"', '0+1x90')
  for (const [input, fires] of [
    [put, true],
    [put + sent, false],
  ] as const) {
    writeFileSync(
      file,
      `rule_files: [${resolve(RULES)}]\ntests:\n  - interval: 1m\n    input_series:\n${input}` +
        `    promql_expr_test:\n      - expr: count(ALERTS{alertname="WaybillNothingDelivered",alertstate="firing"}) or vector(0)\n` +
        `        eval_time: 85m\n        exp_samples: [{labels: '{}', value: ${fires ? 1 : 0}}]\n`,
    )
    const { status, stderr, stdout }: SpawnSyncReturns<string> = spawnSync(
      promtool,
      ['test', 'rules', file],
      {
        encoding: 'utf8',
      },
    )
    assert.equal(status, 0, stdout + stderr)
  }
})

test('what the server found is told by its urgency, and memory also below the usual limit', (t) => {
  const promtool = findProgram('promtool')
  if (promtool === null) return t.skip('promtool is not installed: apt-get install prometheus')
  const folder = mkdtempSync(join(tmpdir(), 'waybill-rules-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'test.yml')
  const series = (name: string, values: string) =>
    `      - series: ${name}\n        values: ${values}\n`
  const found = (rule: string) =>
    series(`waybill_alerts_firing{instance="a",job="waybill",rule="${rule}"}`, '1x30')
  const memory = series('process_resident_memory_bytes{instance="a",job="waybill"}', '1e9x30')
  const cases = [
    [found('blocklist'), 'WaybillFound'],
    [found('relay-login'), 'WaybillFoundUrgent'],
    [found('memory') + memory, 'WaybillMemory'],
    [found('queue') + memory, null],
  ] as const
  for (const [input, name] of cases) {
    const fired = name === null ? '[]' : `[{labels: '{alertname="${name}"}', value: 1}]`
    writeFileSync(
      file,
      `rule_files: [${resolve(RULES)}]\ntests:\n  - interval: 1m\n    input_series:\n${input}` +
        `    promql_expr_test:\n      - expr: count by (alertname) (ALERTS{alertstate="firing"})\n` +
        `        eval_time: 25m\n        exp_samples: ${fired}\n`,
    )
    const { status, stderr, stdout }: SpawnSyncReturns<string> = spawnSync(
      promtool,
      ['test', 'rules', file],
      { encoding: 'utf8' },
    )
    assert.equal(status, 0, stdout + stderr)
  }
})

test('the dashboard and the rules ask only for what the server has', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-monitoring-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { config } = configFrom(null)
  await using server = await startServer({
    ...config,
    dataFolder: folder,
    http: { port: 0, address: '127.0.0.1' },
    disk: { minFreePercent: 0, minFreeOctets: 1, ballastOctets: 0 },
    listeners: [{ name: 'smtp', protocol: 'smtp', address: '127.0.0.1', port: 0, tls: 'none' }],
  })
  const metrics = await (await fetch(`http://127.0.0.1:${server.httpPort}/metrics`)).text()
  const there = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))
  for (const file of [RULES, DASHBOARD]) {
    const asked = readFileSync(file, 'utf8').matchAll(/\b(?:waybill|process)_[a-z_]+\b/g)
    const names = [...asked].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''))
    assert.ok(names.length > 10)
    assert.deepEqual(
      [...new Set(names)].filter((name) => !there.has(name)),
      [],
      file,
    )
  }
})

test('the dashboard is what Grafana takes: panels with queries, none over another', () => {
  const { title, panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8'))
  assert.equal(title, 'Waybill')
  const places = new Set<string>()
  for (const { id, gridPos, targets } of panels) {
    assert.ok(
      targets.every(({ expr }: { expr: string }) => expr.includes('$instance')),
      `${id}`,
    )
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      assert.ok(x < 24 && !places.has(`${x} ${gridPos.y}`), `panel ${id}`)
      places.add(`${x} ${gridPos.y}`)
    }
  }
})
