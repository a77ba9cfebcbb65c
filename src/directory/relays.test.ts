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
