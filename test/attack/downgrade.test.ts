/** B05, B06: somebody on the way takes STARTTLS out, or DNS apart, of mail that must be encrypted. */
import assert from 'node:assert/strict'
import { hash, X509Certificate } from 'node:crypto'
import { test } from 'node:test'

import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { fakeResolver, type Zone } from '../../src/dns/fake.ts'
import { connect } from '../../src/smtp-client/connection.ts'
import { findTargets, type HostsOptions } from '../../src/smtp-client/hosts.ts'
import { messageTo, OPTIONS } from '../../src/smtp-client/testing/attempts.ts'
import { type FakeMx, type MxScript, startFakeMx } from '../../src/smtp-client/testing/fake-mx.ts'
import type { StsPolicy } from '../../src/syntax/sts/policy.ts'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'

const PAIR = makeSelfSigned(['mx.example.net'])
const DATA = Buffer.from(
  hash(
    'sha256',
    new X509Certificate(PAIR.cert).publicKey.export({ type: 'spki', format: 'der' }),
    'hex',
  ),
  'hex',
)
const STRIPPED: MxScript = { offers: ['PIPELINING', '8BITMIME'], certificate: null }
const WITH_TLS: MxScript = { certificate: PAIR }

const sts = (mode: StsPolicy['mode']) => ({
  policyOf: async () => ({ mode, maxAgeSeconds: 60, mx: ['mx.example.net'] }),
})

test('B05: without STARTTLS nothing goes where MTA-STS, DANE or the message demands it', async () => {
  const cases: [what: string, options: Demands][] = [
    ['MTA-STS', { sts: sts('enforce') }],
    ['DANE', { signed: true, tlsa: true }],
    ['REQUIRETLS', { signed: true, demand: 'requiretls' }],
    ['REQUIRETLS by MTA-STS', { sts: sts('enforce'), demand: 'requiretls' }],
    ['the operator', { demand: 'verified' }],
  ]
  for (const [what, demands] of cases) {
    await using mx = await startFakeMx(STRIPPED)
    const outcome = await attempt(mx, demands)
    assert.equal(outcome.kind, 'deferred', `${what}: ${outcome.text}`)
    assert.deepEqual(mx.messages, [], what)
    assert.ok(!mx.sessions.some(({ lines }) => lines.some((line) => /^MAIL/i.test(line))), what)
  }
})

test('B05: another certificate than the one demanded gets nothing', async () => {
  const other = { certificate: makeSelfSigned(['mx.example.net']) }
  const cases: [what: string, options: Demands][] = [
    ['MTA-STS: nobody vouches for it', { sts: sts('enforce') }],
    ['DANE: not the one in DNS', { signed: true, tlsa: true }],
  ]
  for (const [what, demands] of cases) {
    await using mx = await startFakeMx(other)
    assert.equal((await attempt(mx, demands)).kind, 'deferred', what)
    assert.deepEqual(mx.messages, [], what)
  }
})

test('RFC 7672 §3.1.1: with DANE the certificate in DNS is enough', async () => {
  await using mx = await startFakeMx(WITH_TLS)
  const outcome = await attempt(mx, { signed: true, tlsa: true })
  assert.equal(outcome.kind, 'delivered', outcome.text)
  assert.deepEqual(
    mx.sessions.map(({ tls, serverName }) => [tls, serverName]),
    [[true, 'mx.example.net']],
  )
})

test('B05: a policy that is only tested holds nothing back', async () => {
  await using mx = await startFakeMx(STRIPPED)
  assert.equal((await attempt(mx, { sts: sts('testing') })).kind, 'delivered')
})

test('B06: a zone with DNSSEC whose proof is taken away: nothing goes', async () => {
  for (const failing of [['example.net'], ['mx.example.net'], ['TLSA']]) {
    await using mx = await startFakeMx(WITH_TLS)
    const outcome = await attempt(mx, { signed: true, tlsa: true, failing })
    assert.equal(outcome.kind, 'deferred', String(failing))
    assert.deepEqual(mx.sessions, [])
  }
})

interface Demands {
  readonly sts?: HostsOptions['sts']
  readonly demand?: HostsOptions['demand']
  /** DNSSEC proves the MX and the addresses. */
  readonly signed?: boolean
  readonly tlsa?: boolean
  /** Names that SERVFAIL, as bogus ones do; `TLSA` is that of the host. */
  readonly failing?: readonly string[]
}

/** Finds the hosts of example.net, the one of which is the fake, and sends a message there. */
async function attempt(
  mx: FakeMx,
  demands: Demands,
): Promise<{ readonly kind: string; readonly text: string }> {
  const { signed = false, tlsa = false, failing = [] } = demands
  const name = `_${mx.port}._tcp.mx.example.net`
  const zone: Zone = {
    mx: { 'example.net': [{ preference: 10, exchange: 'mx.example.net' }] },
    addresses: { 'mx.example.net': ['127.0.0.1'] },
    tlsa: tlsa ? { [name]: [{ usage: 3, selector: 1, matchingType: 1, data: DATA }] } : {},
    authentic: signed ? ['example.net', 'mx.example.net'] : [],
    failing: failing.map((one) => (one === 'TLSA' ? name : one)),
  }
  const found = await findTargets('example.net', {
    resolver: fakeResolver(zone),
    sts: demands.sts ?? { policyOf: async () => null },
    random: systemRandom,
    clock: systemClock,
    outgoing: { ipv4: true, ipv6: true, allowPrivate: true, port: mx.port },
    isOurself: () => false,
    demand: demands.demand ?? 'none',
  })
  if ('failure' in found) return found.failure
  const [target] = found.targets
  assert.ok(target !== undefined && found.targets.length === 1)
  const connection = await connect(target, OPTIONS)
  if ('failure' in connection) return connection.failure
  const [result] = await connection.send(messageTo(['bob@example.net']))
  await connection.close()
  assert.ok(result !== undefined)
  return { kind: result.kind, text: 'text' in result ? result.text : result.reply }
}
