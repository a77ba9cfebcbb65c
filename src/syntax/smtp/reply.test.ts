import assert from 'node:assert/strict'
import { test } from 'node:test'

import { formatReply, reply } from './reply.ts'

test('replies on the wire', () => {
  assert.equal(formatReply(reply(250, '2.1.0', 'Sender ok')), '250 2.1.0 Sender ok\r\n')
  assert.equal(formatReply(reply(354, null, 'Go on')), '354 Go on\r\n')
  const lines = { code: 250, status: null, text: ['here.example', 'SIZE 5', 'PIPELINING'] }
  assert.equal(formatReply(lines), '250-here.example\r\n250-SIZE 5\r\n250 PIPELINING\r\n')
  const refused = { code: 550, status: '5.7.1', text: ['Not here', 'Ask postmaster'] }
  assert.equal(formatReply(refused), '550-5.7.1 Not here\r\n550 5.7.1 Ask postmaster\r\n')
})

test('no text ends the line early or goes beyond ASCII', () => {
  assert.equal(
    formatReply(reply(550, '5.1.1', 'a\r\n250 ok\0 é 😀')),
    '550 5.1.1 a??250 ok? ? ?\r\n',
  )
  assert.ok(formatReply(reply(550, '5.1.1', 'x'.repeat(5000))).length <= 512)
})
