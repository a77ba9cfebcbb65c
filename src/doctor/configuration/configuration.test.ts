import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import type { AliasTarget, NewRelay } from '../../directory/types.ts'
import { systemFiles } from '../reach/files.ts'
import { DataFolder } from '../testing/data-folder.ts'
import { findingsOf, worldOf } from '../testing/world.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'
import { domains, postmaster } from './addresses.ts'
import { aliases } from './aliases.ts'
import { listenersMake, sources, testing } from './contradictions.ts'
import { hostName } from './host-name.ts'
import { modes, user } from './modes.ts'
import { relayRules } from './relays.ts'

const LISTENERS = ['smtp 25 starttls', 'submission 465 implicit', 'imap 993 implicit']

test('configuration.host_name: no full name, and names that are in no DNS', async (t) => {
  const of = async (name: string) => {
    const world = worldOf(t, {})
    const config = { ...world.loaded.config, hostName: name }
    return (await findingsOf(hostName, { ...world, loaded: { ...world.loaded, config } }))[0]
  }
  assert.match((await of('mail'))?.summary ?? '', /"mail" is no full name/)
  assert.match((await of('mail.localdomain'))?.summary ?? '', /no public DNS has/)
  assert.match((await of('192.0.2.1'))?.summary ?? '', /an address and no name/)
  assert.equal((await of('mail.example.com'))?.verdict, 'ok')
})

for (const [what, listeners, subject, summary] of [
  ['nothing for other servers', LISTENERS.slice(1), 'smtp', /no listener for mail from other/],
  ['another port', ['smtp 2525 starttls', ...LISTENERS.slice(1)], 'smtp', /at port 25$/],
  ['no TLS', ['smtp 25 none', ...LISTENERS.slice(1)], 'smtp', /without TLS/],
  ['TLS first', ['smtp 25 implicit', ...LISTENERS.slice(1)], 'smtp', /begins with TLS/],
  ['nothing to send by', [0, 2].map((at) => LISTENERS[at] ?? ''), 'submission', /users who send/],
  ['nothing to read by', LISTENERS.slice(0, 2), 'imap', /reading mail/],
] satisfies [string, string[], string, RegExp][]) {
  test(`configuration.listeners: ${what}`, async (t) => {
    const findings = await findingsOf(listenersMake, worldOf(t, { config: tables(listeners) }))
    const [finding] = findings
    assert.deepEqual([findings.length, finding?.subject], [1, subject])
    assert.equal(finding?.verdict, 'warning')
    assert.match(finding.summary, summary)
  })
}

test('configuration.listeners: the default ones make a mail server', async (t) => {
  const [finding] = await findingsOf(listenersMake, worldOf(t, {}))
  assert.equal(finding?.verdict, 'ok')
})

test('configuration.listeners: mail is only taken from this machine', async (t) => {
  const config = tables(LISTENERS).replace('port = 25\n', 'port = 25\naddress = "127.0.0.1"\n')
  const [finding] = await findingsOf(listenersMake, worldOf(t, { config }))
  assert.match(finding?.summary ?? '', /only taken from this machine itself/)
})

test('configuration.sources: an address that this machine does not have', async (t) => {
  const config = '[outgoing]\nsource_ipv4 = "192.0.2.77"\n'
  const [finding] = await findingsOf(sources, worldOf(t, { config }))
  assert.equal(finding?.verdict, 'failing')
  assert.match(finding.summary, /does not have the address 192\.0\.2\.77/)
  const [here] = await findingsOf(
    sources,
    worldOf(t, { config: config.replace('192.0.2.77', '127.0.0.1') }),
  )
  assert.equal(here?.verdict, 'ok')
})

test('configuration.testing: what was left on', async (t) => {
  const config = '[outgoing]\nport = 2525\nallow_private = true'
  const [finding] = await findingsOf(testing, worldOf(t, { config }))
  assert.equal(finding?.verdict, 'warning')
  assert.equal(finding.evidence.length, 2)
  assert.equal((await findingsOf(testing, worldOf(t, {})))[0]?.verdict, 'ok')
})

test('configuration.domains, postmaster: none, without anybody, unheard, and well', async (t) => {
  const folder = new DataFolder(t)
  const look = looking(folder)
  assert.match((await look(domains))[0]?.summary ?? '', /there is no domain/)
  await folder.command(async (office) => await office.run('domain.add', { name: 'example.com' }))
  assert.match((await look(domains))[0]?.summary ?? '', /nobody has an address/)
  const [none] = await look(postmaster)
  assert.equal(none?.verdict, 'failing')
  assert.match(none.summary, /postmaster@example\.com does not arrive/)
  await folder.command(async (office) => {
    const account = { password: 'correct horse', quotaOctets: null, enabled: true }
    await office.run('account.add', { address: 'jane@example.com', account })
  })
  assert.equal((await look(domains))[0]?.verdict, 'ok')
  assert.equal((await look(postmaster))[0]?.verdict, 'ok')
  const lead = async (address: string, target: AliasTarget) =>
    await folder.command(async (office) => await office.run('alias.add', { address, target }))
  await lead('abuse@example.com', { kind: 'fail', text: 'no complaints' })
  const [deaf] = await look(postmaster)
  assert.deepEqual([deaf?.verdict, deaf?.subject], ['warning', 'example.com'])
  assert.match(deaf?.evidence[1] ?? '', /abuse@example\.com: refused: no complaints/)
  await lead('postmaster@example.com', { kind: 'blackhole' })
  const [away] = await look(postmaster)
  assert.equal(away?.verdict, 'failing')
  assert.match(
    away.remedy[0]?.command ?? '',
    /alias set postmaster@example\.com jane@example\.com$/,
  )
})

test('configuration.aliases: nobody there, around in a circle, before an account', async (t) => {
  const folder = new DataFolder(t)
  await folder.command(async (office) => {
    await office.run('domain.add', { name: 'example.com' })
    const account = { password: 'correct horse', quotaOctets: null, enabled: true }
    await office.run('account.add', { address: 'jane@example.com', account })
    for (const [address, to] of [
      ['gone@example.com', 'nobody@example.com'],
      ['one@example.com', 'two@example.com'],
      ['two@example.com', 'one@example.com'],
      ['jane@example.com', 'good@example.net'],
      ['good@example.com', 'jane@example.com'],
    ] as const)
      await office.run('alias.add', { address, target: { kind: 'addresses', addresses: [to] } })
  })
  const found = await looking(folder)(aliases)
  const of = (address: string) => found.find(({ subject }) => subject === address)?.summary ?? ''
  assert.match(of('gone@example.com'), /nobody has the address nobody@example\.com/)
  assert.match(of('one@example.com'), /leads back to itself/)
  assert.match(of('jane@example.com'), /the account of the same address gets no more mail/)
  assert.equal(of('good@example.com'), '')
})

test('configuration.aliases: one that is right is one, not “all 1 aliases”', async (t) => {
  const folder = new DataFolder(t)
  await folder.command(async (office) => {
    await office.run('domain.add', { name: 'example.com' })
    const account = { password: 'correct horse', quotaOctets: null, enabled: true }
    await office.run('account.add', { address: 'jane@example.com', account })
    const target = { kind: 'addresses', addresses: ['jane@example.com'] } as const
    await office.run('alias.add', { address: 'info@example.com', target })
  })
  const [finding] = await looking(folder)(aliases)
  assert.equal(finding?.summary, 'the only alias leads somewhere')
})

test('configuration.relays: without rules, for strangers, without TLS, and gone with mail waiting', async (t) => {
  const folder = new DataFolder(t)
  const relay: NewRelay = {
    ...{
      hosts: [{ host: 'smtp.example.net', port: 587 }],
      tls: 'starttls',
      checkCertificate: true,
    },
    ...{ user: null, password: null, mechanism: null, insecure: true },
    rules: [{ kind: 'all' }],
  }
  await folder.command(async (office) => {
    await office.run('relay.add', { name: 'good', relay })
    await office.run('relay.add', { name: 'idle', relay: { ...relay, rules: [] } })
    const rules = [{ kind: 'sender', domain: 'elsewhere.example' }] as const
    await office.run('relay.add', { name: 'strange', relay: { ...relay, rules } })
    const clear = [{ kind: 'recipient', domain: 'example.org' }] as const
    await office.run('relay.add', { name: 'clear', relay: { ...relay, tls: 'none', rules: clear } })
    const login = { user: 'me', password: 'secret-word', checkCertificate: false }
    const rest = [{ kind: 'recipient', domain: 'example.net' }] as const
    await office.run('relay.add', { name: 'trusting', relay: { ...relay, ...login, rules: rest } })
  })
  folder.change((db) => db.exec("INSERT INTO queue_destination (name) VALUES ('relay:gone')"))
  const found = await looking(folder)(relayRules)
  const of = (name: string) => found.find(({ subject }) => subject === name)
  assert.equal(of('good')?.verdict, 'ok')
  assert.match(of('idle')?.summary ?? '', /has no rules/)
  assert.match(
    of('strange')?.summary ?? '',
    /elsewhere\.example, which is no domain of this server/,
  )
  assert.match(of('clear')?.summary ?? '', /without TLS/)
  assert.match(of('trusting')?.summary ?? '', /certificate is not checked, and it gets a password/)
  assert.equal(of('trusting')?.remedy[0]?.command, 'waybill relay set trusting --check')
  assert.equal(of('gone')?.verdict, 'failing')
})

test('configuration.modes: what others may read is said, and mended; what was allowed stays', async (t) => {
  const world = worldOf(t, {})
  const { dataFolder } = world.loaded.config
  writeFileSync(world.loaded.file ?? '', '', { mode: 0o644 })
  mkdirSync(dataFolder, { mode: 0o700 })
  chmodSync(dirname(dataFolder), 0o755)
  const key = join(dataFolder, 'key')
  writeFileSync(key, 'secret', { mode: 0o600 })
  const look = async () => await findingsOf(modes, world)
  assert.deepEqual([(await look()).length, (await look())[0]?.verdict], [1, 'ok'])
  chmodSync(key, 0o444)
  chmodSync(dataFolder, 0o770)
  const found = await look()
  assert.deepEqual(
    found.map(({ subject, verdict }) => [subject, verdict]),
    [
      [dataFolder, 'failing'],
      [key, 'warning'],
    ],
  )
  for (const { fix } of found) await fix?.apply()
  assert.equal((await look())[0]?.verdict, 'ok')
  assert.deepEqual([dataFolder, key].map(modeOf), [0o700, 0o400])
})

test('configuration.modes: no link in the data folder leads a change elsewhere', async (t) => {
  const world = worldOf(t, {})
  const { dataFolder } = world.loaded.config
  mkdirSync(dataFolder, { mode: 0o700 })
  const elsewhere = join(dirname(dataFolder), 'elsewhere')
  mkdirSync(elsewhere)
  chmodSync(elsewhere, 0o1777)
  symlinkSync(elsewhere, join(dataFolder, 'linked'))
  const later = join(dataFolder, 'later')
  writeFileSync(later, '')
  chmodSync(later, 0o666)
  const found = await findingsOf(modes, world)
  const fixed = found.filter(({ fix }) => fix !== null)
  assert.deepEqual(
    fixed.map(({ subject }) => subject),
    [later],
  )
  rmSync(later)
  symlinkSync(elsewhere, later)
  await assert.rejects(async () => await fixed[0]?.fix?.apply(), { code: 'ELOOP' })
  assert.equal(statSync(elsewhere).mode & 0o7777, 0o1777)
})

test('configuration.modes: everybody may replace the folder; somebody else’s files', async (t) => {
  const world = worldOf(t, {})
  const { dataFolder } = world.loaded.config
  mkdirSync(dataFolder, { mode: 0o700 })
  chmodSync(dirname(dataFolder), 0o777)
  const [parent] = await findingsOf(modes, world)
  assert.match(parent?.summary ?? '', /everybody may rename and replace the data folder/)
  chmodSync(dirname(dataFolder), 0o755)
  writeFileSync(join(dataFolder, 'mail.db'), '', { mode: 0o600 })
  mkdirSync(join(dataFolder, 'log'), { mode: 0o700 })
  writeFileSync(join(dataFolder, 'log/mainlog'), '', { mode: 0o600 })
  // Only root could give a file away.
  const files: World['files'] = {
    ...systemFiles,
    stat: (path) => {
      const stat = systemFiles.stat(path)
      return stat !== null && /mail\.db$|mainlog$/.test(path)
        ? Object.assign(stat, { uid: 4711n })
        : stat
    },
  }
  const [owner] = await findingsOf(modes, { ...world, files })
  assert.equal(owner?.summary, '2 files of the server belong to somebody else')
  assert.match(owner?.evidence.join('\n') ?? '', /mail\.db belongs to user 4711/)
  assert.match(owner?.evidence.join('\n') ?? '', /log\/mainlog belongs to user 4711/)
  assert.match(owner?.remedy[0]?.command ?? '', /^chown -R --reference=/)
})

test('configuration.user: root is said, others are well', async (t) => {
  const status = { processId: process.pid } as NonNullable<World['status']>
  const of = async (uid: bigint) => {
    const world = worldOf(t, { status })
    const stat = (path: string) => {
      const found = systemFiles.stat(path)
      return found === null ? null : Object.assign(found, { uid })
    }
    return (await findingsOf(user, { ...world, files: { ...systemFiles, stat } }))[0]
  }
  assert.match((await of(0n))?.summary ?? '', /runs as root/)
  assert.equal((await of(4711n))?.verdict, 'ok')
})

function tables(listeners: readonly string[]): string {
  return listeners
    .map((line) => {
      const [protocol, port, tls] = line.split(' ')
      return `[[listeners]]\nname = "${protocol}"\nprotocol = "${protocol}"\nport = ${port}\ntls = "${tls}"\n`
    })
    .join('')
}

function looking(folder: DataFolder): (check: Check<World>) => Promise<readonly Finding[]> {
  return async (check) => {
    await using world = await folder.world()
    return await findingsOf(check, world)
  }
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}
