import assert from 'node:assert/strict'
import { test } from 'node:test'

import { printable } from '../journal/exim/escape.ts'
import { escaped } from './log-stats/escape.ts'
import { jsonText } from './json.ts'

/** First and last of each kind: C0, DEL and C1, marks, what takes no room, lines, direction. */
const HARMFUL =
  '\x00\x1b\x7f\x9b\x9f\u061c\u200b\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\u206f\ufeff'
const HARMLESS = 'é日🙂\u00a0\u200a\u2010\u2027\u202f\u205f\u2070'

test('JSON escapes what a terminal obeys or hides, in names too, and reads back as the same', () => {
  const value = { [HARMFUL]: [HARMFUL, HARMLESS], two: 2 }
  for (const indent of [undefined, 2]) {
    const text = jsonText(value, indent)
    for (const char of HARMFUL) assert.ok(!text.includes(char), `U+${char.charCodeAt(0)}`)
    assert.ok(text.includes(HARMLESS))
    assert.deepEqual(JSON.parse(text), value)
  }
  assert.equal(jsonText({ a: '\x9b\u202e' }), '{"a":"\\u009b\\u202e"}')
  assert.equal(jsonText({ a: 1 }, 2), '{\n  "a": 1\n}')
})

test('on a terminal and on a page the same is shown as octal escapes', () => {
  for (const show of [printable, escaped]) {
    const text = show(HARMFUL)
    assert.match(text, /^[\x20-\x7e]+$/)
    for (const char of HARMFUL) assert.ok(show(char).startsWith('\\'), `U+${char.charCodeAt(0)}`)
    assert.equal(show(HARMLESS), HARMLESS)
  }
  assert.equal(escaped('<a\u202e&"\'>'), '&lt;a\\342\\200\\256&amp;&quot;&#39;&gt;')
})
