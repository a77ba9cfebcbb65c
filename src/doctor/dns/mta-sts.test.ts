import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import { test, type TestContext } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { missingPrograms } from '../../../test/support/programs.ts'
import { httpsFetchPolicy } from '../../smtp-client/sts-fetch.ts'
import { makeSelfSigned } from '../../tls/self-signed.ts'
import { dnsWorld, type DnsWorld } from '../testing/dns-zone.ts'
import { makeAuthority, servedWorld } from '../testing/tls-server.ts'
import { findingsOf } from '../testing/world.ts'
import type { Finding } from '../types.ts'
import type { World } from '../world.ts'
import { mtaStsCheck } from './mta-sts.ts'

const skip = missingPrograms('openssl')
const PAIR = makeSelfSigned(['mta-sts.example.com'])
const POLICY = 'version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 604800\n'
const RECORD = 'v=STSv1; id=20260101'

// First: the authorities that are trusted are read once.
test('dns.mta-sts: a certificate of an authority is what the policy asks for', {
  skip,
}, async (t) => {
  const { root, intermediate, issue } = makeAuthority(t)
  setDefaultCACertificates([...getCACertificates('default'), root])
  const leaf = issue(['mail.example.com'])
  const whole = { cert: `${leaf.cert}${intermediate}`, key: leaf.key }
  const finding = await look(t, POLICY, [RECORD], PAIR, async (dns = {}) =>
    servedWorld(t, whole, { dns }),
  )
  assert.equal(finding.verdict, 'ok', finding.summary)
  assert.match(finding.evidence.join('\n'), /its certificate is one that others take/)
})

test('dns.mta-sts: record and policy that name where mail goes', async (t) => {
  const { verdict, summary, evidence } = await look(t, POLICY)
  assert.deepEqual(
    [verdict, summary],
    ['ok', 'the MTA-STS policy names the mail servers of the domain (mode: enforce)'],
  )
  assert.match(evidence.join('\n'), /mode enforce, mx mail\.example\.com, max_age 604800/)
})

test('dns.mta-sts: without a record there is no policy, which is allowed', async (t) => {
  const { verdict, summary } = await look(t, POLICY, [])
  assert.deepEqual([verdict, summary], ['ok', 'no MTA-STS policy is published, which is allowed'])
})

for (const [name, policy, records, verdict, summary, remedy] of [
  [
    'another server',
    POLICY.replace('mail.', 'mx.'),
    [RECORD],
    'failing',
    /does not name mail\.example\.com, where MX/,
    /mx: mail\.example\.com/,
  ],
  [
    'another server, on trial',
    POLICY.replace('mail.', 'mx.').replace('enforce', 'testing'),
    [RECORD],
    'warning',
    /does not name mail\.example\.com/,
    /mx:/,
  ],
  [
    'no policy',
    'nothing of the kind\n',
    [RECORD],
    'failing',
    /cannot be had: what is there is not a policy/,
    /curl -v https:\/\/mta-sts\.example\.com/,
  ],
  [
    'a policy that is not there',
    null,
    [RECORD],
    'failing',
    /cannot be had: .*HTTP 404/,
    /waybill .*dns records example\.com/,
  ],
  ['two records', POLICY, [RECORD, RECORD], 'warning', /2 MTA-STS records/, /v=STSv1; id=\d{14}/],
  [
    'a record without an id',
    POLICY,
    ['v=STSv1;'],
    'warning',
    /record is not in order/,
    /v=STSv1; id=/,
  ],
  [
    'a policy for a moment',
    POLICY.replace('604800', '60'),
    [RECORD],
    'warning',
    /kept for 60 seconds/,
    /max_age/,
  ],
] as const)
  test(`dns.mta-sts: ${name}`, async (t) => {
    const finding = await look(t, policy, records)
    assert.equal(finding.verdict, verdict, finding.summary)
    assert.match(finding.summary, summary)
    assert.match(finding.remedy.map((step) => `${step.text} ${step.command}`).join(' '), remedy)
    assert.ok(finding.evidence.length > 0 && finding.meaning !== null)
  })

test('dns.mta-sts: a web server with a certificate for another name', async (t) => {
  const finding = await look(t, POLICY, [RECORD], makeSelfSigned(['www.example.com']))
  assert.equal(finding.verdict, 'failing')
  assert.match(finding.summary, /cannot be had: Hostname\/IP does not match/)
})

test('dns.mta-sts: RFC 8461 §4.2: what our own listener shows has to be trusted', async (t) => {
  const selfSigned = async (dns: DnsWorld['dns']) =>
    await servedWorld(t, makeSelfSigned(['mail.example.com']), { dns: dns ?? {} })
  const enforced = await look(t, POLICY, [RECORD], PAIR, selfSigned)
  assert.equal(enforced.verdict, 'failing')
  assert.match(enforced.summary, /certificate that mail\.example\.com does not show: .*SELF_SIGNED/)
  assert.match(enforced.remedy[0]?.command ?? '', /doctor --only tls/)
  const testing = POLICY.replace('enforce', 'testing')
  assert.equal((await look(t, testing, [RECORD], PAIR, selfSigned)).verdict, 'warning')
  const other = async (dns: DnsWorld['dns']) =>
    await servedWorld(t, makeSelfSigned(['www.example.com']), { dns: dns ?? {} })
  const misnamed = await look(t, POLICY, [RECORD], PAIR, other)
  assert.match(misnamed.summary, /its certificate is not for mail\.example\.com/)
})

/** @param policy  what the web server has; null: nothing */
async function look(
  t: TestContext,
  policy: string | null,
  records: readonly string[] = [RECORD],
  pair = PAIR,
  worldWith = async (dns: DnsWorld['dns']): Promise<World> => dnsWorld(t, { dns: dns ?? {} }),
): Promise<Finding> {
  const server = createServer({ cert: pair.cert, key: pair.key }, (_, response) => {
    response.writeHead(policy === null ? 404 : 200, { 'Content-Type': 'text/plain' }).end(policy)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const bound = server.address()
  assert.ok(bound !== null && typeof bound === 'object')
  const { port } = bound
  const rules = () => ({ ipv4: true, ipv6: true, allowPrivate: true })
  const check = mtaStsCheck((resolver) =>
    httpsFetchPolicy({ resolver, rules, port, ca: pair.cert }),
  )
  const dns = {
    txt: { '_mta-sts.example.com': records },
    addresses: { 'mta-sts.example.com': ['127.0.0.1'] },
  }
  const [finding, ...others] = await findingsOf(check, await worldWith(dns))
  assert.ok(finding !== undefined && others.length === 0)
  assert.equal(finding.subject, 'example.com')
  return finding
}
