import assert from 'node:assert/strict'
import { test } from 'node:test'

import { step, warning } from '../../doctor/findings.ts'
import { forThisServer } from './same-server.ts'

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
    const trouble = { summary: '', evidence: ['x'], meaning: '', remedy: [step('do', command)] }
    const findings = [warning({ id: 'services.x' }, trouble)]
    const examination = { startedMs: 0, endedMs: 0, findings }
    const [finding] = forThisServer(examination, ' --config w.toml').findings
    assert.equal(finding?.remedy[0]?.command, wanted)
    assert.equal(forThisServer(examination, ''), examination)
  })
