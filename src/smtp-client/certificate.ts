/** The names of certificates. */
import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** Whether the certificate is for one of the names: RFC 6125 §6.4, by subjectAltName alone. */
export function certificateNames(certificate: X509Certificate, names: readonly string[]): boolean {
  return names.some((name) =>
    isIP(name) !== 0
      ? certificate.checkIP(name) !== undefined
      : certificate.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined,
  )
}
