import assert from 'node:assert/strict'
import { test } from 'node:test'

import { takeBcc } from './bcc.ts'

test('RFC 5322 §3.6.3: every field that hides recipients is taken out, however it is written', () => {
  const bcc = ['BCC : a@b,\r\n\tc@d\r\n', 'bcc:\r\n', 'Resent-Bcc: e@f\r\n']
  const [first, second, third] = bcc
  assert.deepEqual(takeBcc(`From: x@y\r\n${first}To: z@y\r\n${second}${third}\r\n`), {
    header: 'From: x@y\r\nTo: z@y\r\n\r\n',
    bcc: bcc.join(''),
  })
  assert.deepEqual(takeBcc('Bcc: a@b'), { header: '', bcc: 'Bcc: a@b\r\n' })
})

test('what is no such field stays', () => {
  for (const header of [
    'X-Bcc: a@b\r\n',
    'Subject: x\r\n bcc: a@b\r\n',
    'A: b\r\n\r\nBcc: a@b\r\n',
    '',
  ])
    assert.deepEqual(takeBcc(header), { header, bcc: '' })
})
