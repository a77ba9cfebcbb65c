import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { makeSelfSigned } from '../../tls/self-signed.ts'
import { dnsWorld } from '../testing/dns-zone.ts'
import { servedWorld, tlsaOf } from '../testing/tls-server.ts'
import { findingsOf } from '../testing/world.ts'
import { dane } from './dane.ts'

const PAIR = makeSelfSigned(['mail.example.com'])
const OTHER = makeSelfSigned(['mail.example.com'])

test('dns.dane: a record of the certificate that is shown', async (t) => {
  const finding = await look(t, { isProved: true })
  assert.deepEqual(
    [finding.verdict, finding.summary],
    ['ok', 'the TLSA records name the certificate that is shown'],
  )
  assert.match(finding.evidence.join('\n'), /TLSA 3 1 1 [0-9a-f]{64}/)
  assert.match(finding.evidence.join('\n'), /DNSSEC proves the records/)
})

test('dns.dane: the record of another key, as after a renewal', async (t) => {
  const finding = await look(t, { served: OTHER, isProved: true })
  assert.equal(finding.verdict, 'failing')
  assert.match(finding.summary, /do not fit the certificate: no TLSA record matches/)
  assert.match(finding.remedy[0]?.command ?? '', /openssl s_client -connect mail\.example\.com:25/)
})

test('dns.dane: records, and a server without TLS', async (t) => {
  const finding = await look(t, { served: null, isProved: true })
  assert.equal(finding.verdict, 'failing')
  assert.match(finding.summary, /it does not offer STARTTLS/)
})

test('dns.dane: records that DNSSEC does not prove, by a resolver that would say so', async (t) => {
  const finding = await look(t, { isProved: false })
  assert.equal(finding.verdict, 'warning')
  assert.match(finding.summary, /not proved by DNSSEC/)
  const unknown = await look(t, { isProved: false, resolvConf: 'nameserver 192.0.2.53\n' })
  assert.equal(unknown.verdict, 'ok')
  assert.match(unknown.evidence.join('\n'), /or the resolver is not trusted/)
})

test('dns.dane: without a running server there is nothing to compare with', async (t) => {
  const dns = { tlsa: { '_25._tcp.mail.example.com': [tlsaOf(PAIR)] } }
  const [finding] = await findingsOf(dane, dnsWorld(t, { dns }))
  assert.equal(finding?.verdict, 'skipped')
})

interface Given {
  readonly served?: typeof PAIR | null
  readonly isProved: boolean
  readonly resolvConf?: string
}

async function look(
  t: TestContext,
  { served = PAIR, isProved, resolvConf = 'nameserver 127.0.0.1\n' }: Given,
) {
  const world = await servedWorld(t, served, {
    dns: {
      tlsa: { '_25._tcp.mail.example.com': [tlsaOf(PAIR)] },
      authentic: isProved ? ['mail.example.com'] : [],
    },
    resolvConf,
  })
  const [finding] = await findingsOf(dane, world)
  assert.ok(finding !== undefined)
  return finding
}
