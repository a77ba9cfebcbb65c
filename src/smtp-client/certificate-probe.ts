/**
 * What certificate a server shows, whether or not it is a good one: for a person who wants to know
 * why it was refused. Nothing is sent but EHLO and STARTTLS.
 */
import { once } from 'node:events'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'

import { publicAuthorities } from './client-tls.ts'

/** A certificate, in words for a person. */
export interface PeerCertificate {
  /** The names it is for, as it has them: `mail.example.com`, `*.example.com`, `192.0.2.1`. */
  readonly names: readonly string[]
  /** Who made it; the same as its own name for a self-signed one. */
  readonly issuer: string
  readonly validFromMs: number
  readonly validUntilMs: number
  /** Why it is not trusted for this host, a code of OpenSSL's such as `CERT_HAS_EXPIRED`; null: it is. */
  readonly fault: string | null
}

export interface ProbeOptions {
  readonly mode: 'implicit' | 'starttls'
  readonly helloName: string
  readonly timeoutMs: number
}

/** Null when there is none to be seen. Never rejects. */
export async function probeCertificate(
  place: { readonly name: string | null; readonly address: string; readonly port: number },
  { mode, helloName, timeoutMs }: ProbeOptions,
): Promise<PeerCertificate | null> {
  const signal = AbortSignal.timeout(timeoutMs)
  const socket = connectPlain({ host: place.address, port: place.port })
  const stop = () => socket.destroy()
  signal.addEventListener('abort', stop)
  socket.on('error', stop)
  try {
    await once(socket, 'connect', { signal })
    if (mode === 'starttls' && !(await startTls(socket, helloName))) return null
    return await handshake(socket, place.name ?? place.address, signal)
  } catch {
    return null
  } finally {
    signal.removeEventListener('abort', stop)
    socket.destroy()
  }
}

/** @returns whether the other side waits for a handshake now */
async function startTls(socket: Socket, helloName: string): Promise<boolean> {
  const steps: readonly [command: string | null, code: string][] = [
    [null, '220'],
    [`EHLO ${helloName}`, '250'],
    ['STARTTLS', '220'],
  ]
  for (const [command, code] of steps) {
    if (command !== null) socket.write(`${command}\r\n`)
    const reply = await readReply(socket)
    if (!reply.startsWith(code)) return false
    if (command?.startsWith('EHLO') && !/^250[- ]STARTTLS\b/im.test(reply)) return false
  }
  return true
}

/** One reply, up to its last line. @throws Error when the connection ends or it is too long */
async function readReply(socket: Socket): Promise<string> {
  let text = ''
  while (!/^\d{3}(?: [^\n]*)?\r?\n$/m.test(text)) {
    const octets: Buffer | null = socket.read()
    if (octets === null) {
      if (socket.readableEnded || socket.destroyed) throw new Error('the connection ended')
      await Promise.race([once(socket, 'readable'), ended(socket)])
      continue
    }
    text += octets.toString('latin1')
    if (text.length > MAX_REPLY_OCTETS) throw new Error('the reply is too long')
  }
  return text
}

async function ended(socket: Socket): Promise<never> {
  await once(socket, 'close')
  throw new Error('the connection ended')
}

const MAX_REPLY_OCTETS = 16_384

async function handshake(
  socket: Socket,
  host: string,
  signal: AbortSignal,
): Promise<PeerCertificate | null> {
  const servername = isIP(host) === 0 ? { servername: host } : {}
  // The certificate is looked at and not relied on: nothing is sent over this connection.
  const secure = connectTls({
    ...{ socket, host, ...servername },
    secureContext: publicAuthorities(),
    rejectUnauthorized: false,
  })
  secure.on('error', () => socket.destroy())
  socket.once('close', () => secure.destroy())
  await once(secure, 'secureConnect', { signal })
  const seen = certificateOf(secure)
  secure.destroy()
  return seen
}

function certificateOf(secure: TLSSocket): PeerCertificate | null {
  const certificate = secure.getPeerX509Certificate()
  if (certificate === undefined) return null
  const { subject, subjectAltName, issuer, validFromDate, validToDate } = certificate
  const fault: unknown = secure.authorizationError
  return {
    names: namesOf(subjectAltName, subject),
    issuer: commonName(issuer),
    validFromMs: validFromDate.getTime(),
    validUntilMs: validToDate.getTime(),
    fault: secure.authorized ? null : codeOf(fault),
  }
}

function codeOf(fault: unknown): string {
  if (fault instanceof Error) return 'code' in fault ? String(fault.code) : fault.message
  return String(fault)
}

/** `DNS:a.example, DNS:b.example, IP Address:192.0.2.1` */
function namesOf(alternatives: string | undefined, subject: string): string[] {
  const names = (alternatives ?? '').split(', ').flatMap((entry) => {
    const [, name] = /^(?:DNS|IP Address):(.+)$/.exec(entry) ?? []
    return name === undefined ? [] : [name]
  })
  return names.length > 0 ? names : [commonName(subject)]
}

/** Of `C=US\nO=Let's Encrypt\nCN=R11`: the name, and whose it is. */
function commonName(subject: string): string {
  const part = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(subject)?.[1]
  const [name, organization] = [part('CN'), part('O')]
  if (name === undefined) return organization ?? subject.replaceAll('\n', ', ')
  return organization === undefined ? name : `${name} (${organization})`
}
