import assert from 'node:assert/strict'
import { test } from 'node:test'

import { normalText } from './normal.ts'
import { isInText, PatternSet, patternOf } from './pattern.ts'

test('a text is compared in lower case, on one line, without the codes of further lines', () => {
  const cases: readonly (readonly [text: string, normal: string])[] = [
    ['User  Unknown\r\n here', ' user unknown here '],
    ['550-5.7.26 This mail\n550-5.7.26 is\n550 5.7.26 blocked', ' this mail is blocked '],
    ['550-one\\n550 two', ' one two '],
    ['he doesn’t', " he doesn't "],
    ['<spam@virus.example>: quota', ' <@>: quota '],
    ['a@b c@d', ' @ @ '],
    ['@@', ' @ '],
  ]
  for (const [text, normal] of cases) assert.equal(normalText(text), normal)
})

test('a pattern is found by its parts in their order, near each other, at the edges of words', () => {
  const cases: readonly (readonly [pattern: string, text: string, isIn: boolean])[] = [
    ['user unknown', '550 user unknown', true],
    ['user*unknown', 'user is unknown', true],
    ['user*unknown', 'unknown user', false],
    ['user*unknown', `user ${'x'.repeat(95)} unknown`, true],
    ['user*unknown', `user ${'x'.repeat(200)} unknown`, false],
    ['user*unknown', `user ${'x'.repeat(200)} user unknown`, true],
    ['|ip|*blocked', 'your ip is blocked', true],
    ['|ip|*blocked', 'the recipient is blocked', false],
    ['a user|', 'a user', true],
    ['a user|', 'a username', false],
  ]
  for (const [pattern, text, isIn] of cases)
    assert.equal(isInText(text, patternOf(pattern)), isIn, `${pattern} in ${text}`)
})

test('a set finds every pattern that stands in the text, and each once', () => {
  const sources = [
    'user unknown',
    'unknown user',
    'user*full',
    'mailbox*full',
    '|ptr|',
    'over quota',
  ]
  const set = new PatternSet(sources.map((source, value) => ({ source, value })))
  const search = (text: string, wanted = (_: number): boolean => true) => {
    const found: string[] = []
    set.search(text, wanted, (_, source) => found.push(source))
    return found.sort()
  }
  assert.deepEqual(search('user unknown user'), ['unknown user', 'user unknown'])
  assert.deepEqual(search('over quota over quota'), ['over quota'])
  assert.deepEqual(search('the mailbox of the user is full'), ['mailbox*full', 'user*full'])
  assert.deepEqual(search('no ptr, exptr'), ['|ptr|'])
  assert.deepEqual(search('exptr'), [])
  assert.deepEqual(search(''), [])
  assert.deepEqual(
    search('user unknown over quota', (value) => value === 5),
    ['over quota'],
  )
})

test('a pattern without three characters in a row is refused, for it would be tried on every text', () => {
  assert.throws(() => new PatternSet([{ source: 'ab*cd', value: 0 }]), /too short/)
})
