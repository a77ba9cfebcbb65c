/**
 * SASL as a client: what we say to log in at a relay. PLAIN (RFC 4616), LOGIN (never standardised),
 * CRAM-MD5 (RFC 2195), SCRAM-SHA-256 (RFC 5802, RFC 7677) and Google's XOAUTH2.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

import { decodeBase64, encodeBase64 } from './base64.ts'
import { prepareScramPassword } from './scram.ts'

export type ClientMechanism = 'PLAIN' | 'LOGIN' | 'SCRAM-SHA-256' | 'CRAM-MD5' | 'XOAUTH2'

export interface ClientSecret {
  readonly user: string
  /** Or the access token, for XOAUTH2. */
  readonly password: string
}

/** One attempt to log in. */
export interface ClientExchange {
  /** What may stand in the command already (RFC 4954 §4); null: the server speaks first. */
  readonly initial: Uint8Array | null
  /** The answer to a challenge; null: it is none that we can answer, and the attempt is cancelled. */
  respond(challenge: Uint8Array): Promise<Uint8Array | null>
  /** Asked when the server says that we are in: false when it did not prove who it is. */
  readonly isProved: boolean
}

/** @param nonce printable, without comma; for SCRAM */
export function startClientExchange(
  mechanism: ClientMechanism,
  secret: ClientSecret,
  nonce: string,
): ClientExchange {
  const { user, password } = secret
  switch (mechanism) {
    case 'PLAIN':
      return fixed(`\0${user}\0${password}`, [])
    case 'LOGIN':
      return fixed(null, [user, password])
    case 'XOAUTH2':
      // A challenge after it tells why not, and wants an empty answer.
      return fixed(`user=${user}\x01auth=Bearer ${password}\x01\x01`, [''])
    case 'CRAM-MD5':
      return new CramExchange(secret)
    case 'SCRAM-SHA-256':
      return new ScramClient(secret, nonce)
    default:
      return mechanism satisfies never
  }
}

/** Answers that do not depend on the challenge. */
function fixed(initial: string | null, answers: readonly string[]): ClientExchange {
  const left = [...answers]
  return {
    initial: initial === null ? null : Buffer.from(initial),
    isProved: true,
    respond: (challenge) => {
      // A server that does not read the initial response asks for it by an empty challenge.
      const isRepeat = initial !== null && challenge.length === 0 && left.length === answers.length
      const next = isRepeat ? initial : left.shift()
      return Promise.resolve(next === undefined ? null : Buffer.from(next))
    },
  }
}

/** RFC 2195 §2. */
class CramExchange implements ClientExchange {
  readonly initial = null
  readonly isProved = true
  readonly #secret: ClientSecret
  #done = false

  constructor(secret: ClientSecret) {
    this.#secret = secret
  }

  respond(challenge: Uint8Array): Promise<Uint8Array | null> {
    if (this.#done || challenge.length === 0) return Promise.resolve(null)
    this.#done = true
    const digest = createHmac('md5', this.#secret.password).update(challenge).digest('hex')
    return Promise.resolve(Buffer.from(`${this.#secret.user} ${digest}`))
  }
}

const derive = promisify(pbkdf2)

/** RFC 5802 §3, without channel binding. */
class ScramClient implements ClientExchange {
  readonly initial: Uint8Array
  readonly #password: string
  readonly #nonce: string
  readonly #bare: string
  #serverSignature: Buffer | null = null
  #proved = false

  constructor({ user, password }: ClientSecret, nonce: string) {
    this.#password = prepareScramPassword(password)
    this.#nonce = nonce
    const name = prepareScramPassword(user).replace(/=/g, '=3D').replace(/,/g, '=2C')
    this.#bare = `n=${name},r=${nonce}`
    this.initial = Buffer.from(GS2_HEADER + this.#bare)
  }

  get isProved(): boolean {
    return this.#proved
  }

  async respond(challenge: Uint8Array): Promise<Uint8Array | null> {
    const text = Buffer.from(challenge).toString('utf8')
    if (this.#serverSignature !== null) return this.#check(this.#serverSignature, text)
    // A server that does not read the initial response asks for it by an empty challenge.
    if (text === '') return this.initial
    const first = serverFirst(text, this.#nonce)
    if (first === null) return null
    const salted = await derive(this.#password, first.salt, first.iterations, 32, 'sha256')
    const clientKey = hmac(salted, 'Client Key')
    const final = `c=${encodeBase64(Buffer.from(GS2_HEADER))},r=${first.nonce}`
    const authMessage = `${this.#bare},${text},${final}`
    const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage)
    const proof = clientKey.map((octet, index) => octet ^ (signature[index] ?? 0))
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), authMessage)
    return Buffer.from(`${final},p=${encodeBase64(proof)}`)
  }

  /** RFC 5802 §7 server-final-message: who knows our verifier, and nobody else, can sign it. */
  #check(expected: Buffer, text: string): Uint8Array | null {
    const [value = ''] = text.split(',', 1)
    const signature = value.startsWith('v=') ? decodeBase64(value.slice(2)) : null
    if (signature?.length !== expected.length || !timingSafeEqual(signature, expected)) return null
    this.#proved = true
    return new Uint8Array(0)
  }
}

interface ServerFirst {
  readonly nonce: string
  readonly salt: Uint8Array
  readonly iterations: number
}

/** RFC 5802 §7 server-first-message. */
function serverFirst(text: string, clientNonce: string): ServerFirst | null {
  const [nonceField = '', saltField = '', countField = ''] = text.split(',', 3)
  const nonce = nonceField.slice(2)
  if (!nonceField.startsWith('r=') || !nonce.startsWith(clientNonce)) return null
  if (nonce.length === clientNonce.length || nonce.length > MAX_NONCE_CHARS) return null
  const salt = saltField.startsWith('s=') ? decodeBase64(saltField.slice(2)) : null
  const iterations = /^i=[1-9][0-9]{0,7}$/.test(countField) ? Number(countField.slice(2)) : 0
  if (salt === null || salt.length === 0) return null
  if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) return null
  return { nonce, salt, iterations }
}

function hmac(key: Uint8Array, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest()
}

/** No channel binding, no other identity. */
const GS2_HEADER = 'n,,'
const MAX_NONCE_CHARS = 1024
/** RFC 7677 §4: fewer are too few to hide the password from who looks on. */
const MIN_ITERATIONS = 4096
/** More is somebody who wants our processor: half a second of it. */
const MAX_ITERATIONS = 1_000_000
