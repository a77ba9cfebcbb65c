import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseMessageIds } from './message-id.ts'

const cases: [text: string, ...ids: string[]][] = [
  ['<a@x>', 'a@x'],
  ['<a@x> <b@x>\r\n\t<c@x>', 'a@x', 'b@x', 'c@x'],
  ['<a@x><b@x>,<c@x>', 'a@x', 'b@x', 'c@x'],
  ['(c) <a@x> (<no@x>)', 'a@x'],
  ['Your message of Monday <a@x> "about" <b@x>', 'a@x', 'b@x'],
  ['<"a>b"@x>', '"a>b"@x'],
  ['<a\r\n b@x>', 'ab@x'],
  ['<a@[192.0.2.1]>', 'a@[192.0.2.1]'],
  ['<a@x <b@x>', 'a@x', 'b@x'],
  ['<a@x', 'a@x'],
  ['a@x', 'a@x'],
  ['not an id'],
  ['<>'],
  [''],
]
for (const [text, ...ids] of cases) {
  test(`message ids: ${JSON.stringify(text)}`, () =>
    assert.deepEqual(parseMessageIds(text, 10), ids))
}

test('no more identifiers than asked for', () => {
  assert.equal(parseMessageIds('<a@x> '.repeat(100), 7).length, 7)
})
