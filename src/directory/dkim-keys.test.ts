import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import { openDatabaseInline } from '../db/database.ts'
import { writeTable } from '../db/group-commit.ts'
import { all } from '../db/statement.ts'
import { init } from '../migration/001-init.ts'
import { outgoing } from '../migration/002-outgoing.ts'
import { dkimWrites } from './dkim-entries.ts'
import { type DkimKey, DkimKeys } from './dkim-keys.ts'
import { addDomain, removeDomain } from './entries.ts'
import { KeyFileFault, Seals } from './sealed.ts'

const DAY_MS = 86_400_000
const NOVEMBER_MS = Date.UTC(2026, 10, 21, 12)

async function open(t: TestContext, ...domains: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-dkim-'))
  const database = openDatabaseInline({
    file: join(folder, 'mail.db'),
    migrations: [init, outgoing],
    writes: writeTable([addDomain, removeDomain, ...dkimWrites]),
  })
  t.after(async () => {
    await database[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
  const clock = new ManualClock(NOVEMBER_MS)
  for (const name of domains) await database.write(addDomain, { name, nowMs: clock.nowMs() })
  const keys = new DkimKeys({ database, clock, seals: new Seals(folder) })
  return { folder, database, clock, keys }
}

const states = (keys: readonly DkimKey[]) =>
  keys.map(({ selector, state }) => `${selector} ${state}`)

test('the first keys of a domain sign at once: one of each algorithm', async (t) => {
  const { keys } = await open(t, 'example.com')
  assert.deepEqual(keys.signingKeys('example.com'), [])
  const made = await keys.rotate('EXAMPLE.com')
  assert.deepEqual(states(made), ['wb2611r active', 'wb2611e active'])
  const [rsa, ed25519] = made
  assert.equal(rsa?.recordName, 'wb2611r._domainkey.example.com')
  assert.match(rsa?.record ?? '', /^v=DKIM1; k=rsa; p=MIIB[A-Za-z0-9+/]+=*$/)
  assert.match(ed25519?.record ?? '', /^v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=$/)
  const opened = keys.signingKeys('example.com')
  assert.deepEqual(
    opened.map(({ selector, algorithm }) => [selector, algorithm]),
    [
      ['wb2611r', 'rsa-sha256'],
      ['wb2611e', 'ed25519-sha256'],
    ],
  )
  const [open1] = opened
  assert.ok(open1)
  // RFC 8301 §3.2.
  assert.equal(open1.privateKey.asymmetricKeyDetails?.modulusLength, 2048)
  const spki = createPublicKey(open1.privateKey).export({ format: 'der', type: 'spki' })
  assert.ok(rsa?.record.endsWith(`p=${spki.toString('base64')}`), 'the record is of this key')
})

test('the next keys are pending, then active, and the old ones retire after their signatures', async (t) => {
  const { keys, clock } = await open(t, 'example.com')
  await keys.rotate('example.com')
  const next = await keys.rotate('example.com')
  assert.deepEqual(states(next), ['wb2611r2 pending', 'wb2611e2 pending'])
  assert.deepEqual(await keys.rotate('example.com'), next, 'asked again, nothing new is made')
  assert.equal(keys.signingKeys('example.com')[0]?.selector, 'wb2611r')
  const selectors = next.map(({ selector }) => selector)
  assert.deepEqual(states(await keys.activate('example.com', selectors)), [
    'wb2611r retiring',
    'wb2611e retiring',
    'wb2611r2 active',
    'wb2611e2 active',
  ])
  assert.deepEqual(
    keys.signingKeys('example.com').map(({ selector }) => selector),
    ['wb2611r2', 'wb2611e2'],
  )
  clock.advance(7 * DAY_MS)
  assert.equal((await keys.list('example.com'))[0]?.state, 'retiring')
  clock.advance(DAY_MS + 1)
  assert.equal((await keys.list())[0]?.state, 'retired')
  clock.advance(30 * DAY_MS)
  assert.deepEqual(states(await keys.rotate('example.com')), ['wb2612r pending', 'wb2612e pending'])
})

test('what cannot be done is refused with a sentence', async (t) => {
  const { keys } = await open(t, 'example.com')
  const refuses = async (work: Promise<unknown>, pattern: RegExp) =>
    await assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof Refusal)
      assert.match(error.detail ?? '', pattern)
      return true
    })
  await refuses(keys.rotate('example.net'), /no domain example\.net/)
  await refuses(keys.list('a b'), /"a b" is not a domain name/)
  await refuses(keys.activate('example.com', []), /no pending keys/)
  await refuses(keys.activate('example.com', ['nope']), /no key with the selector nope/)
  await keys.rotate('example.com')
  await refuses(keys.activate('example.com', ['wb2611r']), /is active, not pending/)
  assert.deepEqual(states(await keys.list('example.com')), ['wb2611r active', 'wb2611e active'])
})

test('the secret part is on disk only sealed, and gone when a key is retired', async (t) => {
  const { keys, folder, database, clock } = await open(t, 'example.com')
  await keys.rotate('example.com')
  const secret = keys.signingKeys('example.com')[1]?.privateKey.export({
    format: 'der',
    type: 'pkcs8',
  })
  assert.ok(secret)
  for (const file of ['mail.db', 'mail.db-wal', 'key'])
    assert.ok(!readFileSync(join(folder, file)).includes(secret.subarray(-32)), file)
  for (const key of await keys.list())
    assert.deepEqual(
      Object.keys(key).filter((name) => /private|sealed/i.test(name)),
      [],
    )
  const selectors = (await keys.rotate('example.com')).map(({ selector }) => selector)
  await keys.activate('example.com', selectors)
  clock.advance(9 * DAY_MS)
  await keys.list()
  const rows = database.read(sizes())
  assert.deepEqual(
    rows.map(({ octets }) => octets > 0),
    [false, false, true, true],
  )
})

function* sizes() {
  return yield* all<{ octets: number }>(
    'SELECT length(private_key) AS octets FROM dkim_key ORDER BY created_ms, state DESC',
  )
}

test('a domain goes with its keys, and signs no more', async (t) => {
  const { keys, database } = await open(t, 'example.com', 'example.net')
  await keys.rotate('example.com')
  await keys.rotate('example.net')
  assert.equal(keys.signingKeys('example.com').length, 2)
  await database.write(removeDomain, { name: 'example.com' })
  keys.forget()
  assert.deepEqual(keys.signingKeys('example.com'), [])
  assert.equal((await keys.list()).length, 2)
})

test('without the key file, keys are shown, do not sign, and say why', async (t) => {
  const { keys, folder, database, clock } = await open(t, 'example.com')
  await keys.rotate('example.com')
  rmSync(join(folder, 'key'))
  const later = new DkimKeys({ database, clock, seals: new Seals(folder) })
  assert.equal((await later.list()).length, 2)
  assert.throws(() => later.signingKeys('example.com'), KeyFileFault)
})
