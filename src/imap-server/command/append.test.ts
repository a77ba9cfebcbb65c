import assert from 'node:assert/strict'
import { test } from 'node:test'

import { openWorld } from '../testing/world.ts'

const MESSAGE = 'Subject: hi\r\n\r\nbody\r\n'

test('a message is stored as it came, with flags and date', async () => {
  await using world = await openWorld()
  const client = await world.select()
  const octets = `${MESSAGE}\x00\x80\xff lone \n and \r`
  const head = 'APPEND INBOX (\\Flagged work) " 7-Feb-1994 21:52:25 -0800"'
  const answer = await client.ok(`${head} {${octets.length}+}\r\n${octets}`)
  assert.match(answer, /^\* 1 EXISTS\n[\s\S]*OK \[APPENDUID 1700000001 1\] Appended$/)
  const fetched = await client.ok('FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])')
  assert.match(fetched, /FLAGS \(\\Flagged work\) INTERNALDATE " 8-Feb-1994 05:52:25 \+0000"/)
  assert.ok(client.stream.output.includes(`BODY[] {${octets.length}}\r\n${octets})\r\n`))
})

test('RFC 7888 §4: the message is asked for, when it waits to be', async () => {
  await using world = await openWorld()
  const client = await world.login()
  client.take()
  client.send(`a APPEND Sent {${MESSAGE.length}}\r\n`)
  assert.equal(await client.expect('+ '), '+ OK\n')
  for (const octet of MESSAGE) client.send(octet)
  client.send('\r\n')
  assert.match(await client.answer('a'), /^OK \[APPENDUID /)
})

test('RFC 3516 §4.4: a message with NUL as literal8', async () => {
  await using world = await openWorld()
  const client = await world.login()
  await client.ok('APPEND INBOX ~{6+}\r\n\r\n\0\0\0\0')
})

test('no such mailbox is [TRYCREATE], before and instead of the message', async () => {
  await using world = await openWorld()
  const client = await world.login()
  assert.equal(await client.no('APPEND x {5}'), 'NO [TRYCREATE] No such mailbox; create it first')
  assert.equal(
    await client.no('APPEND x {5+}\r\na NOO'),
    'NO [TRYCREATE] No such mailbox; create it first',
  )
  await client.ok('NOOP')
})

test('D12: over the limit: refused unseen, read and dropped, or BYE', async () => {
  await using world = await openWorld({ maxMessageOctets: 100 })
  const client = await world.login()
  assert.match(await client.no('APPEND INBOX {101}'), /^NO \[TOOBIG\] A message has at most 100/)
  assert.match(await client.no(`APPEND INBOX {101+}\r\n${'x'.repeat(101)}`), /\[TOOBIG\]/)
  await client.ok('NOOP')
  client.send('a APPEND INBOX {201+}\r\nb NOOP\r\n')
  assert.match(await client.ended(), /^\* BYE \[TOOBIG\]/m)
})

test('over quota', async () => {
  await using world = await openWorld()
  await world.setQuota(10)
  const client = await world.login()
  assert.match(await client.no(`APPEND INBOX {20+}\r\n${'x'.repeat(20)}`), /^NO \[OVERQUOTA\]/)
  assert.match(await client.ok('STATUS INBOX (MESSAGES)'), /MESSAGES 0/)
})

test('a peer that leaves amid its message has appended nothing', async () => {
  await using world = await openWorld()
  const client = await world.login()
  client.send('a APPEND INBOX {1000+}\r\nabc')
  await new Promise((resolve) => setImmediate(resolve))
  client.stream.hangUp()
  const other = await world.login()
  assert.match(await other.ok('STATUS INBOX (MESSAGES)'), /MESSAGES 0/)
  assert.deepEqual(world.faults, [])
})

test('APPEND, rejected; what comes with it is not taken for a command', async () => {
  await using world = await openWorld()
  const client = await world.login()
  await client.bad('APPEND')
  await client.bad('APPEND INBOX')
  await client.bad('APPEND INBOX (\\Foo) {5}')
  await client.bad('APPEND INBOX (\\Foo) {10+}\r\nz LOGOUT\r\n')
  await client.bad('APPEND INBOX "x" {5}')
  await client.no('APPEND INBOX {0}')
  await client.bad(`APPEND INBOX {${MESSAGE.length}+}\r\n${MESSAGE} {5}`)
  assert.match(await client.ok('STATUS INBOX (MESSAGES)'), /MESSAGES 0/)
  client.send(`a APPEND INBOX {2+}\r\n\r\n {12+}\r\nz CREATE x\r\n\r\n`)
  assert.doesNotMatch(await client.ended(), /^z /m)
})
