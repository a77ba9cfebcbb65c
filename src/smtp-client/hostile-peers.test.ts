/**
 * F15: every way in which a server can go wrong, at every step, and what becomes of the recipient.
 * What is expected is said once, in `expected`; every attempt must also come to its end.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { connect } from './connection.ts'
import { messageTo, SHORT, OPTIONS, targetOf } from './testing/attempts.ts'
import { type MxAct, type MxStep, startFakeMx } from './testing/fake-mx.ts'
import { makeSelfSigned } from '../tls/self-signed.ts'
import type { ClientTimeouts, Result } from './types.ts'

const STEPS = ['banner', 'EHLO', 'STARTTLS', 'MAIL', 'RCPT', 'DATA', 'dot', 'QUIT'] as const
const GOOD: { readonly [step: string]: string } = {
  banner: '220 hello',
  EHLO: '250 fake.example',
  STARTTLS: '220 go',
  DATA: '354 go',
  QUIT: '221 bye',
}
const WAYS: { readonly [way: string]: (step: MxStep) => MxAct } = {
  '4yz': () => '451 4.7.1 later',
  '5yz': () => '550 5.7.1 never',
  '421': () => '421 4.3.2 closing',
  'no number': () => ({ kind: 'malformed' }),
  'a number that none expects': () => '399 what',
  'a reply of 10 MB': () => ({ kind: 'flood' }),
  'lines without end': () => ({ kind: 'endless' }),
  'an octet now and then': () => ({ kind: 'slow' }),
  nothing: () => ({ kind: 'hang' }),
  FIN: () => ({ kind: 'fin' }),
  RST: () => ({ kind: 'rst' }),
  'a good reply and FIN': (step) => ({ kind: 'halfClose', reply: GOOD[step] ?? '250 ok' }),
}

/** A reset can overtake what was said before it. */
const EARLIER: { readonly [step: string]: readonly string[] } = {
  'banner RST': ['connect'],
  'EHLO RST': ['banner'],
  'MAIL RST': ['EHLO'],
  'RCPT RST': ['MAIL'],
  'DATA RST': ['RCPT', 'MAIL'],
  'DATA a good reply and FIN': ['end of data'],
}

type Expected = readonly [kind: Result['kind'], phase?: string, scope?: string]
const DELIVERED: Expected = ['delivered']

function expected(step: (typeof STEPS)[number], way: string): Expected {
  const phase = step === 'dot' ? 'end of data' : step
  const isSaid = way === '4yz' || way === '5yz'
  const kind = way === '5yz' ? 'failed' : 'deferred'
  if (step === 'QUIT') return DELIVERED
  if (way === 'a good reply and FIN') return afterFin(step)
  // An old server knows HELO; nobody demanded TLS.
  if (step === 'EHLO' && way === '5yz') return DELIVERED
  if (step === 'STARTTLS' && (isSaid || way === 'a number that none expects')) return DELIVERED
  if (step === 'banner' || step === 'EHLO' || step === 'STARTTLS')
    return ['deferred', phase, 'host']
  if (isSaid) return [kind, phase, step === 'RCPT' ? 'recipient' : 'message']
  if (way === 'a number that none expects')
    return ['deferred', phase, step === 'RCPT' ? 'recipient' : 'message']
  return ['deferred', phase, step === 'dot' && way !== '421' ? 'message' : 'host']
}

/** The reply counts; the next one does not come. */
function afterFin(step: (typeof STEPS)[number]): Expected {
  if (step === 'banner') return ['deferred', 'EHLO', 'host']
  if (step === 'EHLO' || step === 'MAIL')
    return ['deferred', step === 'MAIL' ? 'RCPT' : 'MAIL', 'host']
  if (step === 'RCPT') return ['deferred', 'DATA', 'host']
  if (step === 'DATA') return ['deferred', 'content', 'message']
  return DELIVERED
}

/** Only who never answers is worth a short time, and only there: a busy machine must not look like one. */
function timeoutsFor(step: (typeof STEPS)[number], way: string): ClientTimeouts {
  if (way !== 'nothing' && way !== 'an octet now and then') return OPTIONS.timeouts
  const which = WAITS_FOR[step] ?? 'commandMs'
  return { ...OPTIONS.timeouts, [which]: SHORT[which] }
}

const WAITS_FOR: { readonly [step: string]: keyof ClientTimeouts } = {
  banner: 'greetingMs',
  DATA: 'dataMs',
  dot: 'endOfDataMs',
  QUIT: 'quitMs',
}

const certificate = makeSelfSigned(['mx.example.net'])

for (const offers of [['PIPELINING', 'SIZE'], ['SIZE']])
  describe(`servers that go wrong, ${offers[0]}`, { concurrency: 16 }, () => {
    for (const step of STEPS)
      for (const [way, act] of Object.entries(WAYS))
        test(`F15: ${step}: ${way}`, async () => {
          const withTls = step === 'STARTTLS' ? certificate : null
          await using mx = await startFakeMx({
            offers,
            certificate: withTls,
            act: (now) => (now === step ? act(step) : null),
          })
          const target = targetOf(mx)
          const connection = await connect(target, { ...OPTIONS, timeouts: timeoutsFor(step, way) })
          const [result] =
            'failure' in connection
              ? [connection.failure]
              : await connection.send(messageTo(['bob@example.net']))
          if ('close' in connection) await connection.close()
          const [kind, phase, scope] = expected(step, way)
          assert.ok(result !== undefined)
          assert.equal(result.kind, kind, JSON.stringify(result))
          if (result.kind === 'delivered') return
          const phases = [phase, ...(EARLIER[`${step} ${way}`] ?? [])]
          assert.ok(phases.includes(result.phase), `${result.phase}: ${result.text}`)
          assert.equal(result.scope, scope, result.text)
          assert.equal(result.status.charAt(0), kind === 'failed' ? '5' : '4')
          assert.ok(result.text.length < 5000)
        })
  })
