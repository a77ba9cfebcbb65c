/** The unit files in docs/: systemd itself says whether it takes them, and what it thinks of them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { missingPrograms } from '../test/support/programs.ts'
import { makeTempFolder } from '../test/support/temp-folder.ts'

const UNIT = 'docs/systemd/waybill.service'
const SOCKET = 'docs/systemd/waybill.socket'
/** docs/guide/install.md says so too. Of 10; less is better. */
const MOST_EXPOSURE = 1.5

const skip = missingPrograms('systemd-analyze')

test('systemd-analyze verify finds nothing wrong with the units', { skip }, () => {
  using folder = makeTempFolder()
  // The program of this working copy: that of the installation need not be on this machine.
  const unit = readFileSync(UNIT, 'utf8').replaceAll('/opt/waybill', process.cwd())
  writeFileSync(join(folder.path, 'waybill.service'), unit)
  writeFileSync(join(folder.path, 'waybill.socket'), readFileSync(SOCKET))
  const files = ['waybill.service', 'waybill.socket'].map((name) => join(folder.path, name))
  const { status, stderr, stdout } = analyze('verify', '--man=no', ...files)
  assert.equal(status, 0, stderr)
  assert.equal(`${stderr}${stdout}`, '')
})

test('systemd-analyze verify is heard when something is wrong', { skip }, () => {
  using folder = makeTempFolder()
  const file = join(folder.path, 'waybill.service')
  writeFileSync(file, readFileSync(UNIT, 'utf8').replace('WatchdogSec=60', 'WatchdogSec=never'))
  assert.match(analyze('verify', '--man=no', file).stderr, /sec value, ignoring: never/)
})

test(`systemd-analyze security: the exposure is at most ${MOST_EXPOSURE}`, { skip }, () => {
  const { stdout, stderr } = analyze('security', '--offline=true', '--no-pager', UNIT)
  const exposure = /exposure level for waybill.service: ([\d.]+)/.exec(stdout)?.[1]
  assert.ok(Number(exposure) <= MOST_EXPOSURE, `${stdout}${stderr}`)
  assert.match(readFileSync('docs/guide/install.md', 'utf8'), new RegExp(`\\b${exposure}\\b`))
})

test('the unit has what the server speaks, and not what V8 cannot live with', () => {
  const lines = readFileSync(UNIT, 'utf8').split('\n')
  for (const line of ['Type=notify', 'NotifyAccess=all', 'WatchdogSec=60', 'NoNewPrivileges=yes'])
    assert.ok(lines.includes(line), line)
  assert.ok(!lines.some((line) => line.startsWith('MemoryDenyWriteExecute=')))
})

function analyze(...args: readonly string[]) {
  return spawnSync('systemd-analyze', args, { encoding: 'utf8', timeout: 60_000 })
}
