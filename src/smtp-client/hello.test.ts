import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ReplyReader } from '../syntax/smtp/server-reply.ts'
import type { Answer } from './dialogue.ts'
import { type HelloOptions, hello } from './hello.ts'
import { OPTIONS } from './testing/attempts.ts'
import type { TlsPolicy } from './types.ts'

const TLS = { version: 'TLS1.3', cipher: 'x', bits: 256, verified: true, serverName: null }

/** Plays the session without a socket: what we said, and what came of it. */
function play(policy: TlsPolicy, ...answers: readonly (string | Answer)[]): string[] {
  const { helloName, timeouts } = OPTIONS
  const options: HelloOptions = {
    helloName,
    timeouts,
    policy,
    tls: null,
    login: { user: 'jane', password: 'x', mechanism: null },
    nonce: 'n',
  }
  const dialogue = hello(policy.kind === 'none' ? { ...options, login: null } : options)
  const left = [...answers]
  const said: string[] = []
  let next = dialogue.next()
  while (next.done !== true) {
    const ask = next.value
    if (ask.kind === 'write') said.push(ask.text.trimEnd())
    if (ask.kind === 'startTls') said.push('(TLS)')
    next = dialogue.next(ask.kind === 'write' ? { kind: 'done' } : answerOf(left.shift()))
  }
  const end = next.value
  const { kind } = end
  return [...said, kind === 'ready' ? `ready ${end.authenticator}` : `${end.failure.text}`]
}

function answerOf(answer: string | Answer | undefined): Answer {
  if (answer === undefined) return { kind: 'lost', why: { kind: 'closed' } }
  if (typeof answer !== 'string') return answer
  const reader = new ReplyReader()
  reader.push(Buffer.from(`${answer.replaceAll('\n', '\r\n')}\r\n`))
  const reply = reader.take()
  assert.ok(reply?.kind === 'reply')
  return reply
}

const NONE: TlsPolicy = { kind: 'none' }
const MAY: TlsPolicy = { kind: 'opportunistic' }
const EHLO = 'EHLO client.example'
const SECURED: Answer = { kind: 'secured', tls: TLS }

test('RFC 5321 §3.2: EHLO, and HELO where the server knows nothing else', () => {
  assert.deepEqual(play(NONE, '220 hi', '250 hi'), [EHLO, 'ready null'])
  assert.deepEqual(play(NONE, '220 hi', '502 5.5.1 what', '250 hi'), [
    EHLO,
    'HELO client.example',
    'ready null',
  ])
  assert.deepEqual(play(NONE, '220 hi', '451 4.7.1 later'), [
    EHLO,
    'SMTP error from remote mail server after EHLO client.example: 451 4.7.1 later',
  ])
  assert.deepEqual(play(NONE, '554 go away'), [
    'SMTP error from remote mail server after initial connection: 554 go away',
  ])
  assert.deepEqual(play(NONE), ['Remote host closed connection in response to initial connection'])
})

test('RFC 3207 §4.2: after STARTTLS what was offered in the clear is forgotten', () => {
  const offered = '250-hi\n250-AUTH PLAIN\n250 STARTTLS'
  assert.deepEqual(
    play(MAY, '220 hi', offered, '220 go', SECURED, '250-hi\n250 AUTH LOGIN').slice(0, 5),
    [EHLO, 'STARTTLS', '(TLS)', EHLO, 'AUTH LOGIN'],
  )
  assert.deepEqual(
    play(MAY, '220 hi', offered, '220 go', SECURED, '250 hi').at(-1),
    'the server offers no login',
  )
})

test('RFC 7504 §3: 521 says for good that no mail is taken', () => {
  const { helloName, timeouts } = OPTIONS
  const dialogue = hello({ helloName, timeouts, policy: NONE, tls: null, login: null, nonce: 'n' })
  dialogue.next()
  const { value } = dialogue.next(answerOf('521 no mail here'))
  assert.ok(value !== undefined && 'failure' in value)
  assert.deepEqual([value.failure.kind, value.failure.status], ['failed', '5.3.2'])
})
