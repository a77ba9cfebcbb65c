import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { OpenRelay } from '../directory/types.ts'
import { fakeResolver } from '../dns/fake.ts'
import type { RefusedLogin } from './runner-types.ts'
import { failure } from './testing/test-runner.ts'
import type { DestinationName } from './types.ts'
import { RelayOrMx, type WaysOptions } from './ways.ts'

const RELAY: OpenRelay = {
  name: 'smart',
  hosts: [{ host: 'relay.example', port: 587 }],
  tls: 'starttls',
  checkCertificate: true,
  user: 'us',
  mechanism: null,
  rules: [],
  loginRefused: null,
  createdMs: 0,
  password: 'secret',
}

const name = (text: string) => text as DestinationName

function waysWith(more: Partial<WaysOptions> = {}) {
  let refused: RefusedLogin | null = null
  const notes: string[] = []
  const asked: string[] = []
  const ways = new RelayOrMx({
    relays: {
      openRelay: (relay) => {
        if (relay !== 'smart') throw new Error(`no relay ${relay}`)
        return { ...RELAY, loginRefused: refused }
      },
      rememberLogin: async (_relay, news) => {
        refused = news
      },
    },
    resolver: fakeResolver({ addresses: { 'relay.example': ['192.0.2.7', '2001:db8::7'] } }),
    outgoing: () => ({ ipv4: true, ipv6: false }),
    findTargets: async (place, demand) => {
      asked.push(`${place} ${demand}`)
      const target = {
        name: 'mx.example',
        address: '192.0.2.1',
        port: 25,
        tls: { kind: 'none' },
      } as const
      return { targets: [target], notes: ['mx.example is not in the policy'] }
    },
    note: (text) => void notes.push(text),
    ...more,
  })
  return { ways, notes, asked }
}

test('a relay: its hosts, the families that are used, its login', async () => {
  const { ways } = waysWith()
  assert.deepEqual(await ways.find(name('relay:smart'), { demand: 'none' }), {
    targets: [
      {
        name: 'relay.example',
        address: '192.0.2.7',
        port: 587,
        tls: {
          kind: 'verified',
          mode: 'starttls',
          names: ['relay.example'],
          demandedBy: 'the relay smart',
        },
      },
    ],
    login: { user: 'us', password: 'secret', mechanism: null },
    loginWasRefused: false,
  })
})

test('a relay that is gone: mail waits, and is not given back', async () => {
  const { ways } = waysWith()
  const found = await ways.find(name('relay:other'), { demand: 'none' })
  assert.ok('failure' in found)
  assert.equal(found.failure.kind, 'deferred')
  assert.equal(found.failure.text, 'the relay other cannot be used: no relay other')
})

test('a refused login is news once, and so is one that is taken again', async () => {
  const { ways } = waysWith()
  const refused = { atMs: 1, text: '535 no' }
  const seen: boolean[] = []
  for (const news of [null, refused, refused, null, null])
    seen.push(await ways.rememberLogin(name('relay:smart'), news))
  assert.deepEqual(seen, [false, true, false, true, false])
  assert.equal(await ways.rememberLogin(name('mx:a.example'), refused), false)
})

test('a domain and an address literal are looked up with what is demanded; notes are said once', async () => {
  const { ways, notes, asked } = waysWith()
  await ways.find(name('mx:a.example'), { demand: 'none' })
  await ways.find(name('mx:[192.0.2.1]'), { demand: 'requiretls' })
  await ways.find(name('mx:b.example'), { demand: 'optional' })
  assert.deepEqual(asked, ['a.example none', '[192.0.2.1] requiretls', 'b.example optional'])
  assert.deepEqual(notes, ['mx.example is not in the policy'])
})

test('a domain without hosts: the failure as it was found', async () => {
  const none = failure({ kind: 'failed', phase: 'dns', status: '5.1.2' })
  const { ways } = waysWith({ findTargets: async () => ({ failure: none }) })
  assert.deepEqual(await ways.find(name('mx:a.example'), { demand: 'none' }), { failure: none })
})
