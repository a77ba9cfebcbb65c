import assert from 'node:assert/strict'
import { test } from 'node:test'

import { explainError } from './explain.ts'
import { factsOf } from './facts.ts'
import { isPutOff } from './put-off.ts'
import { RULES } from './table.ts'
import type { Category, ErrorFacts } from './types.ts'

/** Words that say that it is so for good. */
const FINAL =
  /\bthere is no such|\bdoes not exist there\b|\bno longer exists\b|\bnobody has this address/i

const ABOUT_RECIPIENT: ReadonlySet<Category> = new Set([
  ...(['mailboxUnknown', 'mailboxMoved', 'mailboxDisabled', 'domainUnknown'] as const),
])

/** An example as it would be with a temporary code, and as a deferral. */
function* temporaryForms(): Generator<ErrorFacts> {
  for (const { examples } of RULES)
    for (const example of examples) {
      const [text, known] = typeof example === 'string' ? [example, {}] : example
      for (const direction of ['outbound', 'inbound', 'local', null] as const) {
        yield { ...factsOf(text, known), direction, temporary: true }
        yield { ...factsOf(text, known), direction, code: 450 }
        yield factsOf(`450 ${text.replace(/^5\d\d[ -](?:5\.\d+\.\d+)?/, '')}`, {
          code: 450,
          direction,
        })
      }
    }
}

test('a temporary answer, or a deferral, is never said to be in vain or for good', () => {
  const wrong: string[] = []
  let count = 0
  for (const facts of temporaryForms()) {
    count++
    const { id, category, retry, title, meaning } = explainError(facts).reason
    const isFinal = ABOUT_RECIPIENT.has(category) && FINAL.test(`${title}. ${meaning}`)
    if (retry === 'never' || isFinal) wrong.push(`${id}: ${facts.text}`)
  }
  assert.ok(count > 5000)
  assert.deepEqual([...new Set(wrong)], [])
})

test('RFC 5321 §4.2.1: every reply code of the 400s may pass', () => {
  for (let code = 400; code < 500; code++)
    assert.notEqual(explainError(factsOf('xyzzy', { code })).reason.retry, 'never', String(code))
})

test('what is put off: by the log, else by the code, else by the status', () => {
  const of = (text: string, known: Partial<ErrorFacts> = {}) => isPutOff(factsOf(text, known))
  assert.equal(of('450 4.1.1 user unknown'), true)
  assert.equal(of('4.1.1 user unknown'), true)
  assert.equal(of('550 5.1.1 user unknown'), false)
  assert.equal(of('550 5.1.1 user unknown', { temporary: true }), true)
  assert.equal(of('user unknown'), false)
})

test('an unknown user stays one, with words that fit the answer', () => {
  const hard = explainError(factsOf('550 5.1.1 <a@example.org>: user unknown')).reason
  const soft = explainError(factsOf('450 4.1.1 <a@example.org>: user unknown')).reason
  assert.equal(hard.retry, 'never')
  assert.deepEqual([soft.id, soft.category, soft.retry], [hard.id, hard.category, 'afterFix'])
  assert.notEqual(soft.title, hard.title)
})
