import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

test('RFC 2342 §5: one namespace, the user’s own', async () => {
  await using world = await openWorld()
  const client = await world.login()
  assert.deepEqual(await client.untagged('NAMESPACE'), ['NAMESPACE (("" "/")) NIL NIL'])
})

test('NAMESPACE, rejected', async () => {
  await using world = await openWorld()
  await world.connect().bad('NAMESPACE')
  await (await world.login()).bad('NAMESPACE x')
})
