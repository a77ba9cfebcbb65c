/** Whether a chain of certificates is one that TLSA records name: RFC 6698 §2.1, RFC 7671, RFC 7672 §3. */
import { createHash, X509Certificate } from 'node:crypto'

import { view } from '../base/octets.ts'
import { certificateNames } from './certificate.ts'
import type { TlsaRecord } from './types.ts'

/**
 * @param chain  the server's own certificate first
 * @param names  for usage 2: one of them must be in the certificate
 * @returns null when a record matches; else why none does
 */
export function daneFault(
  chain: readonly X509Certificate[],
  records: readonly TlsaRecord[],
  names: readonly string[],
  nowMs: number,
): string | null {
  const [leaf] = chain
  if (leaf === undefined) return 'the server sent no certificate'
  // RFC 7672 §3.1.1: DANE-EE looks neither at names nor at dates.
  if (records.some((record) => record.usage === DANE_EE && matches(leaf, record))) return null
  const anchors = records.filter(({ usage }) => usage === DANE_TA)
  if (anchors.length > 0 && isAnchored(chain, anchors, nowMs))
    return certificateNames(leaf, names) ? null : `the certificate is not for ${names.join(', ')}`
  return 'no TLSA record matches the certificate'
}

/** Up the chain to a certificate that a record names, each signed by the next and valid now. */
function isAnchored(
  chain: readonly X509Certificate[],
  records: readonly TlsaRecord[],
  nowMs: number,
): boolean {
  for (const [index, certificate] of chain.entries()) {
    if (!isValid(certificate, nowMs)) return false
    // RFC 7672 §3.1.2: the anchor is a certificate of the chain; a whole one in DNS need not be sent.
    if (index > 0 && records.some((record) => matches(certificate, record))) return true
    if (records.some((record) => isIssuedByRecord(certificate, record))) return true
    const issuer = chain[index + 1]
    if (issuer === undefined || !isIssuedBy(certificate, issuer)) return false
  }
  return false
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

/** `2 0 0` and the whole certificate. */
function isIssuedByRecord(certificate: X509Certificate, record: TlsaRecord): boolean {
  if (record.selector !== WHOLE || record.matchingType !== EXACT) return false
  try {
    return isIssuedBy(certificate, new X509Certificate(record.data))
  } catch {
    // The record holds no certificate: it matches nothing.
    return false
  }
}

function matches(certificate: X509Certificate, record: TlsaRecord): boolean {
  const octets = selected(certificate, record.selector)
  const hash = HASHES[record.matchingType]
  if (octets === null || hash === undefined) return false
  const found = hash === null ? octets : createHash(hash).update(octets).digest()
  return view(found).equals(record.data)
}

function selected(certificate: X509Certificate, selector: number): Buffer | null {
  if (selector === WHOLE) return certificate.raw
  if (selector === PUBLIC_KEY) return certificate.publicKey.export({ type: 'spki', format: 'der' })
  return null
}

function isValid(certificate: X509Certificate, nowMs: number): boolean {
  return Date.parse(certificate.validFrom) <= nowMs && nowMs <= Date.parse(certificate.validTo)
}

const DANE_TA = 2
const DANE_EE = 3
const WHOLE = 0
const PUBLIC_KEY = 1
const EXACT = 0
const HASHES: { readonly [matchingType: number]: 'sha256' | 'sha512' | null } = {
  0: null,
  1: 'sha256',
  2: 'sha512',
}
