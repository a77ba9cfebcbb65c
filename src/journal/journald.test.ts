import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readJsonLine } from './journald.ts'

const messageOf = (json: string) => readJsonLine(`{"MESSAGE":${json}}`)?.message

test('a value is a text, its octets, or the first of several of either', () => {
  assert.equal(messageOf('"hi"'), 'hi')
  assert.equal(messageOf('[104,195,164]'), 'h\u00e4')
  assert.equal(messageOf('["a","b"]'), 'a')
  assert.equal(messageOf('[[104,105],"b"]'), 'hi')
})

test('hostile values are no text, and throw nothing, however deep', () => {
  const deep = '['.repeat(900_000) + ']'.repeat(900_000)
  const unconvertible = '{"toString":1,"valueOf":1}'
  for (const json of [
    ...[deep, `[104,${deep}]`, `[[104,${deep}]]`, `[104,${unconvertible}]`, unconvertible],
    ...['null', 'true', '[]', '[[]]', '[null]', '[104,"x"]', '[[["x"]]]'],
  ])
    assert.equal(messageOf(json), '', json.slice(0, 40))
  for (const name of ['log', 'time', '_PID', '__REALTIME_TIMESTAMP', 'SYSLOG_IDENTIFIER']) {
    const line = readJsonLine(`{"MESSAGE":"x","${name}":${deep}}`)
    assert.equal(line?.message, 'x', name)
  }
  assert.equal(readJsonLine(`{"MESSAGE":${'['.repeat(900_000)}`), null)
})
