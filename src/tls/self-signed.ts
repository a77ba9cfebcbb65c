/** A certificate that nobody vouches for: for trying things out, and until a real one is there. */
import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP, SocketAddress } from 'node:net'
import { join } from 'node:path'

import { DAY_MS } from '../base/durations.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import { type Random, systemRandom } from '../base/random.ts'
import type { CertificateConfig } from '../config/types.ts'
import * as der from './der.ts'

/** PEM texts. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/**
 * Makes an ECDSA P-256 key and a certificate for the hosts, valid for ten years from yesterday.
 * @param hosts  names and IP addresses; the first is the subject
 */
export function makeSelfSigned(
  hosts: readonly string[],
  clock: Clock = systemClock,
  random: Random = systemRandom,
): CertificatePair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' })
  const serial = random.octets(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const name = nameOf(hosts[0] ?? 'localhost')
  const startMs = clock.nowMs() - DAY_MS
  const body = der.sequence(
    der.explicit(0, der.integer(Uint8Array.of(2))), // version 3
    der.integer(serial),
    ECDSA_WITH_SHA256,
    name,
    der.sequence(der.time(startMs), der.time(startMs + VALID_DAYS * DAY_MS)),
    name,
    publicKeyInfo,
    der.explicit(3, extensionsFor(hosts)),
  )
  const signature = sign('sha256', body, { key: privateKey, dsaEncoding: 'der' })
  const certificate = der.sequence(body, ECDSA_WITH_SHA256, der.bitString(signature))
  return {
    cert: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/**
 * The self-signed certificate of a folder: the one that is there while it is good for these hosts
 * and valid for another month, else a new one.
 */
export function keepSelfSigned(
  folder: string,
  hosts: readonly string[],
  clock: Clock = systemClock,
): CertificateConfig {
  const files = { cert: join(folder, 'self-signed.crt'), key: join(folder, 'self-signed.key') }
  if (!isStillGood(files, hosts, clock)) {
    const pair = makeSelfSigned(hosts, clock)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const part of ['key', 'cert'] as const) {
      writeFileSync(`${files[part]}.new`, pair[part], { mode: 0o600 })
      chmodSync(`${files[part]}.new`, 0o600)
      renameSync(`${files[part]}.new`, files[part])
    }
  }
  return { hosts: [], ...files }
}

function isStillGood(
  files: { cert: string; key: string },
  hosts: readonly string[],
  clock: Clock,
): boolean {
  try {
    const certificate = new X509Certificate(readFileSync(files.cert))
    readFileSync(files.key)
    const lastsUntilMs = Date.parse(certificate.validTo)
    return (
      lastsUntilMs > clock.nowMs() + 30 * DAY_MS &&
      hosts.every((host) =>
        isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host, { wildcards: false }),
      )
    )
  } catch {
    // Missing, unreadable or damaged: whatever it is, a new one mends it.
    return false
  }
}

function extensionsFor(hosts: readonly string[]): Uint8Array {
  const names = hosts.map((host) =>
    isIP(host)
      ? der.implicit(7, addressOctets(host))
      : der.implicit(2, Buffer.from(host, 'latin1')),
  )
  return der.sequence(
    extension('2.5.29.17', false, der.sequence(...names)), // subjectAltName
    extension('2.5.29.19', true, der.sequence()), // basicConstraints: not a CA
    extension('2.5.29.15', true, der.bitString(Uint8Array.of(0x80), 7)), // digitalSignature
    extension('2.5.29.37', false, der.sequence(der.objectId('1.3.6.1.5.5.7.3.1'))), // serverAuth
  )
}

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  const mark = critical ? [der.boolean(true)] : []
  return der.sequence(der.objectId(id), ...mark, der.octetString(value))
}

function nameOf(host: string): Uint8Array {
  return der.sequence(der.set(der.sequence(der.objectId('2.5.4.3'), der.utf8String(host))))
}

function addressOctets(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number))
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address
  const [head = '', tail] = canonical.split('::')
  const groups = (part: string) => part.split(':').filter((group) => group !== '')
  const after = tail === undefined ? [] : groups(tail)
  const before = groups(head)
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return Uint8Array.from(
    [...before, ...zeros, ...after].flatMap((group) => {
      const value = Number.parseInt(group, 16)
      return [value >> 8, value & 0xff]
    }),
  )
}

function pem(label: string, octets: Uint8Array): string {
  const lines =
    Buffer.from(octets)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

const ECDSA_WITH_SHA256 = der.sequence(der.objectId('1.2.840.10045.4.3.2'))
const VALID_DAYS = 3652
