import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { type Reason, Refusal, SyntaxFault } from '../base/faults.ts'
import { completionFor } from './reply.ts'

/** The reasons as they stand in the source: a type cannot be listed at run time. */
function reasons(): Reason[] {
  const source = readFileSync(new URL('../base/faults.ts', import.meta.url), 'utf8')
  const union = source.slice(
    source.indexOf('export type Reason'),
    source.indexOf('/**', source.indexOf('export type Reason')),
  )
  return [...union.matchAll(/\| '(\w+)'/g)].map(([, reason]) => reason as Reason)
}

test('every reason has a word and a code', () => {
  assert.ok(reasons().length > 20)
  for (const reason of reasons()) {
    const { status, code, text } = completionFor(new Refusal(reason))
    assert.equal(status, 'NO', reason)
    assert.match(code ?? '', /^[A-Z]+$/, reason)
    assert.match(text, /^[A-Z][\x20-\x7e]+$/, reason)
  }
})

test('a detail is one line, whatever is in it', () => {
  const { text } = completionFor(new Refusal('invalid', '[OK] x\r\n* BYE ü'))
  assert.equal(text, '(OK] x?* BYE ?')
})

test('a fault of syntax is BAD, one of ours is a NO that tells nothing', () => {
  assert.equal(completionFor(new SyntaxFault('a tag', 3)).text, 'Expected a tag at octet 3')
  assert.equal(completionFor(new SyntaxFault('a tag', 3)).status, 'BAD')
  const bug = new Error('SQLITE_IOERR: /var/lib')
  assert.deepEqual(completionFor(bug), {
    status: 'NO',
    code: 'SERVERBUG',
    text: 'Internal error; it is in the log of the server',
  })
})
