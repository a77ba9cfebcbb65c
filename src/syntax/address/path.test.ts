import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Cursor } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { latin1OfUtf8 } from '../../base/octets.ts'
import { formatAddress } from './address.ts'
import { expectForwardPath, expectReversePath } from './path.ts'

function forward(text: string): string {
  const cursor = new Cursor(latin1OfUtf8(text))
  const path = expectForwardPath(cursor)
  cursor.expectEnd()
  return path === 'postmaster' ? path : formatAddress(path.address)
}

test('forward-paths, accepted', () => {
  const cases: [text: string, address: string][] = [
    ['<jane@here.example>', 'jane@here.example'],
    ['<Postmaster>', 'postmaster'],
    ['<postmaster@here.example>', 'postmaster@here.example'],
    ['<@a.example,@b.example:jane@here.example>', 'jane@here.example'],
    ['<@[192.0.2.1]:jane@here.example>', 'jane@here.example'],
    ['<"u%ext.test"@ours.test>', 'u%ext.test@ours.test'],
    ['<用户@例子.example>', '用户@xn--fsqu00a.example'],
    ['<"a>b"@here.example>', '"a>b"@here.example'],
  ]
  for (const [text, address] of cases) assert.equal(forward(text), address, text)
})

test('forward-paths, rejected', () => {
  const cases: [text: string, expected: string][] = [
    ['', '"<"'],
    ['<>', 'localpart'],
    ['jane@here.example', '"<"'],
    ['<jane@here.example', '">"'],
    ['<jane@here.example\r>', '">"'], // a bare CR is how SMTP smuggling starts
    ['<jane@here.example\0ext.test>', '">"'],
    ['<a\0b@here.example>', '"@"'],
    ['<jane@here.example>>', 'end of line'],
    ['<<jane@here.example>>', 'localpart'],
    ['<u@ext.test@ours.test>', '">"'],
    ['<ext.test!u>', '"@"'],
    ['<@ours.test>', '":"'],
    ['<@ours.test,u@ext.test>', '"@"'],
    ['<"">@ours.test', 'localpart'],
    ['<jane @here.example>', '"@"'],
    ['< jane@here.example>', 'localpart'],
  ]
  for (const [text, expected] of cases) {
    assert.throws(
      () => forward(text),
      (error) => error instanceof SyntaxFault && error.expected === expected,
      JSON.stringify(text),
    )
  }
})

test('octets that are not UTF-8 are no address', () => {
  for (const text of ['<j\xff@here.example>', '<jane@h\xc3.example>']) {
    assert.throws(() => expectForwardPath(new Cursor(text)), SyntaxFault)
  }
})

test('the reverse-path may be empty; the text is as the client wrote it', () => {
  assert.equal(expectReversePath(new Cursor('<>')), null)
  const path = expectReversePath(new Cursor(latin1OfUtf8('<@a.example:José@BÜCHER.example>')))
  assert.deepEqual(path, {
    address: { localpart: 'José', domain: 'xn--bcher-kva.example' },
    text: 'José@BÜCHER.example',
    international: true,
  })
})

test('C03: time grows linearly on deep nests of quotes and brackets', () => {
  for (const hostile of [
    '<"'.padEnd(100_000, '\\"'),
    '<'.repeat(100_000),
    `<${'@a,'.repeat(50_000)}`,
  ]) {
    assert.throws(() => expectForwardPath(new Cursor(hostile)), SyntaxFault)
  }
})
