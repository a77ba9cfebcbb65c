/**
 * The certificates in use: which one a client gets, and taking new ones when their files change.
 *
 * A pair of files is taken whole or not at all: while one is missing, half written or does not
 * match the other, the certificate from before stays in use, and the trouble is reported once.
 */
import type { SecureContext } from 'node:tls'

import { messageOf } from '../base/faults.ts'
import type { CertificateConfig } from '../config/types.ts'
import { type Certificate, loadPair, stampOf } from './load-pair.ts'

/** What a listener asks when a client begins TLS. */
export interface TlsContexts {
  /** @param serverName  SNI, as the client sent it; null when it sent none */
  contextFor(serverName: string | null): SecureContext
}

export interface Certificates extends TlsContexts, Disposable {
  readonly inUse: readonly Certificate[]
  /** Looks for changed files now. */
  refresh(): void
  /** Loads these; the function that is returned takes them into use. @throws CertificateFault */
  prepare(pairs: readonly CertificateConfig[]): () => void
}

export interface CertificatesOptions {
  readonly pairs: readonly CertificateConfig[]
  /** Hears of every certificate taken or not taken after the start. */
  readonly report: (text: string) => void
  readonly checkEveryMs?: number
}

/** @throws CertificateFault unless every pair can be used */
export function openCertificates(options: CertificatesOptions): Certificates {
  return new OpenCertificates(options)
}

class OpenCertificates implements Certificates {
  readonly #report: (text: string) => void
  readonly #timer: NodeJS.Timeout
  #inUse: readonly Certificate[] = []
  #byHost: ReadonlyMap<string, Certificate> = new Map()
  /** States of files already reported as unusable, by certificate file. */
  readonly #reported = new Map<string, string>()

  constructor({ pairs, report, checkEveryMs = CHECK_EVERY_MS }: CertificatesOptions) {
    this.#report = report
    this.prepare(pairs)()
    this.#timer = setInterval(() => this.refresh(), checkEveryMs).unref()
  }

  get inUse(): readonly Certificate[] {
    return this.#inUse
  }

  contextFor(serverName: string | null): SecureContext {
    const found = serverName === null ? undefined : this.#find(serverName.toLowerCase())
    const certificate = found ?? this.#inUse[0]
    if (certificate === undefined) throw new Error('there is no certificate')
    return certificate.context
  }

  prepare(pairs: readonly CertificateConfig[]): () => void {
    const loaded = pairs.map(loadPair)
    return () => this.#use(loaded)
  }

  refresh(): void {
    const next = this.#inUse.map((certificate) => this.#refreshed(certificate))
    if (next.some((certificate, index) => certificate !== this.#inUse[index])) this.#use(next)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #refreshed(certificate: Certificate): Certificate {
    const { files } = certificate
    const stamp = stampOf(files)
    if (stamp === certificate.stamp || stamp === this.#reported.get(files.cert)) return certificate
    try {
      const fresh = loadPair(files)
      this.#reported.delete(files.cert)
      const until = new Date(fresh.notAfterMs).toISOString().slice(0, 10)
      this.#report(`certificate ${files.cert} was changed; the new one is valid until ${until}`)
      return fresh
    } catch (error) {
      this.#reported.set(files.cert, stamp)
      this.#report(`the certificate from before stays in use: ${messageOf(error)}`)
      return certificate
    }
  }

  #use(certificates: readonly Certificate[]): void {
    const byHost = new Map<string, Certificate>()
    for (const certificate of certificates)
      for (const host of certificate.hosts) if (!byHost.has(host)) byHost.set(host, certificate)
    this.#inUse = certificates
    this.#byHost = byHost
  }

  /** RFC 6125 §6.4.3: a wildcard stands for one label, the leftmost. */
  #find(host: string): Certificate | undefined {
    return this.#byHost.get(host) ?? this.#byHost.get(host.replace(/^[^.]+/, '*'))
  }
}

const CHECK_EVERY_MS = 5000
