import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { daneFault } from './dane.ts'
import type { TlsaRecord } from './types.ts'

const NAMES = ['mx.example.net']

test('RFC 7672 §3.1.2: 2 x x names an authority of the chain, and the certificate must be for the host', (t) => {
  if (spawnSync('openssl', ['version']).status !== 0) return t.skip('openssl is not installed')
  const { authority, leaf, stranger } = makeChain()
  const nowMs = Date.now()
  const chain = [leaf, authority]
  const key = record(2, 1, 1, authority)
  assert.equal(daneFault(chain, [key], NAMES, nowMs), null)
  assert.equal(daneFault(chain, [record(2, 0, 2, authority)], NAMES, nowMs), null)
  assert.equal(daneFault([leaf], [record(2, 0, 0, authority)], NAMES, nowMs), null)

  assert.match(daneFault(chain, [key], ['other.example'], nowMs) ?? '', /not for other\.example/)
  assert.match(daneFault([leaf], [key], NAMES, nowMs) ?? '', /no TLSA record/)
  assert.match(
    daneFault([leaf, stranger], [record(2, 1, 1, stranger)], NAMES, nowMs) ?? '',
    /no TLSA/,
  )
  assert.match(daneFault(chain, [record(2, 1, 1, leaf)], NAMES, nowMs) ?? '', /no TLSA record/)
  assert.match(daneFault(chain, [key], NAMES, nowMs + 100 * 86_400_000) ?? '', /no TLSA record/)
  assert.match(daneFault([], [key], NAMES, nowMs) ?? '', /no certificate/)
  const broken = { usage: 2, selector: 0, matchingType: 0, data: Buffer.from('no certificate') }
  assert.match(daneFault([leaf], [broken], NAMES, nowMs) ?? '', /no TLSA record/)
  // Of usage 3 the date and the name do not matter.
  const own = record(3, 1, 1, leaf)
  assert.equal(daneFault([leaf], [own], ['other.example'], nowMs + 100 * 86_400_000), null)
})

function record(
  usage: number,
  selector: number,
  matchingType: number,
  certificate: X509Certificate,
): TlsaRecord {
  const { raw, publicKey } = certificate
  const octets = selector === 0 ? raw : publicKey.export({ type: 'spki', format: 'der' })
  const hash = createHash(matchingType === 2 ? 'sha512' : 'sha256').update(octets)
  return { usage, selector, matchingType, data: matchingType === 0 ? octets : hash.digest() }
}

/** A certificate for a month, the authority that signed it, and another of the same name. */
function makeChain() {
  const folder = mkdtempSync(join(tmpdir(), 'dane-'))
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  try {
    for (const name of ['ca', 'stranger'])
      openssl(
        'req',
        '-x509',
        ...newKey,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.crt`,
        '-subj',
        '/CN=CA',
      )
    openssl('req', ...newKey, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=mx')
    writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:mx.example.net\n')
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names']
    openssl('x509', '-req', '-in', 'leaf.csr', ...signed, '-out', 'leaf.crt', '-days', '30')
    const read = (name: string) => new X509Certificate(readFileSync(join(folder, name)))
    return { authority: read('ca.crt'), leaf: read('leaf.crt'), stranger: read('stranger.crt') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
