import assert from 'node:assert/strict'
import { test } from 'node:test'

import { withBothCases } from './both-cases.ts'

const SOURCES: readonly string[] = [
  'abc',
  'User\\d+@dom[0-9a-f]+',
  '\\bBob\\b|\\.Net',
  '[^a-z]x',
  '[^]',
  '[\\]a]b',
  '[0-f]',
  '[A-z]',
  '[-a]',
  '[a-]',
  '(?<name>Ab)+(?:cD){2,3}?',
  '(?i:a)b',
  '^From: .*$',
  '(?=a)A',
  '(?<!x)y',
  '[\\w.-]+@',
]
const TEXTS =
  'abc ABC aBc user12@DOMff bob .NET 9x Zx ]b Ab - _ ^ ` @ ABCdcD abcdcdcd From: x FROM: X xy Y .-@ \\'
    .split(' ')
    .flatMap((text) => [text, text.toLowerCase(), text.toUpperCase()])

for (const source of SOURCES)
  test(`matches what the flag i does: ${source}`, () => {
    const expanded = withBothCases(source)
    assert.ok(expanded !== null)
    for (const text of TEXTS)
      assert.deepEqual(
        [...text.matchAll(new RegExp(expanded, 'gm'))].map(({ 0: found, index }) => [found, index]),
        [...text.matchAll(new RegExp(source, 'gim'))].map(({ 0: found, index }) => [found, index]),
        text,
      )
  })

test('what only the flag can do is left to it', () => {
  for (const source of ['ä', '\\u0041', '\\x41', '(a)\\1', '\\p{L}', '\\k<n>'])
    assert.equal(withBothCases(source), null)
})
