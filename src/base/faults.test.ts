import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isTrouble, Refusal, SyntaxFault, systemCodeOf } from './faults.ts'

test('the operator hears of our bugs and of a disk that fails, and of nothing else', () => {
  assert.ok(isTrouble(new Error('SQLITE_IOERR')) && isTrouble(new Refusal('storageFailed')))
  assert.ok(!isTrouble(new Refusal('policy')) && !isTrouble(new SyntaxFault('x', 0)))
})

test('only system errors have a code', () => {
  assert.equal(systemCodeOf(Object.assign(new Error('x'), { code: 'ENOENT' })), 'ENOENT')
  const others: readonly unknown[] = [
    new Error('x'),
    Object.assign(new Error('x'), { code: 5 }),
    'x',
  ]
  for (const other of others) assert.equal(systemCodeOf(other), undefined)
})
