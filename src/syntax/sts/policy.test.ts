import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { matchesStsPolicy, parseStsPolicy, stsPolicyId } from './policy.ts'

test('RFC 8461 §3.1: the id of the record', () => {
  const cases: [records: string[], id: string | null][] = [
    [['v=STSv1; id=20160831085700Z;'], '20160831085700Z'],
    [['v=STSv1;id=a'], 'a'],
    [['v=STSv1 ; x=y; id=a ; z=1'], 'a'],
    [['v=spf1 -all', 'v=STSv1; id=a;'], 'a'],
    [[], null],
    [['v=spf1 -all'], null],
    [['v=STSv1; id=a;', 'v=STSv1; id=b;'], null],
    [['v=STSv1; id=;'], null],
    [['v=STSv1;'], null],
    [['v=STSv1; id=a-b;'], null],
    [[`v=STSv1; id=${'a'.repeat(33)};`], null],
    [['v=STSv12; id=a;'], null],
    [['v=STSv10; id=b;', 'v=STSv1; id=a;'], 'a'],
    [['id=a; v=STSv1'], null],
  ]
  for (const [records, id] of cases) assert.equal(stsPolicyId(records), id, records.join('|'))
})

test('RFC 8461 §3.2: policies, accepted', () => {
  const text =
    'version: STSv1\r\nmode: enforce\r\nmx: Mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n'
  const policy = {
    mode: 'enforce',
    maxAgeSeconds: 604_800,
    mx: ['mail.example.com', '*.example.net'],
  }
  assert.deepEqual(parseStsPolicy(text), policy)
  assert.deepEqual(parseStsPolicy(text.replaceAll('\r\n', '\n').trimEnd()), policy)
  assert.deepEqual(parseStsPolicy(`${text}mode: none\r\nx-more: colons: here\r\n\r\n`), policy)
  assert.deepEqual(parseStsPolicy('max_age:99999999999\nversion:STSv1\nmode:none'), null)
  assert.deepEqual(parseStsPolicy('max_age:9999999999\nversion:STSv1\nmode:none'), {
    mode: 'none',
    maxAgeSeconds: 31_557_600,
    mx: [],
  })
})

test('policies, rejected', () => {
  const cases = [
    '',
    '<html><body>Not found</body></html>',
    'mode: enforce\nmx: a.example\nmax_age: 1',
    'version: STSv2\nmode: enforce\nmx: a.example\nmax_age: 1',
    'version: STSv1\nmode: Enforce\nmx: a.example\nmax_age: 1',
    'version: STSv1\nmode: enforce\nmax_age: 1',
    'version: STSv1\nmode: enforce\nmx: a.example',
    'version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1',
    'version: STSv1\nmode: enforce\nmx: a.*.example\nmax_age: 1',
    'version: STSv1\nmode: enforce\nmx: *\nmax_age: 1',
    'version: STSv1\nmode: enforce\nmx: a..example\nmax_age: 1',
    'version: STSv1\nmode: enforce\nmx:\nmax_age: 1',
    'version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 1\nnonsense',
  ]
  for (const text of cases) assert.equal(parseStsPolicy(text), null, text)
})

test('RFC 8461 §4.1: a wildcard stands for one label', () => {
  const policy = {
    mode: 'enforce',
    maxAgeSeconds: 1,
    mx: ['mx.example.com', '*.example.net'],
  } as const
  const cases: [name: string, matches: boolean][] = [
    ['mx.example.com', true],
    ['a.mx.example.com', false],
    ['example.com', false],
    ['a.example.net', true],
    ['a.b.example.net', false],
    ['example.net', false],
    ['.example.net', false],
    ['', false],
  ]
  for (const [name, matches] of cases) assert.equal(matchesStsPolicy(policy, name), matches, name)
})

test('anything read is a policy or none', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('version: STSv1', 'mode: enforce', 'mx: *.a', 'max_age: 5', ':', '\r'),
  )
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.string()), (lines, records) => {
      const policy = parseStsPolicy(lines.join('\n'))
      assert.ok(policy === null || policy.mode === 'none' || policy.mx.length > 0)
      stsPolicyId([...records, ...lines])
    }),
  )
})
