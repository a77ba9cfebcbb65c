/**
 * The report of a scenario, word by word: test/vector/report/README.md tells it. After a change that
 * is meant, `UPDATE_GOLDEN=1` writes the files anew, to be read before they are kept.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { run } from '../../../test/support/programs.ts'
import type { ReportFacts } from '../../report/facts.ts'
import { reportFrom } from '../../report/report.ts'
import { eximScenario, ownScenario, SCENARIO_FOLDER } from '../testing/report-scenario.ts'
import { markdownOf } from './markdown.ts'

test('our server, while its relay refuses its login', async () => {
  compare('waybill-stuck.md', await ownScenario('stuck'))
})

test('our server, after the password was mended', async () => {
  compare('waybill-mended.md', await ownScenario('mended'))
})

test('the log of an Exim, while its smarthost refuses its login', async () => {
  compare('exim-stuck.md', await eximScenario('stuck'))
})

test('the log of an Exim, after the password was mended', async () => {
  compare('exim-mended.md', await eximScenario('mended'))
})

test('the logs are what their script makes', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-report-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const { status, stderr } = await run(process.execPath, [join(SCENARIO_FOLDER, 'make.ts'), folder])
  assert.equal(status, 0, stderr)
  for (const name of ['waybill-mainlog', 'exim-mainlog'])
    assert.equal(
      readFileSync(join(folder, name), 'utf8'),
      readFileSync(join(SCENARIO_FOLDER, name), 'utf8'),
    )
})

function compare(name: string, facts: ReportFacts): void {
  const report = reportFrom(facts)
  const text = markdownOf(report)
  // What the files must say, however they are made anew.
  const isStuck = name.includes('stuck')
  assert.equal(report.status, isStuck ? 'trouble' : 'well')
  assert.match(text, isStuck ? /11 messages wait/ : /11 messages waited; 10 have been delivered/)
  assert.match(text, isStuck ? /since 2026-01-05 08:14/ : /flowed again since 2026-01-08 08:31/)
  assert.match(text, /Passwords were tried from 8 networks/)
  const path = join(SCENARIO_FOLDER, name)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text)
  assert.equal(text, readFileSync(path, 'utf8'))
}
