import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { describe, test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { type CertificatePair, makeSelfSigned } from '../tls/self-signed.ts'
import { connectWith } from './connection.ts'
import { messageTo, OPTIONS, SHORT, targetOf } from './testing/attempts.ts'
import { type MxAct, startFakeMx } from './testing/fake-mx.ts'
import type { TlsaRecord, TlsPolicy } from './types.ts'

const NAME = 'mx.example.net'
const GOOD = makeSelfSigned([NAME])
const OTHER_NAME = makeSelfSigned(['other.example'])
const EXPIRED = makeSelfSigned([NAME], new ManualClock(Date.UTC(2001, 0)))
const STRANGER = makeSelfSigned([NAME])
const authorities = () => createSecureContext({ ca: [GOOD.cert, OTHER_NAME.cert, EXPIRED.cert] })
const connect = connectWith({ authorities })

function tlsa(pair: CertificatePair, usage = 3, selector = 1, matchingType = 1): TlsaRecord {
  const { raw, publicKey } = new X509Certificate(pair.cert)
  const octets = selector === 0 ? raw : publicKey.export({ type: 'spki', format: 'der' })
  const hash = matchingType === 1 ? 'sha256' : 'sha512'
  const data = matchingType === 0 ? octets : createHash(hash).update(octets).digest()
  return { usage, selector, matchingType, data }
}

const POLICIES: { readonly [name: string]: TlsPolicy } = {
  opportunistic: { kind: 'opportunistic' },
  encrypted: { kind: 'encrypted', mode: 'starttls', demandedBy: 'the relay' },
  verified: { kind: 'verified', mode: 'starttls', names: [NAME], demandedBy: 'MTA-STS' },
  dane: { kind: 'dane', records: [tlsa(STRANGER), tlsa(GOOD)], names: [NAME] },
}

/** What each policy makes of a server: `TLS`, `clear`, or the words of the failure. */
const SERVERS: readonly {
  readonly what: string
  readonly certificate: CertificatePair | null
  readonly act?: MxAct
  readonly outcomes: readonly [
    opportunistic: string,
    encrypted: string,
    verified: string,
    dane: string,
  ]
}[] = [
  { what: 'a good certificate', certificate: GOOD, outcomes: ['TLS', 'TLS', 'TLS', 'TLS'] },
  {
    what: 'no STARTTLS',
    certificate: null,
    outcomes: ['clear', 'did not offer', 'MTA-STS\\), but the server did not offer', 'DANE'],
  },
  {
    what: 'the wrong name',
    certificate: OTHER_NAME,
    outcomes: ['TLS', 'TLS', 'not for', 'no TLSA record'],
  },
  {
    what: 'an expired certificate',
    certificate: EXPIRED,
    // makeSelfSigned lasts ten years from its clock.
    outcomes: ['TLS', 'TLS', 'expired', 'no TLSA record'],
  },
  {
    what: 'a certificate that nobody vouches for',
    certificate: STRANGER,
    outcomes: ['TLS', 'TLS', 'self-signed', 'TLS'],
  },
  {
    what: 'an alert',
    certificate: GOOD,
    act: 'alert',
    outcomes: ['clear', 'alert', 'alert', 'alert'],
  },
  {
    what: 'no handshake',
    certificate: GOOD,
    act: { kind: 'hang' },
    outcomes: ['clear', 'timed out', 'timed out', 'timed out'],
  },
  {
    what: 'FIN',
    certificate: GOOD,
    act: { kind: 'fin' },
    outcomes: ['clear', 'TLS session', 'TLS session', 'TLS session'],
  },
  {
    what: 'RST',
    certificate: GOOD,
    act: { kind: 'rst' },
    outcomes: ['clear', 'TLS session', 'TLS session', 'TLS session'],
  },
]

describe('F15, B05: TLS', { concurrency: 8 }, () => {
  for (const { what, certificate, act, outcomes } of SERVERS)
    for (const [index, kind] of (
      ['opportunistic', 'encrypted', 'verified', 'dane'] as const
    ).entries())
      test(`${what}: ${kind}`, async () => {
        await using mx = await startFakeMx({
          certificate,
          act: (step) => (step === 'TLS' ? (act ?? null) : null),
        })
        const policy = POLICIES[kind]
        assert.ok(policy !== undefined)
        const timeouts = { ...OPTIONS.timeouts, startTlsMs: SHORT.startTlsMs }
        const options = act === undefined ? OPTIONS : { ...OPTIONS, timeouts }
        const made = await connect(targetOf(mx, policy), options)
        const outcome = outcomes[index] ?? ''
        if ('failure' in made) {
          assert.match(made.failure.text, new RegExp(outcome))
          assert.deepEqual([made.failure.kind, made.failure.scope], ['deferred', 'host'])
          assert.equal(mx.messages.length, 0)
          return
        }
        const [result] = await made.send(messageTo(['bob@example.net']))
        await made.close()
        assert.equal(result?.kind, 'delivered')
        assert.equal(made.tls === null ? 'clear' : 'TLS', outcome)
        assert.equal(mx.sessions.at(-1)?.tls, outcome === 'TLS')
        if (made.tls !== null) assert.equal(mx.sessions[0]?.serverName, NAME)
      })
})

for (const [policy, verified] of [
  ['opportunistic', true],
  ['verified', true],
] as const)
  test(`RFC 7435: a good certificate is noted, ${policy}`, async () => {
    await using mx = await startFakeMx({ certificate: GOOD })
    const made = await connect(targetOf(mx, POLICIES[policy]), OPTIONS)
    assert.ok('send' in made)
    assert.equal(made.tls?.verified, verified)
    assert.equal(made.tls?.version, 'TLS1.3')
    await made.close()
  })

for (const record of [tlsa(GOOD), tlsa(GOOD, 3, 1, 2), tlsa(GOOD, 3, 0, 1), tlsa(GOOD, 3, 0, 0)])
  test(`RFC 7672 §3.1.1: 3 ${record.selector} ${record.matchingType}`, async () => {
    await using mx = await startFakeMx({ certificate: GOOD })
    const made = await connect(
      targetOf(mx, { kind: 'dane', records: [record], names: ['looked.at.by.nobody'] }),
      OPTIONS,
    )
    assert.ok('send' in made)
    assert.equal(made.tls?.verified, 'dane')
    // RFC 7672 §8.1: the name at which the records stand.
    assert.equal(mx.sessions[0]?.serverName, 'looked.at.by.nobody')
    await made.close()
  })

test('RFC 7672 §3.1.3: records of usage 1 match nothing', async () => {
  await using mx = await startFakeMx({ certificate: GOOD })
  const policy: TlsPolicy = { kind: 'dane', records: [tlsa(GOOD, 1)], names: [NAME] }
  const made = await connect(targetOf(mx, policy), OPTIONS)
  assert.ok('failure' in made)
})

test('RFC 8314: TLS from the first octet', async () => {
  await using mx = await startFakeMx({ certificate: GOOD, implicitTls: true })
  const policy: TlsPolicy = {
    kind: 'verified',
    mode: 'implicit',
    names: [NAME],
    demandedBy: 'the relay',
  }
  const made = await connect(targetOf(mx, policy), OPTIONS)
  assert.ok('send' in made)
  assert.equal((await made.send(messageTo(['bob@example.net'])))[0]?.kind, 'delivered')
  await made.close()
})

for (const octets of ['250 fake\r\n', '235 2.7.0 ok\r\n', '\0'])
  test(`B03, RFC 3207 §5: ${JSON.stringify(octets)} behind the 220 ends the session`, async () => {
    await using mx = await startFakeMx({
      certificate: GOOD,
      act: (step) => (step === 'STARTTLS' ? { kind: 'more', reply: '220 go', octets } : null),
    })
    const made = await connect(targetOf(mx), OPTIONS)
    assert.ok('failure' in made)
    assert.match(made.failure.text, /in the clear behind the reply/)
    assert.equal(mx.messages.length, 0)
  })
