import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import { DEFAULT_LIMITS } from '../base/limits.ts'
import { openDatabaseInline } from '../db/database.ts'
import { writeTable } from '../db/group-commit.ts'
import { change, type Steps } from '../db/statement.ts'
import { init } from '../migration/001-init.ts'
import { outgoing } from '../migration/002-outgoing.ts'
import { once } from '../migration/003-once.ts'
import { history } from '../migration/004-history.ts'
import { passwordAge } from '../migration/005-password-age.ts'
import { openDirectory } from './directory.ts'
import * as entries from './entries.ts'
import type { AccountId, AliasTarget } from './types.ts'

const folder = mkdtempSync(join(tmpdir(), 'waybill-directory-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

function* nothing(): Steps<void> {}
function* removeNothing(_account: AccountId): Steps<string[]> {
  yield* change('SELECT 1')
  return []
}

async function open(catchOutside: string | null = null) {
  const addAccount = entries.defineAddAccount(nothing)
  const removeAccount = entries.defineRemoveAccount(removeNothing)
  const { addAlias, addDomain, keepSecret, removeAlias, removeDomain, setAccount, setAlias } =
    entries
  const database = openDatabaseInline({
    file: join(folder, `${++files}.db`),
    migrations: [init, outgoing, once, history, passwordAge],
    writes: writeTable([
      ...[addAccount, removeAccount, addAlias, addDomain, keepSecret],
      ...[removeAlias, removeDomain, setAccount, setAlias],
    ]),
  })
  const directory = await openDirectory({
    database,
    clock: new ManualClock(Date.UTC(2026, 0, 1)),
    limits: DEFAULT_LIMITS.auth,
    addAccount,
    removeAccount,
    onRemoved: () => {},
    catchOutside,
  })
  return { database, directory }
}

const PLAIN = { password: 'correct horse', quotaOctets: null, enabled: true }

async function filled(catchOutside: string | null = null) {
  const opened = await open(catchOutside)
  const { directory } = opened
  await directory.addDomain('here.example')
  for (const name of ['jane', 'bob', 'outbox'])
    await directory.addAccount(`${name}@here.example`, PLAIN)
  const alias = (name: string, target: AliasTarget) =>
    directory.addAlias(`${name}@here.example`, target)
  const to = (...addresses: string[]): AliasTarget => ({ kind: 'addresses', addresses })
  await alias('sales', to('jane@here.example', 'bob@here.example'))
  await alias('all', to('sales@here.example', 'jane@here.example'))
  await alias('bob', to('bob@here.example', 'jane@here.example'))
  await alias('gone', { kind: 'fail', text: 'Jane left; write to bob@here.example' })
  await alias('noreply', { kind: 'blackhole' })
  await alias('ring1', to('ring2@here.example'))
  await alias('ring2', to('ring1@here.example'))
  await alias('away', to('friend@elsewhere.example'))
  return opened
}

test('where addresses go', async (t) => {
  const { directory } = await filled()
  const cases: [address: string, ends: string[]][] = [
    ['jane@here.example', ['jane@here.example']],
    ['JANE@HERE.EXAMPLE', ['jane@here.example']],
    ['jane+shop@here.example', ['jane@here.example +shop']],
    ['sales@here.example', ['jane@here.example', 'bob@here.example']],
    ['sales+x@here.example', ['jane@here.example', 'bob@here.example']],
    ['all@here.example', ['jane@here.example', 'bob@here.example']],
    ['bob@here.example', ['bob@here.example', 'jane@here.example']],
    ['gone@here.example', ['policy: Jane left; write to bob@here.example']],
    ['noreply@here.example', [':blackhole:']],
    ['nobody@here.example', ['noSuchUser: Unknown user']],
    ['postmaster', ['jane@here.example']],
    ['Postmaster@here.example', ['jane@here.example']],
    ['u@elsewhere.example', ['mx:elsewhere.example']],
    ['away@here.example', ['mx:elsewhere.example < away@here.example']],
    ['u%elsewhere.example@here.example', ['noSuchUser: Unknown user']],
    ['no address', ['noSuchUser: this is not an address']],
    ['', ['noSuchUser: this is not an address']],
  ]
  for (const [address, ends] of cases)
    await t.test(address, () => {
      const got = directory.route(address).destinations.map((end) => {
        if (end.kind === 'account')
          return end.account.address + (end.tag === null ? '' : ` +${end.tag}`)
        if (end.kind === 'outside') return [end.destination, ...end.parents].join(' < ')
        return end.kind === 'refused' ? `${end.reason}: ${end.text}` : ':blackhole:'
      })
      assert.deepEqual(got, ends)
    })
})

test('a ring of aliases is refused with its path', async () => {
  const { directory } = await filled()
  const { destinations, steps } = directory.route('ring1@here.example')
  assert.deepEqual(
    destinations.map((end) => end.kind === 'refused' && end.reason),
    ['loop'],
  )
  assert.deepEqual(
    steps.map(({ rule, address }) => `${rule} ${address}`),
    ['alias ring1@here.example', 'alias ring2@here.example', 'loop ring1@here.example'],
  )
  assert.match(
    steps.at(-1)?.text ?? '',
    / ring1@here\.example → ring2@here\.example → ring1@here\.example$/,
  )
})

test('an alias that names itself means the account of that name, and without one is a loop', async () => {
  const { directory } = await filled()
  const endOf = (address: string) => {
    const [end] = directory.route(address).destinations
    return end?.kind === 'refused' ? end.reason : end?.kind
  }
  for (const [name, end] of [
    ['jane', 'account'],
    ['nobody', 'loop'],
  ] as const) {
    const address = `${name}@here.example`
    const addresses = [`${name.toUpperCase()}@here.example`]
    await directory.addAlias(address, { kind: 'addresses', addresses })
    assert.equal(endOf(address), end)
    assert.equal(endOf(`${name}+tag@here.example`), end)
  }
  await directory.addAlias('*@here.example', {
    kind: 'addresses',
    addresses: ['missing@here.example'],
  })
  assert.equal(endOf('whoever@here.example'), 'noSuchUser', 'the catch-all leads to nobody')
  assert.equal(endOf('nobody@here.example'), 'loop', 'and takes no loops')
})

test('a chain of more than 20 aliases is refused with its path', async () => {
  const { directory } = await filled()
  for (let i = 0; i < 25; i++)
    await directory.addAlias(`c${i}@here.example`, {
      kind: 'addresses',
      addresses: [`c${i + 1}@here.example`],
    })
  const [end] = directory.route('c0@here.example').destinations
  assert.ok(end?.kind === 'refused' && end.reason === 'loop')
  assert.match(end.text, /c0@here\.example → c1@here\.example → .* → c20@here\.example$/)
})

test('the catch-all takes what nothing else takes', async () => {
  const { directory } = await filled()
  await directory.addAlias('*@here.example', {
    kind: 'addresses',
    addresses: ['bob@here.example'],
  })
  const route = directory.route('whoever@here.example')
  assert.equal(route.steps[0]?.rule, 'catch-all')
  assert.equal(directory.route('gone@here.example').destinations[0]?.kind, 'refused')
  assert.equal(
    directory.aliases().find(({ address }) => address.startsWith('*'))?.address,
    '*@here.example',
  )
})

test('in dev mode, other domains are caught in one account', async () => {
  const { directory } = await filled('outbox@here.example')
  const [end] = directory.route('anyone@elsewhere.example').destinations
  assert.ok(end?.kind === 'account')
  assert.equal(end.account.address, 'outbox@here.example')
  assert.equal(end.address, 'anyone@elsewhere.example')
})

test('who may send as whom', async () => {
  const { directory } = await filled('outbox@here.example')
  const jane = await directory.checkPassword('jane@here.example', 'correct horse')
  assert.ok(jane)
  const cases: [address: string, owns: boolean][] = [
    ['jane@here.example', true],
    ['Jane+tag@Here.Example', true],
    ['sales@here.example', true],
    ['noreply@here.example', false],
    ['outbox@here.example', false],
    ['jane@elsewhere.example', false],
    ['', false],
  ]
  for (const [address, owns] of cases)
    assert.equal(directory.ownsAddress(jane, address), owns, address)
})

test('passwords: right, wrong, unknown, disabled, changed', async () => {
  const { directory } = await filled()
  const login = (name: string, password: string) =>
    directory.checkPassword(`${name}@here.example`, password)
  assert.equal((await login('jane', 'correct horse'))?.login, 'jane@here.example')
  assert.equal((await login('JANE', 'correct horse'))?.login, 'jane@here.example')
  assert.equal(await login('jane', 'wrong horse'), null)
  assert.equal(await login('nobody', 'correct horse'), null)
  assert.equal(await directory.checkPassword('not an address', 'x'), null)
  assert.equal(await login('jane', 'x'.repeat(10_000)), null)
  await directory.setAccount('jane@here.example', { password: 'battery staple' })
  assert.equal(await login('jane', 'correct horse'), null, 'the remembered password is stale')
  assert.ok(await login('jane', 'battery staple'))
  await directory.setAccount('jane@here.example', { enabled: false })
  assert.equal(await login('jane', 'battery staple'), null)
  assert.equal(directory.scramVerifier('jane@here.example').identity, null)
})

test('another password, disabling and removal end the logins of an account', async () => {
  const { directory } = await filled()
  const jane = 'jane@here.example'
  const heard: string[] = []
  const logIn = async (address: string, password: string) => {
    const identity = await directory.checkPassword(address, password)
    assert.ok(identity)
    return directory.watchLogin(identity, (why) => heard.push(`${address}: ${why}`))
  }
  const left = await logIn(jane, PLAIN.password)
  left?.[Symbol.dispose]()
  await logIn('bob@here.example', PLAIN.password)
  await logIn(jane, PLAIN.password)
  await directory.setAccount(jane, { quotaOctets: 5, enabled: true, copyToSent: true })
  await assert.rejects(directory.setAccount(jane, { password: 'short' }))
  assert.deepEqual(heard, [])
  const password = 'battery staple'
  await directory.setAccount(jane, { password })
  assert.deepEqual(heard.splice(0), [`${jane}: the password was changed`])
  await logIn(jane, password)
  await directory.setAccount(jane, { ...PLAIN, enabled: false })
  assert.deepEqual(heard.splice(0), [`${jane}: the account was disabled`])
  await directory.setAccount(jane, { enabled: true })
  await logIn(jane, PLAIN.password)
  await directory.removeAccount(jane)
  assert.deepEqual(heard, [`${jane}: the account was removed`])
})

test('a proof that is complete after the right has ended is worth nothing', async () => {
  const { directory } = await filled()
  const jane = 'jane@here.example'
  const { identity: proven } = directory.scramVerifier(jane)
  const checked = directory.checkPassword(jane, PLAIN.password)
  await directory.setAccount(jane, { password: 'battery staple' })
  const identities = [proven, await checked]
  for (const identity of identities) {
    assert.ok(identity)
    assert.equal(
      directory.watchLogin(identity, () => {}),
      null,
    )
  }
  const { identity } = directory.scramVerifier(jane)
  assert.ok(identity && directory.watchLogin(identity, () => {}))
})

test('an unknown login gets a SCRAM salt that is made up and stays the same', async () => {
  const { directory } = await filled()
  const first = directory.scramVerifier('nobody@here.example')
  assert.equal(first.identity, null)
  assert.deepEqual(directory.scramVerifier('nobody@here.example').salt, first.salt)
  assert.notDeepEqual(directory.scramVerifier('other@here.example').salt, first.salt)
  assert.equal(first.iterations, directory.scramVerifier('jane@here.example').iterations)
})

test('more than 2 running and 32 waiting password checks are refused', async () => {
  const { directory } = await filled()
  const all = Array.from({ length: 40 }, () =>
    directory.checkPassword('jane@here.example', 'wrong'),
  )
  const results = await Promise.allSettled(all)
  const busy = results.filter(
    (result) =>
      result.status === 'rejected' &&
      result.reason instanceof Refusal &&
      result.reason.reason === 'authenticationBusy',
  )
  assert.equal(busy.length, 6)
})

test('what the operator may not do, in one sentence each', async (t) => {
  const { directory } = await filled()
  const cases: [what: string, run: () => Promise<unknown>, says: RegExp][] = [
    ['domain twice', () => directory.addDomain('HERE.example'), /here\.example is there/],
    ['no domain', () => directory.addDomain('here example'), /"here example" is not a domain name/],
    ['one label', () => directory.addDomain('localhost'), /not a domain name like example\.com/],
    ['domain in use', () => directory.removeDomain('here.example'), /3 accounts and 8 aliases/],
    ['unknown domain', () => directory.removeDomain('x.example'), /no domain x\.example here/],
    [
      'account elsewhere',
      () => directory.addAccount('a@x.example', PLAIN),
      /waybill domain add x\.example/,
    ],
    [
      'account twice',
      () => directory.addAccount('Jane@here.example', PLAIN),
      /the account Jane@here\.example is there already/,
    ],
    [
      'short password',
      () => directory.setAccount('jane@here.example', { password: 'short' }),
      /8 to 128 octets, this one has 5/,
    ],
    ['no address', () => directory.addAccount('jane', PLAIN), /"jane" is not an address/],
    ['bad quota', () => directory.setAccount('jane@here.example', { quotaOctets: -1 }), /quota/],
    ['unknown account', () => directory.removeAccount('x@here.example'), /no account x@here/],
    ['unknown alias', () => directory.removeAlias('x@here.example'), /no alias x@here/],
    [
      'empty alias',
      () => directory.addAlias('x@here.example', { kind: 'addresses', addresses: [] }),
      /at least one address/,
    ],
    [
      'CRLF in :fail:',
      () => directory.addAlias('x@here.example', { kind: 'fail', text: 'a\r\nb' }),
      /printable ASCII/,
    ],
  ]
  for (const [what, run, says] of cases)
    await t.test(what, () =>
      assert.rejects(run, (error) => error instanceof Refusal && says.test(error.detail ?? '')),
    )
})

test('domains are kept as A-labels and found in Unicode', async () => {
  const { directory } = await open()
  assert.equal((await directory.addDomain('Bücher.example')).name, 'xn--bcher-kva.example')
  assert.ok(directory.isLocalDomain('bücher.example'))
  const account = await directory.addAccount('jösé@bücher.example', PLAIN)
  assert.equal(account.address, 'jösé@xn--bcher-kva.example')
  const decomposed = 'jösé@bücher.example'.normalize('NFD')
  const [end] = directory.route(decomposed).destinations
  assert.equal(end?.kind, 'account')
})

test('an answer lives until the directory changes', async () => {
  const { directory } = await filled()
  const ends = (address: string) => directory.route(address).destinations.map(({ kind }) => kind)
  const jane = directory.findAccount('jane@here.example')
  assert.ok(jane)
  assert.deepEqual(ends('jane@here.example'), ['account'])
  assert.equal(directory.room(jane.id), null)
  assert.ok(directory.isLocalDomain('here.example'))
  await directory.setAccount('jane@here.example', { enabled: false, quotaOctets: 10 })
  assert.deepEqual(ends('jane@here.example'), ['refused'])
  assert.equal(directory.room(jane.id), 10)
  await directory.addAlias('jane@here.example', { kind: 'blackhole' })
  assert.deepEqual(ends('jane@here.example'), ['blackhole'])
  await directory.removeAccount('jane@here.example')
  assert.equal(directory.room(jane.id), undefined)
  assert.ok(!directory.isLocalDomain('new.example'))
  await directory.addDomain('new.example')
  assert.ok(directory.isLocalDomain('new.example'))
})
