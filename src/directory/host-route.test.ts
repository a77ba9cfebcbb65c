import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { DEFAULT_LIMITS } from '../base/limits.ts'
import { openDatabaseInline } from '../db/database.ts'
import { MIGRATIONS } from '../migrations.ts'
import { parseAddress } from '../syntax/address/address.ts'
import { addAccount, removeAccount, writes } from '../writes.ts'
import { openDirectory } from './directory.ts'

const folder = mkdtempSync(join(tmpdir(), 'waybill-host-'))
after(() => rmSync(folder, { recursive: true }))

const HOST = 'mx1.provider.example'

async function open(name: string) {
  const file = join(folder, `${name}.db`)
  const database = openDatabaseInline({ file, migrations: MIGRATIONS, writes })
  const directory = await openDirectory({
    ...{ database, clock: new ManualClock(0), limits: DEFAULT_LIMITS.auth, addAccount },
    ...{ removeAccount, onRemoved: () => {}, catchOutside: null },
    isThisServer: (domain) => domain === HOST || domain === '[192.0.2.1]',
  })
  const rules = (address: string) => directory.route(address).steps.map(({ rule }) => rule)
  return { directory, database, rules }
}

test('answers to notices reach the postmaster of the first domain, by the rule host', async () => {
  const { directory, database, rules } = await open('answers')
  await using _ = database
  assert.deepEqual(rules(`postmaster@${HOST}`), ['unknown'], 'there is no domain yet')
  await directory.addDomain('here.example')
  await directory.addAccount('jane@here.example', {
    ...{ password: 'correct horse', quotaOctets: null, enabled: true },
  })
  for (const name of ['postmaster', 'Mailer-Daemon', 'abuse', 'root'])
    for (const place of [HOST, '[192.0.2.1]']) {
      const address = `${name}@${place}`
      assert.deepEqual(rules(address), ['host', 'postmaster', 'account'], address)
      assert.ok(directory.isOfHost(parseAddress(address)))
      const [end] = directory.route(address).destinations
      assert.equal(end?.kind === 'account' && end.account.address, 'jane@here.example')
    }
  assert.deepEqual(rules(`jane@${HOST}`), ['mx'])
  assert.deepEqual(rules('postmaster@[192.0.2.2]'), ['mx'])
  assert.ok(!directory.isOfHost(parseAddress(`jane@${HOST}`)))
})

test('a domain of ours has them too: by their own alias, or the postmaster’s', async () => {
  const { directory, database, rules } = await open('domain')
  await using _ = database
  await directory.addDomain('here.example')
  await directory.addAlias('postmaster@here.example', { kind: 'blackhole' })
  assert.deepEqual(rules('mailer-daemon@here.example'), ['postmaster', 'alias'])
  await directory.addAlias('abuse@here.example', { kind: 'fail', text: 'not here' })
  assert.deepEqual(rules('abuse@here.example'), ['alias', 'refused'])
  await directory.setAlias('postmaster@here.example', {
    ...{ kind: 'addresses', addresses: ['mailer-daemon@here.example'] },
  })
  const [end] = directory.route('postmaster@here.example').destinations
  assert.equal(end?.kind, 'refused', 'a circle ends')
})
