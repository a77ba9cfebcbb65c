import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { createSecureContext, type SecureContext } from 'node:tls'

import { messageOf, OperatorFault, systemCodeOf, systemReason } from '../base/faults.ts'
import type { CertificateConfig } from '../config/types.ts'

/** A certificate cannot be used; the message names the file and what to do. */
export class CertificateFault extends OperatorFault {
  override readonly name = 'CertificateFault'
}

/** A certificate in use. */
export interface Certificate {
  readonly files: CertificateConfig
  /** Lower case; a wildcard is `*.example.com`. */
  readonly hosts: readonly string[]
  readonly notAfterMs: number
  readonly context: SecureContext
  /** Changes when either file does. */
  readonly stamp: string
}

/** @throws CertificateFault */
export function loadPair(files: CertificateConfig): Certificate {
  // Taken first: a file that changes while it is read is then read again.
  const stamp = stampOf(files)
  const cert = readPem(files.cert)
  const key = readPem(files.key)
  refuseOpenKey(files.key)
  const leaf = parseCertificate(files.cert, cert)
  checkKey(files, leaf, key)
  try {
    const context = createSecureContext({ cert, key, minVersion: 'TLSv1.2' })
    const hosts = files.hosts.length > 0 ? files.hosts : hostsOf(leaf)
    return {
      files,
      hosts: hosts.map((host) => host.toLowerCase()),
      notAfterMs: Date.parse(leaf.validTo),
      context,
      stamp,
    }
  } catch (error) {
    throw new CertificateFault(`${files.cert}: OpenSSL refuses it: ${messageOf(error)}`)
  }
}

/** What tells one state of the files from another; '' while one is missing. */
export function stampOf({ cert, key }: CertificateConfig): string {
  try {
    return [cert, key]
      .map((file) => statSync(file))
      .map(({ ino, size, mtimeMs, ctimeMs }) => `${ino} ${size} ${mtimeMs} ${ctimeMs}`)
      .join(' ')
  } catch {
    return ''
  }
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CertificateFault(
      systemCodeOf(error) === 'EACCES'
        ? `cannot read ${file}: it and the folders above it must be readable by ${thisUser()}`
        : `cannot read ${file}: ${systemReason(error)}`,
    )
  }
}

/** Whom the server runs as, once root was left. */
function thisUser(): string {
  try {
    return `the user ${userInfo().username}`
  } catch {
    return `the user with the number ${process.getuid?.()}` // It has no name.
  }
}

/** A key that any user of the machine can read is no secret. */
function refuseOpenKey(file: string): void {
  const mode = statSync(file).mode & 0o777
  if ((mode & 0o007) !== 0)
    throw new CertificateFault(
      `${file}: everybody on this machine can read or change this private key ` +
        `(mode ${mode.toString(8)}); run chmod 640 or 600 on it`,
    )
}

function parseCertificate(file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new CertificateFault(`${file}: no certificate in PEM form is in this file`)
  }
}

function checkKey(files: CertificateConfig, leaf: X509Certificate, pem: string): void {
  let isPair: boolean
  try {
    isPair = leaf.checkPrivateKey(createPrivateKey(pem))
  } catch {
    throw new CertificateFault(`${files.key}: no private key in PEM form is in this file`)
  }
  if (!isPair)
    throw new CertificateFault(`${files.key}: this is not the private key of ${files.cert}`)
}

/** `DNS:a.example, DNS:*.b.example, IP Address:192.0.2.1` */
function hostsOf(leaf: X509Certificate): string[] {
  return (leaf.subjectAltName ?? '')
    .split(', ')
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice('DNS:'.length))
}
