import assert from 'node:assert/strict'
import { test } from 'node:test'

import { explainError } from './explain.ts'
import { factsOf } from './facts.ts'
import { RULES } from './table.ts'

/** Details of each subject in the IANA registry of statuses (RFC 3463 §3 and its successors). */
const REGISTRY: readonly number[] = [0, 10, 4, 6, 7, 6, 10, 30]

test('every status of the registry gets an explanation, temporary and final', () => {
  for (const kind of [4, 5])
    for (const [subject, last] of REGISTRY.entries())
      for (let detail = 0; detail <= last; detail++) {
        const status = `${kind}.${subject}.${detail}`
        const { reason } = explainError(factsOf(`${kind}50 ${status} xyzzy`))
        assert.notEqual(reason.id, 'unknown', status)
      }
})

test('every reply code of the 400s and 500s gets an explanation', () => {
  for (let code = 400; code < 600; code++) {
    const { reason } = explainError(factsOf('xyzzy', { code }))
    assert.notEqual(reason.id, 'unknown', String(code))
  }
})

test('a text that nothing knows is said to be unknown, with the class of its code', () => {
  const whole = explainError(factsOf('xyzzy'))
  assert.equal(whole.reason.id, 'unknown')
  assert.equal(whole.isKnown, false)
  const coded = explainError(factsOf('550 xyzzy'))
  assert.equal(coded.reason.id, 'reply-550')
  assert.equal(coded.isKnown, false)
  assert.deepEqual(coded.evidence, ['code 550'])
  assert.equal(explainError(factsOf('550 5.7.1 xyzzy')).reason.id, 'status-policy')
})

test('words count for more than a status, a status for more than a code', () => {
  const idOf = (text: string) => explainError(factsOf(text)).reason.id
  assert.equal(idOf('550 5.7.1 <a@example.org>: mailbox is full'), 'mailbox-full')
  assert.equal(idOf('550 5.2.2 xyzzy'), 'mailbox-full')
  assert.equal(idOf('550 5.2.2 rejected'), 'mailbox-full')
  assert.equal(idOf('550 rejected'), 'message-rejected')
})

test('words in addresses mean nothing', () => {
  const { reason } = explainError(factsOf('550 5.1.1 <mailbox.full@virus.example>: User unknown'))
  assert.equal(reason.id, 'mailbox-unknown')
})

test('in a long report the words next to the reply count first', () => {
  const prose = 'If you think the mailbox is full, or the message is spam, ask the postmaster. '
  const text = `550 5.1.1 User unknown. ${'This is an automatic report. '.repeat(30)}${prose}`
  assert.equal(explainError(factsOf(prose)).reason.id, 'spam-content')
  assert.equal(explainError(factsOf(text)).reason.id, 'mailbox-unknown')
})

test('the host and the direction tell providers and sides apart', () => {
  const at = (host: string) => explainError(factsOf('550 5.7.25 xyzzy', { host })).reason.id
  assert.equal(at('gmail-smtp-in.l.google.com'), 'google-ptr')
  assert.equal(at('mx.example.org'), 'reverse-dns')
  assert.equal(at('notgoogle.com'), 'reverse-dns')
  const login = (direction: 'inbound' | 'outbound') =>
    explainError(factsOf('535 5.7.8 no', { direction })).reason.id
  assert.equal(login('inbound'), 'login-guessing')
  assert.equal(login('outbound'), 'smarthost-login-failed')
})

test('the evidence names code, status, words and host', () => {
  const { evidence } = explainError(
    factsOf('host mx.example.org[192.0.2.1] said: 550 5.1.1 Recipient not found'),
  )
  assert.deepEqual(evidence, [
    'code 550',
    'status 5.1.1',
    'words “recipient … not found”',
    'host mx.example.org',
  ])
})

test('a reason carries nothing of how it was found', () => {
  for (const field of ['match', 'examples', 'isFallback'])
    assert.ok(!(field in explainError(factsOf('user unknown')).reason), field)
})

test('hostile texts are answered', () => {
  for (const piece of [
    'a',
    '550 ',
    '5.1.1 ',
    'user ',
    'client host blocked ',
    'a@',
    'host [1',
    '\\n',
    'é',
    '\0',
  ])
    assert.ok(explainError(factsOf(piece.repeat(100_000))).reason.id !== '')
})

test('a deferral of a rule that needs none is not taken for final, and the other way round', () => {
  const later = RULES.find(({ id }) => id === 'bulk-slow-down')
  assert.ok(later !== undefined)
  const idOf = (temporary: boolean) =>
    explainError(factsOf('please try later', { temporary })).reason.id
  assert.equal(idOf(true), 'bulk-slow-down')
  assert.notEqual(idOf(false), 'bulk-slow-down')
})
