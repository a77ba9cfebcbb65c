import assert from 'node:assert/strict'
import { test } from 'node:test'

import { connect } from './connection.ts'
import { messageTo, OPTIONS, targetOf } from './testing/attempts.ts'
import { startFakeMx } from './testing/fake-mx.ts'

test('a message for two recipients goes in one pipelined group, and the connection is used again', async () => {
  await using mx = await startFakeMx()
  const connection = await connect(targetOf(mx), OPTIONS)
  assert.ok('send' in connection)
  for (const _ of [1, 2]) {
    const results = await connection.send(messageTo(['bob@example.net', 'carol@example.net']))
    assert.deepEqual(
      results.map(({ kind }) => kind),
      ['delivered', 'delivered'],
    )
    assert.deepEqual(results[0], {
      kind: 'delivered',
      reply: '250 2.0.0 Ok: queued as FAKE',
      relaysNotices: true,
    })
  }
  assert.equal(connection.messagesSent, 2)
  assert.ok(connection.usable)
  await connection.close()
  assert.equal(mx.sessions.length, 1)
  assert.deepEqual(mx.messages[0], {
    from: 'jane@example.com',
    to: ['bob@example.net', 'carol@example.net'],
    content: 'Subject: hello\r\n\r\n.dots\r\n.\r\nend\r\n',
    bareLineEnds: false,
  })
  assert.equal(mx.sessions[0]?.lines[0], 'EHLO client.example')
  assert.equal(mx.sessions[0]?.lines.at(-1), 'QUIT')
})

test('nobody listens', async () => {
  const mx = await startFakeMx()
  await mx.close()
  const failed = await connect(targetOf(mx), OPTIONS)
  assert.ok('failure' in failed)
  assert.deepEqual(failed.failure, {
    kind: 'deferred',
    phase: 'connect',
    text: 'Connection refused',
    reply: null,
    status: '4.4.1',
    scope: 'host',
  })
})

test('while a message is converted the server cannot have it, whatever it took before', async () => {
  await using mx = await startFakeMx({ offers: ['PIPELINING'] })
  const connection = await connect(targetOf(mx), OPTIONS)
  assert.ok('send' in connection)
  await connection.send(messageTo(['bob@example.net']))
  assert.ok(connection.mayHaveTaken)
  const octets = Buffer.from('Subject: hello\r\n\r\n\xe9\r\n', 'latin1')
  const seen: boolean[] = []
  const sending = connection.send({
    ...messageTo(['bob@example.net']),
    eightBit: true,
    content() {
      seen.push(connection.mayHaveTaken)
      return [octets]
    },
  })
  assert.deepEqual(
    (await sending).map(({ kind }) => kind),
    ['delivered'],
  )
  assert.deepEqual([...new Set(seen)], [false])
  await connection.close()
})
