/** Real servers with certificates of all kinds, for checks that look at what clients are shown. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
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
export function worldAt(t: TestContext, port: number, given: DnsWorld = {}): World {
  const status = {
    listeners: [{ name: 'smtp', address: '127.0.0.1', port, connections: 0 }],
  } as never
  return dnsWorld(t, { config: SMTP, ...given, status })
}

/** PEM; certificates that one's own authority made, by OpenSSL. */
export interface Authority {
  readonly root: string
  readonly intermediate: string
  /** For the names, without its chain. */
  issue(names: readonly string[], keyOptions?: readonly string[]): CertificatePair
}

export function makeAuthority(t: TestContext): Authority {
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
