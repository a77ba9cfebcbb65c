/** RFC 7672 from the zone file to the log: `unbound` proves or does not, and mail goes or waits. */
import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { test } from 'node:test'

import { type FakeMx, type MxScript, startFakeMx } from '../../src/smtp-client/testing/fake-mx.ts'
import { type CertificatePair, makeSelfSigned } from '../../src/tls/self-signed.ts'
import { assertSound, settingsFor, submit, until } from '../support/other-servers.ts'
import { startWithUsers } from '../support/users.ts'
import {
  NO_VALIDATING_RESOLVER,
  startValidatingResolver,
  type Zone,
} from '../support/validating-resolver.ts'

const OURS = makeSelfSigned(['mx.test'])
const OTHER = makeSelfSigned(['mx.test'])

interface Case {
  readonly domain: string
  readonly signed: boolean
  /** Of the MX; null: it offers no TLS. */
  readonly certificate?: CertificatePair | null
  /** Whose key the TLSA record names; null: there is none. */
  readonly named: CertificatePair | null
  readonly usage?: string
  readonly tampered?: Zone['tampered']
  /** Its line of the log: it goes, or it waits and why. */
  readonly line: RegExp
  /** Nobody may even connect. */
  readonly untouched?: true
}

const AS_NAMED = / => carol@\S+ .* X=TLS1\S+ CV=dane /
const OPPORTUNISTIC = / => carol@\S+ .* X=TLS1\S+ CV=no /
const NOBODY_KNOWS = / == carol@\S+ .*host lookup did not complete for \S+: no answer from DNS for /

const CASES: readonly Case[] = [
  { domain: 'good.test', signed: true, named: OURS, line: AS_NAMED },
  { domain: 'usable.test', signed: true, named: OURS, usage: '3 0 2', line: AS_NAMED },
  {
    domain: 'wrong-key.test',
    signed: true,
    named: OTHER,
    line: / == carol@\S+ .*certificate verification failed\): no TLSA record matches the certificate/,
  },
  {
    domain: 'no-tls.test',
    signed: true,
    certificate: null,
    named: OURS,
    line: / == carol@\S+ .*a TLS session is required \(DANE\), but the server did not offer TLS support/,
  },
  // PKIX-EE says nothing between mail servers (§3.1.3): TLS must be, its certificate counts for nothing.
  { domain: 'unusable.test', signed: true, named: OTHER, usage: '1 1 1', line: OPPORTUNISTIC },
  { domain: 'no-records.test', signed: true, named: null, line: OPPORTUNISTIC },
  // Nothing proves its records: what they say counts for nothing (§2.2).
  { domain: 'insecure.test', signed: false, named: OTHER, line: OPPORTUNISTIC },
  {
    domain: 'other-address.test',
    signed: true,
    named: OURS,
    tampered: (text) =>
      text.replace(/^(mx\.other-address\.test\.\s.*\sA\s+)127\.1\.0\.\d+$/m, '$1127.1.0.99'),
    line: NOBODY_KNOWS,
    untouched: true,
  },
  {
    domain: 'other-key.test',
    signed: true,
    named: OURS,
    tampered: (text) => text.replace(/(\sTLSA\s+3 1 1 \(\s+)[0-9A-F]{8}/, '$100000000'),
    line: NOBODY_KNOWS,
    untouched: true,
  },
  {
    // Somebody takes the records away, to have mail in the clear: the name still says that there are some.
    domain: 'taken-away.test',
    signed: true,
    named: OURS,
    tampered: (text) => text.replace(/^_\d+\._tcp\.mx.*\n(?:[ \t].*\n)*/m, ''),
    line: NOBODY_KNOWS,
    untouched: true,
  },
]

test('RFC 7672: DANE with unbound', { skip: NO_VALIDATING_RESOLVER }, async (t) => {
  await using stack = new AsyncDisposableStack()
  const hosts: FakeMx[] = []
  for (const [index, { certificate = OURS }] of CASES.entries()) {
    const port = hosts[0]?.port ?? 0
    const script: MxScript = { certificate, at: { address: addressOf(index), port } }
    hosts.push(stack.use(await startFakeMx(script)))
  }
  const port = hosts[0]?.port ?? 0
  const dns = stack.use(
    await startValidatingResolver(CASES.map((one, at) => zoneOf(one, at, port))),
  )
  await using server = await startWithUsers({ settings: settingsFor(port, dns.port) })
  for (const { domain } of CASES) await submit(server, `${domain}@client.test`, `carol@${domain}`)
  const linesOf = (domain: string) =>
    server
      .log('mainlog')
      .split('\n')
      .filter((line) => / (?:=>|==|\*\*) /.test(line) && line.includes(` carol@${domain} `))
  await until(() => CASES.every(({ domain }) => linesOf(domain).length > 0), 'every domain tried')
  for (const [index, { domain, line, untouched }] of CASES.entries())
    await t.test(domain, () => {
      for (const one of linesOf(domain)) assert.match(one, line)
      const goes = line === AS_NAMED || line === OPPORTUNISTIC
      assert.equal(hosts[index]?.messages.length, goes ? 1 : 0)
      if (untouched) assert.equal(hosts[index]?.sessions.length, 0)
    })
  await assertSound(server)
})

function zoneOf(
  { domain, signed, named, usage = '3 1 1', tampered }: Case,
  index: number,
  port: number,
): Zone {
  const tlsa = named === null ? [] : [`_${port}._tcp.mx TLSA ${usage} ${dataOf(named, usage)}`]
  return {
    name: domain,
    signed,
    records: ['@ MX 10 mx', `mx A ${addressOf(index)}`, ...tlsa],
    ...(tampered === undefined ? {} : { tampered }),
  }
}

/** RFC 6698 §2.1. */
function dataOf(pair: CertificatePair, usage: string): string {
  const { raw, publicKey } = new X509Certificate(pair.cert)
  const [, selector, matchingType] = usage.split(' ')
  const octets = selector === '0' ? raw : publicKey.export({ type: 'spki', format: 'der' })
  return createHash(matchingType === '2' ? 'sha512' : 'sha256')
    .update(octets)
    .digest('hex')
}

function addressOf(index: number): string {
  return `127.1.0.${index + 1}`
}
