import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { Cursor } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { expectList, matchesPattern } from './list.ts'

const parse = (text: string) => expectList(new Cursor(text), 'utf7')

test('LIST in all its forms', () => {
  const plain = parse(' "" inbox/%')
  assert.deepEqual(plain.patterns, ['INBOX/%'])
  assert.equal(plain.separatorOnly, false)
  assert.equal(parse(' x ""').separatorOnly, true)

  const extended = parse(
    ' (SUBSCRIBED RECURSIVEMATCH) "" ("%" a/*) RETURN (CHILDREN STATUS (MESSAGES SIZE))',
  )
  assert.deepEqual([...extended.select], ['SUBSCRIBED', 'RECURSIVEMATCH'])
  assert.deepEqual(extended.patterns, ['%', 'a/*'])
  assert.deepEqual([...extended.returns], ['CHILDREN'])
  assert.deepEqual(extended.status, ['MESSAGES', 'SIZE'])
  assert.equal(parse(' () "" ""').separatorOnly, false)
  assert.equal(parse(' "" "" RETURN ()').separatorOnly, false)
  assert.deepEqual(parse(' in box').patterns, ['INBOX'])
})

test('LIST, rejected', () => {
  const texts = [
    '',
    ' ""',
    ' "" (',
    ' "" ()',
    ' (FOO) "" *',
    ' (RECURSIVEMATCH) "" *',
    ' (RECURSIVEMATCH REMOTE) "" *',
    ' "" * RETURN (FOO)',
    ' "" * RETURN (STATUS (FOO))',
    ' "" * x',
    ` "" (${Array(101).fill('a').join(' ')})`,
  ]
  for (const text of texts) assert.throws(() => parse(text), SyntaxFault, text)
})

test('patterns', () => {
  const cases: [pattern: string, name: string, matches: boolean][] = [
    ['*', 'a/b', true],
    ['%', 'a/b', false],
    ['%', 'a', true],
    ['%/%', 'a/b', true],
    ['a*', 'a', true],
    ['a%c', 'abbc', true],
    ['a%c', 'ab/c', false],
    ['a*c', 'ab/c', true],
    ['', '', true],
    ['', 'a', false],
    ['a.c', 'abc', false],
    ['%%', 'a/b', false],
    ['%*%', 'a/b', true],
  ]
  for (const [pattern, name, matches] of cases) {
    assert.equal(matchesPattern(pattern, name), matches, `${pattern} ${name}`)
  }
})

test('patterns match as a regular expression does', () => {
  const unit = fc.constantFrom('a', 'b', '/', '*', '%')
  fc.assert(
    fc.property(
      fc.string({ unit, maxLength: 6 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 6 }),
      (pattern, name) => {
        const source = pattern.replaceAll('*', '.*').replaceAll('%', '[^/]*')
        assert.equal(matchesPattern(pattern, name), new RegExp(`^${source}$`).test(name))
      },
    ),
    { numRuns: 2000 },
  )
})

test('D14: a pattern of many wildcards takes time in proportion', () => {
  // A matcher that backtracks would not come back within the life of this machine.
  assert.equal(matchesPattern(`${'%a*'.repeat(300)}x`, 'a'.repeat(1000)), false)
})
