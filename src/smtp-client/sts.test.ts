import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { type Database, openDatabaseInline } from '../db/database.ts'
import { writeTable } from '../db/group-commit.ts'
import { fakeResolver } from '../dns/fake.ts'
import { type Resolver, ResolverFault } from '../dns/resolver.ts'
import { MIGRATIONS } from '../migrations.ts'
import { type StsOptions, type StsPolicies, stsPolicies } from './sts.ts'
import { keepStsPolicy, keptPolicy, MAX_POLICIES } from './sts-cache.ts'

const HOUR_MS = 3_600_000
const policyText = (mx: string, maxAge = 604_800) =>
  `version: STSv1\nmode: enforce\nmx: ${mx}\nmax_age: ${maxAge}\n`

test('RFC 8461 §3.3: a policy is fetched once, and kept over restarts', async () => {
  await using world = open()
  assert.deepEqual(await world.mx(), ['a.example'])
  assert.deepEqual(await world.mx(), ['a.example'])
  assert.equal(world.fetched, 1)
  world.restart()
  assert.deepEqual(await world.mx(), ['a.example'])
  assert.equal(world.fetched, 1)
})

test('RFC 8461 §3.1: a domain without a record is asked for nothing', async () => {
  await using world = open()
  world.txt = []
  assert.equal(await world.mx(), null)
  world.txt = null
  assert.equal(await world.mx(), null)
  assert.equal(world.fetched, 0)
})

test('RFC 8461 §3.3: another id brings another policy', async () => {
  await using world = open()
  await world.mx()
  world.txt = ['v=STSv1; id=2;']
  world.site = policyText('b.example')
  assert.deepEqual(await world.mx(), ['b.example'])
})

test('RFC 8461 §5.1: what is kept counts while it lasts, whatever DNS and the site say', async () => {
  await using world = open()
  await world.mx()
  world.site = null
  for (const txt of [null, [], ['v=STSv1; id=3;']]) {
    world.txt = txt
    assert.deepEqual(await world.mx(), ['a.example'], String(txt))
  }
  world.clock.advance(604_800_000)
  assert.equal(await world.mx(), null)
})

test('RFC 8461 §10.2: a policy is renewed long before it ends', async () => {
  await using world = open()
  await world.mx()
  world.clock.advance(23 * HOUR_MS)
  await world.mx()
  assert.equal(world.fetched, 1)
  world.clock.advance(HOUR_MS)
  await world.mx()
  assert.equal(world.fetched, 2)
  world.clock.advance(604_800_000 - HOUR_MS)
  world.site = null
  assert.deepEqual(await world.mx(), ['a.example'])
})

test('RFC 8461 §3.3: a site that fails is left alone for a while', async () => {
  await using world = open()
  world.site = null
  await world.mx()
  await world.mx()
  assert.equal(world.fetched, 1)
  assert.match(world.reports[0] ?? '', /policy of example\.net could not be fetched: site down$/)
  world.site = policyText('a.example')
  world.clock.advance(15 * 60_000)
  assert.deepEqual(await world.mx(), ['a.example'])
})

test('what is no policy is none, and does not replace one', async () => {
  await using world = open()
  world.site = '<html>Welcome</html>'
  assert.equal(await world.mx(), null)
  world.clock.advance(HOUR_MS)
  world.site = policyText('a.example')
  await world.mx()
  world.txt = ['v=STSv1; id=2;']
  world.site = '<html>Welcome</html>'
  assert.deepEqual(await world.mx(), ['a.example'])
})

test('a policy that the disk does not take counts all the same', async () => {
  await using world = open()
  world.isFull = true
  assert.deepEqual(await world.mx(), ['a.example'])
  assert.match(world.reports[0] ?? '', /could not be kept: disk full$/)
})

test('the same domain asked for at once is fetched once', async () => {
  await using world = open()
  await Promise.all([world.mx(), world.mx(), world.mx()])
  assert.equal(world.fetched, 1)
})

test('expired policies of other domains go when one is kept', async () => {
  await using world = open()
  world.site = policyText('a.example', 60)
  await world.mx('short.example')
  world.clock.advance(61_000)
  await world.mx()
  assert.equal(world.database.read(keptPolicy('short.example')), undefined)
  assert.notEqual(world.database.read(keptPolicy('example.net')), undefined)
})

test('of too many policies those go that were not fetched for the longest time', async () => {
  await using world = open()
  const { database, clock } = world
  const expiresMs = clock.nowMs() + HOUR_MS
  const keep = (domain: string, fetchedMs: number) =>
    database.write(keepStsPolicy, { domain, policyId: '1', policy: '', fetchedMs, expiresMs })
  await Promise.all(
    Array.from({ length: MAX_POLICIES }, (_, n) => keep(`${n}.example`, clock.nowMs() + n)),
  )
  const isKept = (domain: string) => database.read(keptPolicy(domain)) !== undefined
  await keep('0.example', clock.nowMs() + MAX_POLICIES)
  assert.ok(isKept('1.example'), 'one that is renewed is no further one')
  await keep('new.example', clock.nowMs() + MAX_POLICIES)
  assert.deepEqual(
    ['new.example', '0.example', '1.example', '100.example', '101.example'].map(isKept),
    [true, true, false, false, true],
  )
})

/** DNS and a site that a test changes, a database in a temporary folder. */
function open() {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-sts-'))
  const file = join(folder, 'mail.db')
  const database = openDatabaseInline({
    file,
    migrations: MIGRATIONS,
    writes: writeTable([keepStsPolicy]),
  })
  const clock = new ManualClock(Date.UTC(2026, 0, 1))
  const outside: Outside = {
    txt: ['v=STSv1; id=1;'],
    site: policyText('a.example'),
    isFull: false,
    fetched: 0,
    reports: [],
  }
  const start = (): StsPolicies => stsPolicies({ clock, ...partsOf(outside, database) })
  let policies = start()
  return Object.assign(outside, {
    clock,
    database,
    restart: () => {
      policies = start()
    },
    mx: async (domain = 'example.net') => (await policies.policyOf(domain))?.mx ?? null,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  })
}

interface Outside {
  /** The TXT records; null: DNS does not answer. */
  txt: string[] | null
  /** What the site serves; null: it is down. */
  site: string | null
  isFull: boolean
  fetched: number
  readonly reports: string[]
}

function partsOf(outside: Outside, database: Database): Omit<StsOptions, 'clock'> {
  const write: Database['write'] = (one, args) =>
    outside.isFull ? Promise.reject(new Error('disk full')) : database.write(one, args)
  const txt: Resolver['txt'] = async (name) => {
    if (outside.txt === null) throw new ResolverFault(name)
    return name.startsWith('_mta-sts.') ? outside.txt : []
  }
  return {
    resolver: { ...fakeResolver({}), txt },
    database: { read: database.read.bind(database), write },
    fetchPolicy: async () => {
      outside.fetched++
      if (outside.site === null) throw new Error('site down')
      return outside.site
    },
    report: (message) => void outside.reports.push(message),
  }
}
