/** Items of the attack catalogue that concern a whole session. Each line is what a stranger sends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from './testing/world.ts'

const strangers: [name: string, octets: string, answer: RegExp][] = [
  ['a literal of 100 MB', 'a LOGIN {100000000+}\r\n', /^\* BYE \[TOOBIG\]/m],
  ['one that waits to be asked', 'a LOGIN {100000000}\r\n', /^a NO \[TOOBIG\]/m],
  ['ten thousand literals', `a LOGIN${' {1+}\r\nx'.repeat(10_000)}`, /^\* BYE /m],
  [
    'a million parentheses',
    `a ID ${'('.repeat(1_000_000)}`,
    /^\* BYE The command line is too long/m,
  ],
  ['parentheses that fit', `a ID ${'('.repeat(1000)}\r\n`, /^a BAD /m],
  ['a tag of a megabyte', 'a'.repeat(1_000_000), /^\* BYE The command line is too long/m],
  ['ID of 1e5 pairs', `a ID (${'"a" "b" '.repeat(100_000)})\r\n`, /^\* BYE The command line/m],
  ['APPEND before login', 'a APPEND INBOX {5000+}\r\n', /^\* BYE \[TOOBIG\]/m],
  ['AUTHENTICATE of a megabyte', `a AUTHENTICATE PLAIN ${'A'.repeat(1_000_000)}\r\n`, /^\* BYE /m],
  ['NUL', 'a LOGIN \0 \0\r\n', /^a BAD /m],
  ['bare CR', 'a NOOP\rb NOOP\r\n', /^a BAD /m],
]

for (const [name, octets, answer] of strangers) {
  test(`D07: ${name}`, async () => {
    await using world = await openWorld()
    const client = world.connect()
    client.take()
    for (let at = 0; at < octets.length && !client.stream.closed; at += 16_384) {
      client.send(octets.slice(at, at + 16_384))
      await new Promise((resolve) => setImmediate(resolve))
    }
    let seen = client.take()
    for (let turn = 0; turn < 1000 && !answer.test(seen); turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      seen += client.take()
    }
    assert.match(seen, answer)
    assert.deepEqual(world.faults, [])
  })
}

test('D07: invalid base64 and cancelling, again and again', async () => {
  await using world = await openWorld()
  const client = world.connect()
  client.send('a AUTHENTICATE PLAIN\r\n*\r\n'.repeat(1000))
  assert.match(await client.ended(), /\* BYE Too many bad commands/)
})

test('D08: thousands of pipelined FETCHes are answered in order', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\nabc\n')
  const client = await world.select()
  client.take()
  const commands = Array.from({ length: 3000 }, (_, index) => `f${index} FETCH 1 BODY.PEEK[]<0.1>`)
  client.send(`${commands.join('\r\n')}\r\n`)
  const answer = await client.answer('f2999')
  const tags = [...answer.matchAll(/^f(\d+) OK/gm)].map(([, tag]) => Number(tag))
  assert.deepEqual(tags, [...Array(2999).keys()])
})

test('D08: nothing more is read from a client with four unfinished commands', async () => {
  await using world = await openWorld()
  const client = await world.login()
  client.take()
  for (let number = 0; number < 5; number++) client.send(`a${number} NOOP\r\n`)
  assert.equal(client.stream.paused, true)
  assert.match(await client.answer('a4'), /a0 OK.*\na1 OK.*\na2 OK.*\na3 OK/)
  await client.ok('NOOP')
  assert.equal(client.stream.paused, false)
})
