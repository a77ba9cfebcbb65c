/** Real servers with certificates of all kinds, for checks that look at what clients are shown. */
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createServer } from 'node:tls'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import type { TlsaData } from '../../dns/resolver.ts'
import { startFakeMx } from '../../smtp-client/testing/fake-mx.ts'
import type { CertificatePair } from '../../tls/self-signed.ts'
import type { World } from '../world.ts'
import { dnsWorld, type DnsWorld } from './dns-zone.ts'

const SMTP =
  '[outgoing]\nsource_ipv4 = "192.0.2.1"\nipv6 = false\n[[listeners]]\nname = "smtp"\nprotocol = "smtp"\nport = 25\n'

/** A world whose running server has one listener, smtp, with this certificate. */
export async function servedWorld(
  t: TestContext,
  certificate: CertificatePair | null,
  given: DnsWorld = {},
): Promise<World> {
  const server = await startFakeMx({ certificate })
  t.after(() => server[Symbol.asyncDispose]())
  return worldAt(t, server.port, given)
}

/** A world whose running server has one listener, smtp, at this port. */
function worldAt(t: TestContext, port: number, given: DnsWorld = {}): World {
  const status = {
    listeners: [{ name: 'smtp', address: '127.0.0.1', port, connections: 0 }],
  } as never
  return dnsWorld(t, { config: SMTP, ...given, status })
}

/** A world whose running server takes whatever OpenSSL can still do, as those of another time. */
export async function oldServerWorld(t: TestContext, pair: CertificatePair): Promise<World> {
  const old = createServer(
    { ...pair, minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' },
    (socket) => {
      socket.on('error', () => {}).write('220 mail.example.com ESMTP\r\n')
      socket.on('data', () => socket.write('250 mail.example.com\r\n'))
    },
  )
  old.on('tlsClientError', () => {})
  old.listen(0, '127.0.0.1')
  await once(old, 'listening')
  t.after(() => old.close())
  const bound = old.address()
  if (bound === null || typeof bound === 'string') throw new Error('it has no port')
  const listener =
    '[[listeners]]\nname = "smtp"\nprotocol = "submission"\nport = 465\ntls = "implicit"\n'
  return worldAt(t, bound.port, {
    config: `[outgoing]\nsource_ipv4 = "192.0.2.1"\nipv6 = false\n${listener}`,
  })
}

/** The TLSA record 3 1 1 of a certificate: its key, by SHA-256. */
export function tlsaOf({ cert }: CertificatePair): TlsaData {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  const data = new Uint8Array(createHash('sha256').update(key).digest())
  return { usage: 3, selector: 1, matchingType: 1, data }
}

/** PEM; certificates that one's own authority made, by OpenSSL. */
export interface Authority {
  readonly root: string
  readonly intermediate: string
  /** For the names, without its chain. */
  issue(names: readonly string[], keyOptions?: readonly string[]): CertificatePair
}

/** @param t  its files are removed after it */
export function makeAuthority(t: { after(remove: () => void): void }): Authority {
  const folder = makeTempFolder()
  t.after(() => folder[Symbol.dispose]())
  const run = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder.path, stdio: ['ignore', 'pipe', 'ignore'] })
  const read = (name: string) => readFileSync(join(folder.path, name), 'utf8')
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const signed = (name: string, by: string, extensions: string, key: readonly string[]) => {
    writeFileSync(join(folder.path, `${name}.ext`), extensions)
    run(...['req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`])
    run(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.pem`, '-CAkey', `${by}.key`],
      ...['-CAcreateserial', '-days', '90', '-extfile', `${name}.ext`, '-out', `${name}.pem`],
    )
  }
  run(
    ...['req', '-x509', ...ec, '-keyout', 'root.key', '-out', 'root.pem', '-days', '90'],
    ...['-subj', '/CN=Test Root'],
  )
  signed('intermediate', 'root', 'basicConstraints=critical,CA:TRUE', ec)
  let count = 0
  return {
    root: read('root.pem'),
    intermediate: read('intermediate.pem'),
    issue(names, key = ec) {
      const name = `leaf${count++}`
      const alternatives = names.map((one) => `DNS:${one}`).join(',')
      signed(name, 'intermediate', `subjectAltName=${alternatives}`, key)
      return { cert: read(`${name}.pem`), key: read(`${name}.key`) }
    },
  }
}
