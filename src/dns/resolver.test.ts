import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fakeResolver } from './fake.ts'
import { confirmedName, ResolverFault } from './resolver.ts'

const resolver = fakeResolver({
  reverse: {
    '192.0.2.1': ['liar.example', 'mail.example'],
    '192.0.2.2': ['liar.example'],
    '192.0.2.3': ['down.example'],
  },
  addresses: { 'mail.example': ['192.0.2.1'], 'liar.example': ['203.0.113.9'] },
  failing: ['down.example'],
})

test('a peer has a name only when the name leads back to its address', async () => {
  assert.equal(await confirmedName(resolver, '192.0.2.1'), 'mail.example')
  assert.equal(await confirmedName(resolver, '192.0.2.2'), null)
  assert.equal(await confirmedName(resolver, '192.0.2.9'), null)
})

test('DNS that does not answer gives no name and no error', async () => {
  assert.equal(await confirmedName(resolver, '192.0.2.3'), null)
  await assert.rejects(resolver.addresses('down.example'), ResolverFault)
})
