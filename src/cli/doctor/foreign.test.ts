import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import { skipped, step } from '../../doctor/findings.ts'
import type { Examination } from '../../doctor/types.ts'
import { commandLine } from '../testing/command-line.ts'
import { sameServer } from './foreign.ts'

test('--server looks at another server below a root, and says what is wrong there', async (t) => {
  using folder = makeTempFolder()
  mkdirSync(join(folder.path, 'etc/postfix'), { recursive: true })
  writeFileSync(
    join(folder.path, 'etc/postfix/main.cf'),
    'inet_interfaces = loopback-only\nsoft_bounce = yes\nalias_maps =\nalias_database =\n',
  )
  const { run } = commandLine(t)
  const where = `doctor --server postfix --root ${folder.path}`
  const { code, out } = await run(`${where} --only configuration`)
  assert.equal(code, 1)
  assert.match(out, /! settings postfix soft_bounce: soft_bounce should not stay as it is/)
  assert.match(out, /chroot \S+ postconf -X soft_bounce && chroot \S+ postfix reload/)
  const { findings } = JSON.parse(
    (await run(`${where} --only configuration --json`)).out,
  ) as Examination
  assert.ok(findings.some(({ subject }) => subject === 'postfix soft_bounce'))
  const nagios = await run(`${where} --only configuration --nagios`)
  assert.equal(nagios.code, 1)
  assert.match(
    nagios.out,
    /^WAYBILL WARNING - configuration\.settings postfix soft_bounce: .*\| ok=/,
  )
})

test('commands name the server and its root, as a shell has to read them', () => {
  const remedy = [step('Look as root', 'sudo waybill doctor')]
  const findings = [skipped({ id: 'tls.files' }, 'not readable', null, remedy)]
  const found = { startedMs: 0, endedMs: 0, findings }
  const [finding] = sameServer(found, { server: 'exim, dovecot', root: '/srv/my root' }).findings
  assert.equal(
    finding?.remedy[0]?.command,
    "sudo waybill doctor --server 'exim, dovecot' --root '/srv/my root'",
  )
})

test('--explain says what would be asked of these servers only', async (t) => {
  const { run } = commandLine(t)
  const { out } = await run('doctor --server exim,dovecot --explain')
  assert.match(out, /^ {4}exim -bpc$/m)
  assert.match(out, /^ {4}doveconf -n$/m)
  assert.doesNotMatch(out, /postqueue|postconf/)
})

test('a server that nobody knows, or a folder that is not there, is a mistake', async (t) => {
  const { run } = commandLine(t)
  assert.match((await run('doctor --server sendmail')).errors, /no server sendmail.*exim, postfix/)
  assert.match((await run('doctor --server exim --root /none')).errors, /\/none is no folder/)
  assert.match((await run('doctor --root /')).errors, /--server says what/)
  assert.match((await run('doctor --server exim --fix')).errors, /cannot be used with option/)
})
