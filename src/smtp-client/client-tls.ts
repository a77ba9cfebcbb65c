/** TLS as a client: the handshake, and whether the certificate is what the policy wants. */
import { X509Certificate } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import {
  connect as tlsConnect,
  createSecureContext,
  type DetailedPeerCertificate,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls'

import type { TlsFacts } from '../journal/event.ts'
import { certificateNames } from './certificate.ts'
import { daneFault } from './dane.ts'
import type { Lost } from './dialogue.ts'
import { systemWords } from './failure.ts'
import type { Target, TlsPolicy } from './types.ts'
import type { Secure } from './wire.ts'

/** Whom we believe; tests bring their own. */
export type Authorities = () => SecureContext

export function secureFor(
  target: Target,
  timeoutMs: number,
  signal: AbortSignal,
  authorities: Authorities,
): Secure {
  return async (plain) => {
    let socket: TLSSocket
    try {
      socket = tlsConnect({
        socket: plain,
        secureContext: authorities(),
        // Looked at afterwards, by our own rules.
        rejectUnauthorized: false,
        ...serverNameFor(target),
      })
    } catch (error) {
      plain.destroy()
      return tlsLost(systemWords(error))
    }
    const fault = (await handshake(socket, plain, timeoutMs, signal)) ?? null
    if (fault !== null) {
      socket.on('error', ignore)
      socket.destroy()
      plain.destroy()
      return fault
    }
    return judged(socket, target)
  }
}

/** RFC 7672 §8.1: where TLSA records count, the name that they stand at; it can be an alias's end. */
function serverNameFor({ name, tls }: Target): { readonly servername?: string } {
  const wanted = tls.kind === 'dane' ? (tls.names[0] ?? name) : name
  return wanted === null || isIP(wanted) !== 0 ? {} : { servername: wanted }
}

/** Undefined when it is done. */
function handshake(
  socket: TLSSocket,
  plain: Socket,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Lost | undefined> {
  return new Promise((resolve) => {
    const done = (lost?: Lost): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', aborted)
      socket.off('error', failed)
      socket.off('close', closed)
      plain.off('error', failed)
      plain.off('close', closed)
      resolve(lost)
    }
    const failed = (error: Error): void => done(tlsLost(sslWords(error)))
    const closed = (): void => done(tlsLost('(SSL_connect): the connection was closed'))
    const aborted = (): void => done({ kind: 'lost', why: { kind: 'aborted' } })
    const timer = setTimeout(() => done(tlsLost('(SSL_connect): timed out')), timeoutMs)
    signal.addEventListener('abort', aborted, { once: true })
    socket.once('secureConnect', () => done())
    socket.once('error', failed)
    socket.once('close', closed)
    plain.once('error', failed)
    plain.once('close', closed)
    if (signal.aborted) aborted()
  })
}

function judged(socket: TLSSocket, target: Target): { socket: TLSSocket; tls: TlsFacts } | Lost {
  const chain = chainOf(socket)
  const fault = certificateFault(socket, chain, target)
  if (fault !== null && isDemanding(target.tls)) {
    socket.on('error', ignore)
    socket.destroy()
    return tlsLost(`(certificate verification failed): ${fault}`)
  }
  const isDane = fault === null && target.tls.kind === 'dane'
  return { socket, tls: factsOf(socket, isDane ? 'dane' : fault === null) }
}

function isDemanding({ kind }: TlsPolicy): boolean {
  return kind === 'verified' || kind === 'dane'
}

/** Null: it is good. Where nothing is demanded: good is what a stranger would take. */
function certificateFault(
  socket: TLSSocket,
  chain: readonly X509Certificate[],
  { tls, name, address }: Target,
): string | null {
  if (tls.kind === 'dane') return daneFault(chain, tls.records, tls.names, Date.now())
  const [leaf] = chain
  if (leaf === undefined) return 'the server sent no certificate'
  // It is an Error or a word, whatever the types say.
  const error: unknown = socket.authorizationError
  const names = tls.kind === 'verified' ? tls.names : [name ?? address]
  if (error && codeOf(error) !== NAME_ERROR) return certificateWords(error)
  return certificateNames(leaf, names) ? null : `certificate is not for ${names.join(', ')}`
}

const NAME_ERROR = 'ERR_TLS_CERT_ALTNAME_INVALID'

function codeOf(error: unknown): unknown {
  return error instanceof Error ? Reflect.get(error, 'code') : error
}

function certificateWords(error: unknown): string {
  const code = codeOf(error)
  const words = typeof code === 'string' ? CERTIFICATE_WORDS[code] : undefined
  return words ?? (error instanceof Error ? error.message : String(error))
}

/** In OpenSSL's words. */
const CERTIFICATE_WORDS: { readonly [code: string]: string } = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to verify the first certificate',
  UNABLE_TO_GET_ISSUER_CERT: 'unable to get issuer certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
}

/** The server's own first. What cannot be read ends the chain. */
function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = []
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (next?.raw !== undefined && chain.length < MAX_CHAIN) {
    try {
      chain.push(new X509Certificate(next.raw))
    } catch {
      break
    }
    // The last one is its own issuer.
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate
  }
  return chain
}

const MAX_CHAIN = 16

function factsOf(socket: TLSSocket, verified: TlsFacts['verified']): TlsFacts {
  const cipher = socket.getCipher()
  const name = cipher.standardName ?? cipher.name
  const serverName: unknown = Reflect.get(socket, 'servername')
  return {
    version: (socket.getProtocol() ?? 'TLS').replace('TLSv', 'TLS'),
    cipher: name,
    bits: /AES_?128/.test(name) ? 128 : 256,
    verified,
    serverName: typeof serverName === 'string' && serverName !== '' ? serverName : null,
  }
}

/** OpenSSL's errors without the numbers of its source: `(SSL_connect): wrong version number`. */
function sslWords(error: Error): string {
  const reason: unknown = Reflect.get(error, 'reason')
  return `(SSL_connect): ${typeof reason === 'string' ? reason : systemWords(error)}`
}

function tlsLost(text: string): Lost {
  return { kind: 'lost', why: { kind: 'tls', text } }
}

function ignore(): void {}

let known: SecureContext | undefined

/** Those that Node brings, and those of this system: an operator's own are among them. */
export const publicAuthorities: Authorities = () => {
  known ??= createSecureContext({
    ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])],
  })
  return known
}
