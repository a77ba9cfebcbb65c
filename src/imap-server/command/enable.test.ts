import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

test('RFC 5161 §3.1: what is known is enabled and named, the rest passed over in silence', async () => {
  await using world = await openWorld()
  const client = await world.login()
  const cases: [command: string, line: string][] = [
    ['ENABLE x-future', 'ENABLED'],
    ['ENABLE condstore X-FUTURE imap4rev2', 'ENABLED IMAP4rev2 CONDSTORE'],
  ]
  for (const [command, line] of cases) assert.deepEqual(await client.untagged(command), [line])
})

test('ENABLE, rejected', async () => {
  await using world = await openWorld()
  await world.connect().bad('ENABLE CONDSTORE')
  await (await world.login()).bad('ENABLE')
  await (await world.login()).bad('ENABLE ')
  await (await world.select()).bad('ENABLE CONDSTORE')
})
