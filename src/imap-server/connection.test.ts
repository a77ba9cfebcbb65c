import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CREDENTIALS, openWorld } from './testing/world.ts'

test('the greeting, and LOGOUT', async () => {
  await using world = await openWorld()
  const client = await world.login()
  assert.equal(await client.ok('LOGOUT'), '* BYE See you\nOK Logged out')
  await client.ended()
  assert.deepEqual(
    world.events.map((event) => [event.type, 'reason' in event ? event.reason : undefined]),
    [
      ['loggedIn', null],
      ['loggedOut', 'logged out'],
    ],
  )
})

test('what is no command is BAD; too much of it ends the connection', async () => {
  await using world = await openWorld()
  const stranger = world.connect()
  await stranger.bad('FOO')
  await stranger.bad('UID NOOP')
  stranger.send('+ x\r\n')
  assert.match(
    await stranger.ended(),
    /^\* BAD A command begins with a tag[\s\S]*\* BYE Too many bad/,
  )
  const user = await world.login()
  for (let count = 1; count < 20; count++) await user.bad('FOO')
  await user.ok('NOOP')
  for (let count = 1; count < 20; count++) await user.bad('FOO')
  user.send('a FOO\r\n')
  assert.match(await user.ended(), /^a BAD/m)
})

test('a command in the wrong state is BAD', async () => {
  await using world = await openWorld()
  const client = world.connect()
  assert.equal(await client.bad('SELECT INBOX'), 'BAD Log in first')
  await client.ok('LOGIN jane@here.example secret')
  assert.match(await client.bad('FETCH 1 FLAGS'), /^BAD Select a mailbox first/)
  await client.ok('SELECT INBOX')
  assert.match(await client.bad('ENABLE CONDSTORE'), /^BAD /)
})

test('ENABLE passes over what it does not know', async () => {
  await using world = await openWorld()
  const client = await world.login()
  assert.deepEqual(await client.untagged('ENABLE X-FOO'), ['ENABLED'])
  assert.deepEqual(await client.untagged('enable condstore imap4rev2 utf8'), [
    'ENABLED IMAP4rev2 CONDSTORE',
  ])
  await client.bad('ENABLE')
})

test('a peer that closes its side gets the answers it is owed', async () => {
  await using world = await openWorld()
  const client = world.connect()
  client.take()
  client.send('a LOGIN jane@here.example secret\r\nb SELECT INBOX\r\nc NOOP\r\n')
  client.stream.halfClose()
  assert.match(await client.ended(), /^a OK [\s\S]*^b OK [\s\S]*^c OK /m)
  const last = world.events.at(-1)
  assert.ok(last?.type === 'loggedOut' && last.reason === 'connection closed')
})

test('a server that stops says BYE, after the command in hand', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\n')
  const waiting = await world.login()
  waiting.stream.stop()
  assert.equal(await waiting.ended(), '* BYE The server is shutting down\n')
  const idling = await world.login()
  idling.send('a IDLE\r\n')
  await idling.expect('+ Idling')
  idling.stream.stop()
  assert.match(await idling.ended(), /^\* BYE The server is shutting down$/m)
  const busy = await world.select()
  busy.send('a FETCH 1 BODY[]\r\nb NOOP\r\n')
  busy.stream.stop()
  const answer = await busy.ended()
  assert.match(answer, /^a OK Fetched\n\* BYE The server is shutting down\n$/m)
})

test('a right that ends, ends its sessions: at once, or after the step in hand', async () => {
  await using world = await openWorld()
  for (let count = 1; count <= 3; count++) await world.add(`\n${'x\n'.repeat(5000)}`)
  const waiting = await world.login()
  const stranger = world.connect()
  world.revoke('enough')
  assert.equal(await waiting.ended(), '* BYE Login ended, as enough\n')
  await stranger.ok('NOOP')

  const busy = await world.select()
  busy.take()
  busy.stream.bufferedOctets = 1e9
  busy.send('a FETCH 1:* BODY[]\r\nb NOOP\r\n')
  await busy.expect('* 1 FETCH')
  world.revoke('enough')
  busy.stream.takeAll()
  const answer = await busy.ended()
  assert.match(
    answer,
    /^a NO \[AUTHENTICATIONFAILED\] Login ended, as enough\n\* BYE Login ended, as enough\n$/m,
  )
  assert.doesNotMatch(answer, /^\* 2 FETCH/m)

  const appending = await world.login()
  appending.send('a APPEND INBOX {100+}\r\nSubject: half')
  await new Promise((resolve) => setImmediate(resolve))
  world.revoke('enough')
  assert.match(await appending.ended(), /^\* BYE Login ended, as enough$/m)
  const last = await world.login()
  assert.match(await last.ok('STATUS INBOX (MESSAGES)'), /MESSAGES 3/)
  assert.deepEqual(world.faults, [])
})

test('a message that is being written when the right to the login ends is not stored', async () => {
  await using world = await openWorld()
  const client = await world.login()
  client.take()
  // More than is held while the disk is slow.
  client.send(`a APPEND INBOX {1000000+}\r\nSubject: half\r\n\r\n${'x'.repeat(900_000)}`)
  await new Promise((resolve) => setImmediate(resolve))
  world.revoke('enough')
  assert.match(await client.ended(), /^\* BYE Login ended, as enough$/m)
  const other = await world.login()
  assert.match(await other.ok('STATUS INBOX (MESSAGES)'), /MESSAGES 0/)
  assert.deepEqual(world.faults, [])
})

test('a login whose right has ended meanwhile is a wrong one, and takes no place', async () => {
  const logins = { from: () => CREDENTIALS, watchLogin: () => null }
  await using world = await openWorld({
    limits: { maxConnectionsPerUser: 1 },
    options: { logins },
  })
  const client = world.connect()
  client.take()
  client.send('a LOGIN jane@here.example secret\r\n')
  while (world.events.length === 0) await new Promise((resolve) => setImmediate(resolve))
  world.clock.advance(5000)
  assert.match(await client.answer('a'), /^NO \[AUTHENTICATIONFAILED\]/)
  assert.deepEqual(
    world.events.map(({ type }) => type),
    ['loginFailed'],
  )
  await client.bad('SELECT INBOX')
})

test('a stranger has a minute to log in', async () => {
  await using world = await openWorld()
  const client = world.connect()
  world.clock.advance(59_000)
  await client.ok('NOOP')
  world.clock.advance(2000)
  assert.match(await client.ended(), /^\* BYE Log in sooner/)
  const user = await world.login()
  world.clock.advance(3_600_000)
  await user.ok('NOOP')
})

test('four commands wait, then the peer does', async () => {
  await using world = await openWorld()
  const client = await world.login()
  client.send('a NOOP\r\nb NOOP\r\nc NOOP\r\n')
  assert.equal(client.stream.paused, false)
  client.send('d NOOP\r\ne NOOP\r\n')
  assert.equal(client.stream.paused, true)
  await client.answer('e')
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(client.stream.paused, false)
})

test('an account that sends too many commands is slowed down; fetching is not', async () => {
  await using world = await openWorld({ limits: { maxCommandsPerMinute: 2 } })
  await world.add('Subject: 1\n\n')
  const client = await world.select()
  await client.ok('NOOP')
  for (let count = 0; count < 5; count++) await client.ok('FETCH 1 UID')
  const late = client.command('NOOP')
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(client.take(), '')
  world.clock.advance(30_000)
  assert.equal(await late, 'OK Done')
  world.clock.advance(60_000)
  await client.ok('NOOP')
})

test('a session that is answering is not idle', async () => {
  await using world = await openWorld()
  await world.add('Subject: 1\n\n')
  const client = await world.select()
  client.take()
  client.stream.bufferedOctets = 2_000_000
  client.send('a FETCH 1 (UID)\r\n')
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  client.stream.expire()
  assert.equal(client.stream.closed, false)
  client.stream.takeAll()
  await client.answer('a')
  await new Promise((resolve) => setImmediate(resolve))
  client.stream.expire()
  assert.match(await client.ended(), /BYE Autologout/)
})

test('any chunks: a session octet by octet', async () => {
  await using world = await openWorld()
  const client = world.connect()
  client.take()
  const session =
    'a LOGIN {17}\r\njane@here.example secret\r\nb SELECT INBOX\r\n' +
    'c APPEND INBOX {5}\r\nab\r\n\r\r\nd FETCH 1 BODY[]\r\ne LOGOUT\r\n'
  for (const octet of session) {
    client.send(octet)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const answer = await client.ended()
  assert.match(answer, /^a OK [\s\S]*^b OK [\s\S]*^c OK [\s\S]*^d OK [\s\S]*^e OK /m)
  assert.match(answer, /BODY\[\] \{5\}/)
})

test('a fault of ours is reported, and tells the peer nothing', async () => {
  await using world = await openWorld()
  const client = await world.login()
  world.store.mailboxes = () => {
    throw new Error('SQLITE_IOERR: /var/lib/waybill/mail.db')
  }
  assert.equal(
    await client.no('LIST "" *'),
    'NO [SERVERBUG] Internal error; it is in the log of the server',
  )
  assert.match(String(world.faults[0]), /SQLITE_IOERR/)
  await client.ok('NOOP')
})
