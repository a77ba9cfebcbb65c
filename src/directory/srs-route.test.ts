import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { DEFAULT_LIMITS } from '../base/limits.ts'
import { openDatabaseInline } from '../db/database.ts'
import { MIGRATIONS } from '../migrations.ts'
import { addAccount, removeAccount, writes } from '../writes.ts'
import { openDirectory } from './directory.ts'

const folder = mkdtempSync(join(tmpdir(), 'waybill-srs-'))
after(() => rmSync(folder, { recursive: true }))

async function open(name: string) {
  const file = join(folder, `${name}.db`)
  const database = openDatabaseInline({ file, migrations: MIGRATIONS, writes })
  const clock = new ManualClock(Date.UTC(2026, 10, 21))
  const limits = DEFAULT_LIMITS.auth
  const directory = await openDirectory({
    ...{ database, clock, limits, addAccount, removeAccount },
    ...{ onRemoved: () => {}, catchOutside: null },
  })
  return { directory, database }
}

test('a bounce of forwarded mail goes on to the sender, by the rule srs', async () => {
  const { directory, database } = await open('back')
  await directory.addDomain('here.example')
  await directory.addAlias('*@here.example', { kind: 'blackhole' })
  const address = directory.forwardedSender('bob@there.example', 'jane@here.example')
  assert.match(address ?? '', /^SRS0=.*=there\.example=bob@here\.example$/)
  const { steps, destinations } = directory.route(address ?? '')
  assert.deepEqual(
    steps.map(({ rule }) => rule),
    ['srs', 'mx'],
  )
  assert.deepEqual(destinations, [
    {
      ...{ kind: 'outside', address: 'bob@there.example', destination: 'mx:there.example' },
      parents: [address],
      inNameOf: 'here.example',
    },
  ])
  assert.equal(directory.senderOf(address ?? ''), 'bob@there.example')
  assert.equal(directory.senderOf('carol@here.example'), 'carol@here.example')
  await database[Symbol.asyncDispose]()
})

test('a forged one is refused as unknown, whatever a catch-all takes', async () => {
  const { directory, database } = await open('forged')
  await directory.addDomain('here.example')
  await directory.addAlias('*@here.example', { kind: 'blackhole' })
  const { destinations } = directory.route('SRS0=AAAAAAAA=AA=victim.example=bob@here.example')
  assert.deepEqual(
    destinations.map((found) => found.kind === 'refused' && [found.reason, found.text]),
    [['noSuchUser', 'Unknown user']],
  )
  await database[Symbol.asyncDispose]()
})

test('senders of ours, and none, stay as they are', async () => {
  const { directory, database } = await open('ours')
  await directory.addDomain('here.example')
  assert.equal(directory.forwardedSender('bob@here.example', 'jane@here.example'), null)
  assert.equal(directory.forwardedSender('', 'jane@here.example'), null)
  await database[Symbol.asyncDispose]()
})

test('the secret stays when the server starts again', async () => {
  const first = await open('again')
  await first.directory.addDomain('here.example')
  const address = first.directory.forwardedSender('bob@there.example', 'jane@here.example')
  await first.database[Symbol.asyncDispose]()
  const second = await open('again')
  assert.equal(second.directory.senderOf(address ?? ''), 'bob@there.example')
  await second.database[Symbol.asyncDispose]()
})
