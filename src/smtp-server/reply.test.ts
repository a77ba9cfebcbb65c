import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { type Reason, Refusal, SyntaxFault } from '../base/faults.ts'
import { REPLY, replyFor } from './reply.ts'

/** Every reason, read from the source: a type leaves nothing to look at. */
function reasons(): Reason[] {
  const source = readFileSync(new URL('../base/faults.ts', import.meta.url), 'utf8')
  const union = /type Reason =([^/]*)/.exec(source)?.[1] ?? ''
  return [...union.matchAll(/'(\w+)'/g)].map(([, name]) => name as Reason)
}

test('every reason has a reply whose class and enhanced status agree', () => {
  assert.ok(reasons().length > 20)
  for (const reason of reasons()) {
    const { code, status } = replyFor(new Refusal(reason))
    assert.ok(code >= 400 && code < 600, reason)
    assert.equal(status?.charAt(0), String(code).charAt(0), reason)
  }
})

test('RFC 2034 §4: every reply with a class of its own has an enhanced status', () => {
  for (const [name, { code, status }] of Object.entries(REPLY)) {
    if (code === 354) continue
    assert.match(status ?? '', /^[245]\.\d\.\d{1,2}$/, name)
    assert.equal(status?.charAt(0), String(code).charAt(0), name)
  }
})

test('a refusal says its detail; a bug says nothing of itself', () => {
  const refusal = replyFor(new Refusal('policy', 'she has moved to there.example'))
  assert.deepEqual(refusal, { code: 550, status: '5.7.1', text: 'she has moved to there.example' })
  assert.match(String(replyFor(new SyntaxFault('"<"', 10)).text), /expected "<" at octet 10/)
  const bug = replyFor(new Error('SQLITE_IOERR at /var/lib/waybill/mail.db'))
  assert.doesNotMatch(String(bug.text), /SQLITE|var/)
})
