import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

test('RFC 3348, RFC 5819: LIST with attributes, patterns, STATUS and the separator', async () => {
  await using world = await openWorld()
  const client = await world.login()
  await client.ok('CREATE Work/Reports')
  const cases: [command: string, lines: string[]][] = [
    ['LIST "" ""', ['LIST (\\Noselect) "/" ""']],
    ['LIST Work ""', ['LIST (\\Noselect) "/" ""']],
    ['LIST "" inbox', ['LIST (\\HasNoChildren) "/" "INBOX"']],
    ['LIST "" W%', ['LIST (\\HasChildren) "/" "Work"']],
    ['LIST Work/ %', ['LIST (\\HasNoChildren) "/" "Work/Reports"']],
    ['LIST "" nothing', []],
    ['LIST (SPECIAL-USE) "" S*', ['LIST (\\HasNoChildren \\Sent) "/" "Sent"']],
    [
      'LIST "" (Work Sent) RETURN (SUBSCRIBED CHILDREN)',
      ['LIST (\\HasNoChildren \\Sent \\Subscribed) "/" "Sent"', 'LIST (\\HasChildren) "/" "Work"'],
    ],
    [
      'LIST "" Sent RETURN (STATUS (MESSAGES SIZE))',
      ['LIST (\\HasNoChildren \\Sent) "/" "Sent"', 'STATUS "Sent" (MESSAGES 0 SIZE 0)'],
    ],
  ]
  for (const [command, lines] of cases) {
    assert.deepEqual((await client.untagged(command)).sort(), [...lines].sort(), command)
  }
})

test('RFC 9051 §6.3.9: subscriptions of what does not exist', async () => {
  await using world = await openWorld()
  const client = await world.login()
  await client.ok('SUBSCRIBE gone/x')
  assert.deepEqual(await client.untagged('LIST (SUBSCRIBED) "" gone*'), [
    'LIST (\\HasNoChildren \\NonExistent \\Subscribed) "/" "gone/x"',
  ])
  assert.deepEqual(await client.untagged('LIST "" gone*'), [])
})

test('RFC 5258 §3.5: RECURSIVEMATCH tells of what is below', async () => {
  await using world = await openWorld()
  const client = await world.login()
  await client.ok('CREATE a/b')
  await client.ok('SUBSCRIBE a/b')
  assert.deepEqual(await client.untagged('LIST (SUBSCRIBED RECURSIVEMATCH) "" a%'), [
    'LIST (\\HasChildren) "/" "a" ("CHILDINFO" ("SUBSCRIBED"))',
  ])
  assert.deepEqual(await client.untagged('LIST (SUBSCRIBED RECURSIVEMATCH) "" a*'), [
    'LIST (\\HasNoChildren \\Subscribed) "/" "a/b"',
  ])
})

test('RFC 3501 §6.3.9: LSUB with % shows the level where it stops', async () => {
  await using world = await openWorld()
  const client = await world.login()
  await client.ok('SUBSCRIBE x/y/z')
  assert.deepEqual(await client.untagged('LSUB "" x%'), ['LSUB (\\Noselect) "/" "x"'])
  assert.deepEqual(await client.untagged('LSUB "" x*'), ['LSUB () "/" "x/y/z"'])
  assert.deepEqual(await client.untagged('LSUB x/ %/z'), ['LSUB () "/" "x/y/z"'])
})

test('D14: patterns of nothing but wildcards', async () => {
  await using world = await openWorld()
  const client = await world.login()
  assert.equal((await client.untagged(`LIST "" ${'%*'.repeat(500)}`)).length, 6)
  assert.equal((await client.untagged(`LIST "" ${'*a%'.repeat(300)}`)).length, 0)
})
