/** Another root whose files a stranger wrote: whatever is in it, looking at it comes to an end. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

import { systemClock } from '../../base/clock.ts'
import { fakeResolver } from '../../dns/fake.ts'
import { UTC } from '../../journal/zone.ts'
import { examine } from '../examine.ts'
import { folderOf } from '../testing/foreign-files.ts'
import type { Finding } from '../types.ts'
import { foreignChecks } from './checks.ts'
import { openForeign } from './open.ts'
import { postfixOf } from './postfix.ts'
import { openRoot } from './root.ts'
import type { ForeignWorld } from './world.ts'

test('configurations that include or name each other without end are read to an end', async (t) => {
  const many = (line: string) => `${line}\n`.repeat(50)
  const world = worldOf(t, {
    '/etc/dovecot/dovecot.conf': `ssl = no\n${many('!include conf.d/*.conf')}`,
    '/etc/dovecot/conf.d/1.conf': many('!include *.conf'),
    '/etc/dovecot/conf.d/2.conf': `${many('!include ../dovecot.conf')}listen = 127.0.0.1\n`,
  })
  const { settings } = await world.dovecot(AbortSignal.timeout(10_000))
  assert.deepEqual([settings.get('ssl'), settings.get('listen')], ['no', '127.0.0.1'])
  const names = [...'abcdefghijkl']
  const lines = names.map((name, at) => `${name} =${` $${names[at + 1] ?? 'a'}`.repeat(50)}\n`)
  const { value } = postfixOf(lines.join(''), '', { by: 'test', complaints: [], isBroken: false })
  assert.ok(value('a').length < 1_000_000)
})

test('a pipe in the place of a log or a certificate holds up nothing', async (t) => {
  const world = worldOf(t, {
    '/etc/exim4/exim4.conf': 'tls_certificate = /etc/pipe\nlog_file_path = /var/log/%slog\n',
    '/var/log/paniclog': '',
  })
  for (const path of ['/etc/pipe', '/var/log/mainlog'])
    execFileSync('mkfifo', [world.hostPath(path)])
  assert.match(JSON.stringify(await findingsOf(world, 'tls.files')), /is no ordinary file/)
  const [errors] = await findingsOf(world, 'log.errors')
  assert.match(errors?.summary ?? '', /nothing was logged/)
})

test('what a configuration names does nothing more in a command that is copied', async (t) => {
  const name = '/etc/c;touch x'
  const world = worldOf(t, {
    '/etc/exim4/exim4.conf': `tls_certificate = ${name}\ntls_privatekey = ${name}\nlog_file_path = /var/log/$(id)%slog\n`,
    [name]: 'nothing',
    '/var/log/$(id)paniclog': 'a line\n',
  })
  const [found] = await findingsOf(world, 'tls.files')
  const [panic] = await findingsOf(world, 'log.panic')
  for (const { command } of [...(found?.remedy ?? []), ...(panic?.remedy ?? [])])
    assert.doesNotMatch(command?.replaceAll(/'[^']*'/g, '') ?? '', /touch|id/)
  assert.deepEqual([found?.remedy.length, panic?.remedy.length], [1, 2])
})

test('users of a root are read as far as they are such', (t) => {
  const count = 30_000
  const each = (line: (at: number) => string) => Array.from({ length: count }, (_, at) => line(at))
  const world = worldOf(t, {
    '/etc/passwd': each((at) => `u${at}:x:${at}:0::/:`).join('\n'),
    '/etc/group': each((at) => `g${at}:x:${at}:u${at},u1`).join('\n'),
  })
  assert.deepEqual(world.accounts.get('u7')?.groupIds, [0, 7])
  const folder = folderOf(t, {})
  mkdirSync(join(folder, 'etc'))
  execFileSync('mkfifo', [join(folder, 'etc/passwd')])
  assert.equal(openedAt(folder).accounts.size, 0)
})

function worldOf(t: TestContext, files: Readonly<Record<string, string>>): ForeignWorld {
  return openedAt(folderOf(t, files))
}

function openedAt(root: string): ForeignWorld {
  const world = openForeign({
    ...{ root, servers: ['exim'], clock: systemClock, zone: UTC },
    resolver: fakeResolver({}),
  })
  return { ...world, ...openRoot(root, false) }
}

async function findingsOf(world: ForeignWorld, only: string): Promise<readonly Finding[]> {
  const checks = foreignChecks(['exim']).filter(({ id }) => id === only)
  const { findings } = await examine(checks, world, {
    clock: systemClock,
    ...{ checkMs: 10_000, wholeMs: 20_000, atOnce: 12, pauseMs: 1 },
    onProgress: () => {},
  })
  return findings
}
