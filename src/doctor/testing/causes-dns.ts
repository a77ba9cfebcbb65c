/** What makes checks of DNS and of certificates fail: what stands there, or does not. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import { type CertificatePair, makeSelfSigned } from '../../tls/self-signed.ts'
import { systemFiles } from '../reach/files.ts'
import type { World } from '../world.ts'
import type { Cause, Causes } from './cause.ts'
import { type DnsWorld, dnsWorld, KEY } from './dns-zone.ts'
import { type Authority, oldServerWorld, servedWorld, tlsaOf } from './tls-server.ts'

const DNS_CAUSES: Causes = {
  'dns.resolver': without('one of everybody is asked', /^.*Google Public DNS/, {
    resolvConf: 'nameserver 8.8.8.8\n',
  }),
  'dns.host': without('its A record was removed', /^the name of this server has no address/, {
    dns: { addresses: { 'mail.example.com': [] } },
  }),
  'dns.reverse': without('the provider never set its PTR record', /no name \(no PTR record\)/, {
    dns: { reverse: { '192.0.2.1': [] } },
  }),
  'dns.spf-hello': without('it names another address', /says "fail" of this server itself/, {
    dns: { txt: { 'mail.example.com': ['v=spf1 ip4:198.51.100.1 -all'] } },
  }),
  'dns.blocklists': without('we are on one', /on the blocklist of Spamhaus/, {
    dns: { addresses: { '1.2.0.192.zen.spamhaus.org': ['127.0.0.3'] } },
  }),
  'dns.dane': {
    what: 'a renewal made a new key',
    fails: async (t) => await withRecordOf(t, makeSelfSigned([NAME]), makeSelfSigned([NAME])),
    says: /^the TLSA records do not fit the certificate/,
    async isWell(t) {
      const pair = makeSelfSigned([NAME])
      return await withRecordOf(t, pair, pair)
    },
  },
  'dns.mx': without('there is none', /has neither MX nor address/, {
    dns: { mx: { 'example.com': [] } },
  }),
  'dns.spf': without('the record is of others only', /"fail" of our address 192\.0\.2\.1/, {
    dns: { txt: { 'example.com': ['v=spf1 ip4:198.51.100.1 -all'] } },
  }),
  'dns.dkim': without('another key was published', /is not the key that DNS has/, {
    dns: { txt: { [KEY.recordName]: ['v=DKIM1; p=MIIBother'] } },
  }),
  'dns.dmarc': without('it has no policy', /no policy \(p=\)/, {
    dns: { txt: { '_dmarc.example.com': ['v=DMARC1; rua=mailto:postmaster@example.com'] } },
  }),
  'dns.mta-sts': without('no web server has the policy', /^the MTA-STS policy cannot be had: /, {
    dns: {
      txt: { '_mta-sts.example.com': ['v=STSv1; id=20260101'] },
      addresses: { 'mta-sts.example.com': ['127.0.0.1'] },
    },
  }),
  'dns.tls-rpt': without('reports go to no address', /neither mailto:/, {
    dns: { txt: { '_smtp._tls.example.com': ['v=TLSRPTv1; rua=x@example.com'] } },
  }),
  'dns.srv': without('the server moved, and the record did not', /_imaps leads to old\./, {
    dns: {
      srv: {
        '_imaps._tcp.example.com': [
          { priority: 0, weight: 1, port: 993, target: 'old.example.com' },
        ],
      },
    },
  }),
}

/** @param authority  one that this process trusts; null: OpenSSL is missing, which makes them */
export function dnsCauses(authority: Authority | null): Causes {
  return { ...DNS_CAUSES, ...tlsCauses(authority) }
}

function tlsCauses(authority: Authority | null): Causes {
  return {
    'tls.certificate': {
      what: 'it is for another name',
      fails: async (t) => await servedWorld(t, makeSelfSigned(['www.example.com'])),
      says: /^the certificate is not for mail\.example\.com$/,
      isWell: async (t) => await servedWorld(t, pairOf(authority)),
      lacks: authority === null && 'openssl is missing, which makes an authority',
    },
    'tls.versions': {
      what: 'a server of another time',
      fails: async (t) => await oldServerWorld(t, makeSelfSigned([NAME])),
      says: /^TLS 1\.1 is taken/,
      isWell: async (t) => await servedWorld(t, makeSelfSigned([NAME])),
    },
    'tls.files': {
      what: 'a renewal put the certificate there, and not its key',
      fails: (t) => withFiles(t, makeSelfSigned([NAME]).cert, makeSelfSigned([NAME]).key),
      says: /is not the private key of/,
      isWell(t) {
        const { cert, key } = makeSelfSigned([NAME])
        return withFiles(t, cert, key)
      },
    },
  }
}

const NAME = 'mail.example.com'

/** All is published as it should be, but for this. */
function without(what: string, says: RegExp, change: DnsWorld): Cause {
  return { what, says, fails: (t) => dnsWorld(t, change), isWell: (t) => dnsWorld(t) }
}

async function withRecordOf(
  t: TestContext,
  published: CertificatePair,
  shown: CertificatePair,
): Promise<World> {
  const tlsa = { [`_25._tcp.${NAME}`]: [tlsaOf(published)] }
  return await servedWorld(t, shown, { dns: { tlsa, authentic: [NAME] } })
}

/** With its chain; null without an authority. */
function pairOf(authority: Authority | null): CertificatePair | null {
  if (authority === null) return null
  const { cert, key } = authority.issue([NAME])
  return { cert: `${cert}${authority.intermediate}`, key }
}

function withFiles(t: TestContext, cert: string, key: string): World {
  const folder = makeTempFolder()
  t.after(() => folder[Symbol.dispose]())
  const [certFile, keyFile] = [join(folder.path, 'a.pem'), join(folder.path, 'a.key')]
  writeFileSync(certFile, cert)
  writeFileSync(keyFile, key, { mode: 0o600 })
  const config = `[[tls.certificates]]\ncert = "${certFile}"\nkey = "${keyFile}"\n`
  return { ...dnsWorld(t, { config }), files: systemFiles }
}
