/**
 * SCRAM-SHA-256, server side (RFC 5802, RFC 7677), and the mathematics of its verifier.
 *
 *   client-first   n,,n=user,r=cnonce
 *   server-first   r=cnonce+snonce,s=salt,i=iterations
 *   client-final   c=biws,r=cnonce+snonce,p=proof
 *   server-final   v=signature
 *
 * Channel binding is not offered: gs2 flags `n` and `y` are taken, `p=` fails.
 */
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'

import type { Random } from '../../base/random.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import type { Credentials, ScramSecret, ScramVerifier } from './credentials.ts'
import { type Exchange, failure, type Outcome, sameLogin, utf8OfOctets } from './exchange.ts'

/** Each side's nonce; 18 octets are 24 base64 characters and no padding. */
const NONCE_OCTETS = 18
/** A client's nonce is echoed: no need to carry more than this. */
const MAX_NONCE_CHARS = 512
const HASH = 'sha256'
const HASH_OCTETS = 32

/**
 * The verifier of a password. Costs `iterations` HMACs in the calling thread; RFC 7677 §4 wants at
 * least 4096.
 * @param password  as typed; {@link prepareScramPassword} is applied here
 */
export function makeScramVerifier(
  password: string,
  salt: Uint8Array,
  iterations: number,
): ScramSecret {
  const prepared = prepareScramPassword(password)
  return scramSecretOf(pbkdf2Sync(prepared, salt, iterations, HASH_OCTETS, HASH), salt, iterations)
}

/** The verifier, from a SaltedPassword computed elsewhere: PBKDF2-HMAC-SHA-256, 32 octets. */
export function scramSecretOf(
  saltedPassword: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): ScramSecret {
  return {
    salt,
    iterations,
    storedKey: sha256(hmac(saltedPassword, 'Client Key')),
    serverKey: hmac(saltedPassword, 'Server Key'),
  }
}

/**
 * SASLprep as far as it matters here (RFC 4013 §2): other spaces become a space, characters commonly
 * mapped to nothing go (all that Unicode calls default-ignorable), then NFKC. On purpose nothing is prohibited and no bidi rule is applied: a
 * password that could be set must work.
 */
export function prepareScramPassword(password: string): string {
  if (/^[\x20-\x7e]*$/.test(password)) return password
  return password
    .replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
}

export class ScramExchange implements Exchange {
  readonly #credentials: Credentials
  readonly #random: Random
  #begun: Begun | null = null

  constructor(credentials: Credentials, random: Random) {
    this.#credentials = credentials
    this.#random = random
  }

  async step(response: Uint8Array | null): Promise<Outcome> {
    if (this.#begun !== null) return this.#finish(this.#begun, utf8OfOctets(response))
    if (response === null) return { kind: 'challenge', data: new Uint8Array(0) }
    return this.#begin(utf8OfOctets(response))
  }

  #begin(message: string | null): Outcome {
    const first = message === null ? null : parseClientFirst(message)
    if (first === null) return failure(null)
    if (first.authzid !== null && !sameLogin(first.authzid, first.login))
      return failure(first.login)

    const verifier = this.#credentials.scramVerifier(first.login)
    const nonce = first.nonce + encodeBase64(this.#random.octets(NONCE_OCTETS))
    const salt = encodeBase64(verifier.salt)
    const serverFirst = `r=${nonce},s=${salt},i=${verifier.iterations}`
    this.#begun = { first, verifier, nonce, serverFirst }
    return { kind: 'challenge', data: Buffer.from(serverFirst) }
  }

  #finish(begun: Begun, message: string | null): Outcome {
    const outcome = this.#verdict(begun, message)
    if (outcome.kind === 'failure') this.#credentials.scramFailed(begun.first.login)
    return outcome
  }

  #verdict(begun: Begun, message: string | null): Outcome {
    const { first, verifier, nonce, serverFirst } = begun
    const final = message === null ? null : parseClientFinal(message)
    if (final === null || final.nonce !== nonce) return failure(first.login)
    if (final.channelBinding !== encodeBase64(Buffer.from(first.gs2Header))) {
      return failure(first.login)
    }
    const authMessage = `${first.bare},${serverFirst},${final.withoutProof}`
    if (!proves(final.proof, verifier, authMessage) || verifier.identity === null) {
      return failure(first.login)
    }
    const signature = hmac(verifier.serverKey, authMessage)
    const data = Buffer.from(`v=${encodeBase64(signature)}`)
    return { kind: 'success', identity: verifier.identity, data }
  }
}

interface ClientFirst {
  /** `n,,` or `y,a=…,`: repeated, in base64, in client-final. */
  readonly gs2Header: string
  readonly authzid: string | null
  readonly login: string
  readonly nonce: string
  /** client-first-message-bare, part of what is signed. */
  readonly bare: string
}

interface ClientFinal {
  readonly channelBinding: string
  readonly nonce: string
  readonly proof: Uint8Array
  readonly withoutProof: string
}

interface Begun {
  readonly first: ClientFirst
  readonly verifier: ScramVerifier
  /** Both nonces, the client's first. */
  readonly nonce: string
  readonly serverFirst: string
}

/** RFC 5802 §7 client-first-message; null when it does not match, or asks for channel binding. */
function parseClientFirst(message: string): ClientFirst | null {
  const [flag = '', authzidPart = '', userPart = '', noncePart = ''] = message.split(',', 4)
  if (flag !== 'n' && flag !== 'y') return null
  const authzid = authzidPart === '' ? null : saslName(authzidPart, 'a=')
  if (authzidPart !== '' && authzid === null) return null
  const login = saslName(userPart, 'n=') // `m=` stands here for extensions we must refuse
  if (login === null || login === '' || !noncePart.startsWith('r=')) return null
  const nonce = noncePart.slice(2)
  if (!isNonce(nonce)) return null
  const gs2Header = `${flag},${authzidPart},`
  return { gs2Header, authzid, login, nonce, bare: message.slice(gs2Header.length) }
}

/** RFC 5802 §7 client-final-message; extensions between nonce and proof are ignored. */
function parseClientFinal(message: string): ClientFinal | null {
  const proofAt = message.lastIndexOf(',p=')
  if (proofAt < 0) return null
  const proof = decodeBase64(message.slice(proofAt + 3))
  const withoutProof = message.slice(0, proofAt)
  const [binding = '', nonce = ''] = withoutProof.split(',', 2)
  if (proof === null || !binding.startsWith('c=') || !nonce.startsWith('r=')) return null
  return { channelBinding: binding.slice(2), nonce: nonce.slice(2), proof, withoutProof }
}

/** saslname after its attribute: `=2C` is a comma, `=3D` an equals sign, no other `=` may stand. */
function saslName(part: string, attribute: string): string | null {
  if (!part.startsWith(attribute)) return null
  const name = part.slice(attribute.length)
  if (/=(?!2C|3D)/.test(name) || name.includes('\0')) return null
  return name.replace(/=2C/g, ',').replace(/=3D/g, '=')
}

/** Printable ASCII without comma, RFC 5802 §7. */
function isNonce(text: string): boolean {
  return text.length <= MAX_NONCE_CHARS && /^[\x21-\x2b\x2d-\x7e]+$/.test(text)
}

/** Does the proof come from somebody who knows the client key? Takes the same time either way. */
function proves(proof: Uint8Array, verifier: ScramVerifier, authMessage: string): boolean {
  if (proof.length !== HASH_OCTETS) return false
  const clientKey = hmac(verifier.storedKey, authMessage)
  for (let i = 0; i < HASH_OCTETS; i++) clientKey[i] = (clientKey[i] ?? 0) ^ (proof[i] ?? 0)
  return timingSafeEqual(sha256(clientKey), verifier.storedKey)
}

function hmac(key: Uint8Array, message: string): Buffer {
  return createHmac(HASH, key).update(message).digest()
}

function sha256(octets: Uint8Array): Buffer {
  return createHash(HASH).update(octets).digest()
}
