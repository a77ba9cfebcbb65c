import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { DEFAULT_LIMITS } from '../base/limits.ts'
import { openDatabaseInline } from '../db/database.ts'
import { MIGRATIONS } from '../migrations.ts'
import { addAccount, removeAccount, writes } from '../writes.ts'
import { openDirectory } from './directory.ts'
import { Relays } from './relays.ts'
import { Seals } from './sealed.ts'
import type { NewRelay, RelayRule } from './types.ts'

async function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-relays-'))
  const clock = new ManualClock(Date.UTC(2026, 0, 1))
  const file = join(folder, 'mail.db')
  const database = openDatabaseInline({ file, migrations: MIGRATIONS, writes })
  t.after(async () => {
    await database[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
  const directory = await openDirectory({
    ...{ database, clock, limits: DEFAULT_LIMITS.auth, addAccount, removeAccount },
    ...{ onRemoved: () => {}, catchOutside: null },
  })
  const onChanged = () => directory.forgetAnswers()
  const openRelays = () => new Relays({ database, clock, seals: new Seals(folder), onChanged })
  return { folder, directory, relays: openRelays(), openRelays }
}

const PLAIN: NewRelay = {
  hosts: [{ host: 'smtp.example.net', port: 587 }],
  ...{ tls: 'starttls', checkCertificate: true, user: null, password: null, mechanism: null },
  ...{ rules: [], insecure: false },
}
const forRules = (...rules: RelayRule[]): NewRelay => ({ ...PLAIN, rules })

test('the relay is the recipient’s domain’s, else the sender’s, else the one for all, else MX', async (t) => {
  const { directory, relays } = await open(t)
  const wayOf = (address: string, sender: string | null = null) => {
    const [end] = directory.route(address, { sender }).destinations
    return end?.kind === 'outside' ? end.destination : end?.kind
  }
  await directory.addDomain('here.example')
  await directory.addAlias('away@here.example', {
    kind: 'addresses',
    addresses: ['friend@b.example'],
  })
  assert.equal(wayOf('u@b.example', 'x@other.example'), 'mx:b.example')
  assert.equal(wayOf('u@[192.0.2.1]'), 'mx:[192.0.2.1]')
  await relays.addRelay('to-b', forRules({ kind: 'recipient', domain: 'B.example' }))
  await relays.addRelay('from-us', forRules({ kind: 'sender', domain: 'here.example' }))
  assert.equal(wayOf('u@c.example'), 'mx:c.example')
  await relays.addRelay('rest', forRules({ kind: 'all' }))
  assert.equal(wayOf('u@b.example', 'jane@here.example'), 'relay:to-b')
  assert.equal(wayOf('u@c.example', 'jane@here.example'), 'relay:from-us')
  assert.equal(wayOf('u@c.example', 'x@other.example'), 'relay:rest')
  assert.equal(wayOf('u@c.example'), 'relay:rest')
  await relays.setRelay('to-b', { rules: [] })
  assert.equal(wayOf('away@here.example', 'x@other.example'), 'relay:from-us', 'forwarded by us')
  await relays.removeRelay('rest')
  assert.equal(wayOf('u@c.example', 'x@other.example'), 'mx:c.example')
})

test('a rule can be for all domains below one; the longest name counts', async (t) => {
  const { directory, relays } = await open(t)
  const wayOf = (domain: string, sender: string | null = null) => {
    const [end] = directory.route(`u@${domain}`, { sender }).destinations
    return end?.kind === 'outside' ? end.destination : end?.kind
  }
  await relays.addRelay('below', forRules({ kind: 'recipient', domain: '*.Bücher.example' }))
  await relays.addRelay('near', forRules({ kind: 'recipient', domain: '*.a.bücher.example' }))
  await relays.addRelay('exact', forRules({ kind: 'recipient', domain: 'b.a.bücher.example' }))
  await relays.addRelay('from', forRules({ kind: 'sender', domain: '*.here.example' }))
  const cases: [domain: string, sender: string | null, way: string][] = [
    ['bücher.example', null, 'mx:xn--bcher-kva.example'],
    ['xbücher.example', null, 'mx:xn--xbcher-4ya.example'],
    ['c.bücher.example', null, 'relay:below'],
    ['d.c.BÜCHER.example', null, 'relay:below'],
    ['a.bücher.example', null, 'relay:below'],
    ['x.a.bücher.example', null, 'relay:near'],
    ['b.a.bücher.example', 'j@x.here.example', 'relay:exact'],
    ['c.b.a.bücher.example', null, 'relay:near'],
    ['else.example', 'j@x.here.example', 'relay:from'],
    ['else.example', 'j@here.example', 'mx:else.example'],
    ['[192.0.2.1]', 'j@y.x.here.example', 'relay:from'],
  ]
  for (const [domain, sender, way] of cases)
    assert.equal(wayOf(domain, sender), way, `${sender} to ${domain}`)
  assert.match(
    directory.route('u@c.bücher.example').steps[0]?.text ?? '',
    /which is for mail to \*\.xn--bcher-kva\.example$/,
  )
  for (const domain of ['*', '*.', '.example.com', '*.*.example.com', 'a.*.example.com'])
    await assert.rejects(
      relays.addRelay('wrong', forRules({ kind: 'sender', domain })),
      /is not a domain name like example\.com, or \*\.example\.com for all below it/,
    )
})

test('mail from <> goes by the relay of the domain that it is sent for', async (t) => {
  const { directory, relays } = await open(t)
  await relays.addRelay('from-us', forRules({ kind: 'sender', domain: 'here.example' }))
  const wayOf = (sender: string | null, sentFor?: string) => {
    const context = sentFor === undefined ? { sender } : { sender, sentFor }
    const [end] = directory.route('u@else.example', context).destinations
    return end?.kind === 'outside' ? [end.destination, end.inNameOf] : end?.kind
  }
  assert.deepEqual(wayOf(null), ['mx:else.example', null])
  assert.deepEqual(wayOf(null, 'jane@here.example'), ['relay:from-us', 'here.example'])
  assert.deepEqual(wayOf('x@there.example', 'jane@here.example'), [
    'mx:else.example',
    'there.example',
  ])
})

test('what waits goes by the rules of this moment', async (t) => {
  const { directory, relays } = await open(t)
  const way = () => directory.wayNow('u@b.example', 'here.example')
  assert.equal(way(), 'mx:b.example')
  await relays.addRelay('us', forRules({ kind: 'sender', domain: 'here.example' }))
  assert.equal(way(), 'relay:us')
  assert.equal(directory.wayNow('u@b.example', null), 'mx:b.example')
  await directory.addDomain('b.example')
  assert.equal(way(), 'mx:b.example', 'it came here')
  await directory.removeDomain('b.example')
  assert.equal(way(), 'relay:us')
  assert.equal(directory.wayNow('nobody', null), null)
})

test('an address elsewhere that several aliases lead to gets one copy', async (t) => {
  const { directory } = await open(t)
  await directory.addDomain('here.example')
  const addresses = ['b@here.example', 'friend@else.example', 'friend@else.example']
  await directory.addAlias('a@here.example', { kind: 'addresses', addresses })
  await directory.addAlias('b@here.example', {
    kind: 'addresses',
    addresses: ['friend@else.example'],
  })
  assert.deepEqual(directory.route('a@here.example').destinations, [
    {
      kind: 'outside',
      address: 'friend@else.example',
      parents: ['b@here.example', 'a@here.example'],
      destination: 'mx:else.example',
      inNameOf: 'here.example',
    },
  ])
})

test('a password opens with the key file it was sealed with, and for its relay only', async (t) => {
  const { relays, openRelays, folder } = await open(t)
  const login = { user: 'jane', password: 'correct horse' }
  await relays.addRelay('one', { ...PLAIN, ...login })
  assert.equal(relays.openRelay('ONE').password, 'correct horse')
  assert.ok(!('password' in (relays.relays()[0] ?? {})))
  await relays.setRelay('one', { user: 'jane', tls: 'implicit' })
  assert.equal(relays.openRelay('one').password, 'correct horse', 'it stays with its user')
  await assert.rejects(relays.setRelay('one', { user: 'bob' }), /the user bob needs a password/)
  renameSync(join(folder, 'key'), join(folder, 'lost'))
  assert.throws(() => openRelays().openRelay('one'), /key file .* is missing/)
})

test('that a relay refuses our login is remembered until it takes it, or another one is given', async (t) => {
  const { relays } = await open(t)
  await relays.addRelay('one', PLAIN)
  const refused = { atMs: 1, text: '535 no' }
  const remembered = () => relays.relays()[0]?.loginRefused
  await relays.rememberLogin('one', refused)
  assert.deepEqual(remembered(), refused)
  await relays.rememberLogin('one', null)
  assert.equal(remembered(), null)
  await relays.rememberLogin('one', refused)
  await relays.setRelay('one', { user: 'jane', password: 'x' })
  assert.equal(remembered(), null)
  await relays.rememberLogin('gone', refused)
})

test('TLS may be left out on this machine and in private networks only', async (t) => {
  const { relays } = await open(t)
  const add = (host: string) =>
    relays.addRelay(host.replaceAll(':', '-').replace(/^-+/, 'x'), {
      ...PLAIN,
      tls: 'none',
      hosts: [{ host, port: 25 }],
    })
  for (const near of [
    'localhost',
    '127.0.0.2',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '::1',
    'fd00::1',
  ])
    await add(near)
  for (const far of [
    'mail.example.net',
    '172.32.0.1',
    '192.0.2.1',
    '2001:db8::1',
    '127.example.net',
  ])
    await assert.rejects(add(far), /everybody between here/)
})
