import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fakeResolver } from '../dns/fake.ts'
import type { DestinationName } from '../queue/types.ts'
import { requireDomain } from './queue-steer.ts'

const resolver = fakeResolver({
  mx: { 'there.example': [{ preference: 10, exchange: 'mx.there.example' }] },
  failing: ['silent.example'],
})

test('nothing is rerouted to a domain that does not exist', async () => {
  const to = 'mx:ther.example' as DestinationName
  await assert.rejects(requireDomain({ resolver }, to), {
    message: /the domain ther\.example does not exist in DNS/,
  })
})

for (const to of ['mx:there.example', 'mx:silent.example', 'mx:[192.0.2.1]', 'relay:smart'])
  test(`${to} is taken: it is there, or nobody can say that it is not`, async () => {
    await requireDomain({ resolver }, to as DestinationName)
  })

test('without a server nobody is asked', async () => {
  await requireDomain({ resolver: undefined }, 'mx:ther.example' as DestinationName)
})
