/** The names of certificates. */
import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/**
 * Whether the certificate is for one of the names: RFC 6125 §6.4, by subjectAltName alone.
 * `*.example.net` among the names is for every certificate of one label below it (RFC 8461 §4.1).
 */
export function certificateNames(certificate: X509Certificate, names: readonly string[]): boolean {
  return names.some((name) => {
    if (isIP(name) !== 0) return certificate.checkIP(name) !== undefined
    if (!name.startsWith('*.'))
      return (
        certificate.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined
      )
    return dnsNames(certificate).some((found) => isBelow(found, name.slice(2).toLowerCase()))
  })
}

function isBelow(found: string, parent: string): boolean {
  const dot = found.indexOf('.')
  return dot > 0 && found.slice(dot + 1) === parent
}

/** `DNS:a.example, DNS:*.b.example`, lower case. A name that needs quotes is none. */
function dnsNames({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry.startsWith('DNS:'))
    .map((entry) => entry.slice(4).toLowerCase())
}
