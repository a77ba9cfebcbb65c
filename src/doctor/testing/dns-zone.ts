/** What DNS has of a server whose administrator did everything right: each test takes one thing away. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import { fakeResolver, type Zone } from '../../dns/fake.ts'
import type { DkimKey } from '../../directory/dkim-keys.ts'
import { filesBelow } from '../reach/files.ts'
import type { World } from '../world.ts'
import { type Answers, type GivenWorld, worldOf } from './world.ts'

const DOMAIN = 'example.com'
const HOST = 'mail.example.com'
const ADDRESS = '192.0.2.1'

export const KEY: DkimKey = {
  domain: DOMAIN,
  selector: 'wb1',
  algorithm: 'rsa-sha256',
  state: 'active',
  recordName: `wb1._domainkey.${DOMAIN}`,
  record: 'v=DKIM1; k=rsa; p=MIIBexample',
  createdMs: 0,
  changedMs: 0,
}

/** Everything is published; the blocklists answer, and have their test entries only. */
export const HEALTHY = {
  addresses: {
    [HOST]: [ADDRESS],
    ...Object.fromEntries(
      [
        ...['zen.spamhaus.org', 'bl.spamcop.net', 'b.barracudacentral.org', 'psbl.surriel.com'].map(
          (zone) => `2.0.0.127.${zone}`,
        ),
        ...['dbltest.com.dbl.spamhaus.org'],
      ].map((name) => [name, ['127.0.0.2']]),
    ),
    'test.surbl.org.multi.surbl.org': ['127.0.0.254'],
    'test.uribl.com.multi.uribl.com': ['127.0.0.14'],
  },
  mx: { [DOMAIN]: [{ preference: 10, exchange: HOST }] },
  txt: {
    [DOMAIN]: ['v=spf1 mx -all', 'some-other-service=1'],
    [HOST]: ['v=spf1 a -all'],
    [KEY.recordName]: [KEY.record],
    [`_dmarc.${DOMAIN}`]: [`v=DMARC1; p=reject; rua=mailto:postmaster@${DOMAIN}`],
    [`_smtp._tls.${DOMAIN}`]: [`v=TLSRPTv1; rua=mailto:postmaster@${DOMAIN}`],
  },
  srv: Object.fromEntries(
    (
      [
        ['submissions', 465],
        ['submission', 587],
        ['imaps', 993],
        ['imap', 143],
      ] as const
    ).map(([service, port]) => [
      `_${service}._tcp.${DOMAIN}`,
      [{ priority: 0, weight: 1, port, target: HOST }],
    ]),
  ),
  reverse: { [ADDRESS]: [HOST] },
} satisfies Zone

/** {@link HEALTHY} with other tables: of each table that is given, the entries that are. */
function zoneWith(change: Zone): Zone {
  return {
    ...change,
    addresses: { ...HEALTHY.addresses, ...change.addresses },
    mx: { ...HEALTHY.mx, ...change.mx },
    txt: { ...HEALTHY.txt, ...change.txt },
    srv: { ...HEALTHY.srv, ...change.srv },
    reverse: { ...HEALTHY.reverse, ...change.reverse },
  }
}

export interface DnsWorld extends Omit<GivenWorld, 'resolver' | 'files'> {
  /** What DNS has otherwise than {@link HEALTHY}. */
  readonly dns?: Zone
  /** What stands in /etc/resolv.conf; a resolver on this machine unless it is given. */
  readonly resolvConf?: string
  readonly domains?: readonly string[]
}

/** A server at 192.0.2.1 that sends from there, with one domain. */
export function dnsWorld(t: TestContext, given: DnsWorld = {}): World {
  const { dns = {}, resolvConf = 'nameserver 127.0.0.1\n', domains = [DOMAIN], ...rest } = given
  const root = makeTempFolder()
  t.after(() => root[Symbol.dispose]())
  mkdirSync(join(root.path, 'etc'))
  writeFileSync(join(root.path, 'etc/resolv.conf'), resolvConf)
  const answers: Answers = {
    'domain.list': domains.map((name, id) => ({ id, name, createdMs: 0 })) as never,
    'dkim.list': [KEY],
    'relay.list': [],
    route: { steps: [], destinations: [{ kind: 'blackhole', address: '', parents: [] }] },
    ...given.answers,
  }
  return worldOf(t, {
    ...rest,
    config: given.config ?? `[outgoing]\nsource_ipv4 = "${ADDRESS}"\nipv6 = false`,
    answers,
    resolver: fakeResolver(zoneWith(dns)),
    files: filesBelow(root.path),
  })
}
