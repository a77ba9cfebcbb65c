/**
 * Passwords at rest: an scrypt hash for checking, and a SCRAM-SHA-256 verifier (RFC 5802).
 *
 * One scrypt costs 32 MB and about 100 ms. At most two run at once and a bounded number waits, so
 * that a flood of logins takes neither the memory nor all of libuv's threads, which file and DNS
 * work share.
 */
import { pbkdf2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

import { Refusal } from '../base/faults.ts'
import type { AuthLimits } from '../base/limits.ts'
import type { ScramSecret } from '../syntax/sasl/credentials.ts'
import { prepareScramPassword, scramSecretOf } from '../syntax/sasl/scram.ts'

/** scrypt's N = 2^15, r = 8, p = 1 (RFC 7914 §2). */
const COST_LOG2 = 15
const BLOCK_SIZE = 8
const PARALLEL = 1
const MEMORY_OCTETS = 64 * 1024 * 1024
const KEY_OCTETS = 32
const SALT_OCTETS = 16
/**
 * Far above RFC 7677's 4096: whoever steals the database would attack the verifier, not the scrypt
 * hash. The client pays for them at each login, a few hundredths of a second.
 */
const SCRAM_ITERATIONS = 50_000

const deriveScrypt = promisify<Buffer | string, Buffer, number, object, Buffer>(scrypt)
const derivePbkdf2 = promisify(pbkdf2)

/** What is stored of a password. */
export interface StoredPassword {
  /** PHC string: `$scrypt$ln=15,r=8,p=1$salt$hash`. */
  readonly hash: string
  /** `SCRAM-SHA-256$50000:salt$storedKey:serverKey`, all base64. */
  readonly scram: string
}

export class PasswordHasher {
  readonly #limits: AuthLimits
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(limits: AuthLimits) {
    this.#limits = limits
  }

  /** @throws Refusal `invalid` when the password is too short or too long */
  async store(password: string): Promise<StoredPassword> {
    const octets = Buffer.byteLength(password.normalize('NFC'))
    const { minPasswordOctets: min, maxPasswordOctets: max } = this.#limits
    if (octets < min || octets > max)
      throw new Refusal('invalid', `a password has ${min} to ${max} octets, this one has ${octets}`)
    const salt = randomBytes(SALT_OCTETS)
    const key = await this.#scrypt(password, salt)
    const scramSalt = randomBytes(SALT_OCTETS)
    const prepared = prepareScramPassword(password)
    const salted = await derivePbkdf2(prepared, scramSalt, SCRAM_ITERATIONS, KEY_OCTETS, 'sha256')
    return {
      hash: `$scrypt$ln=${COST_LOG2},r=${BLOCK_SIZE},p=${PARALLEL}$${base64(salt)}$${base64(key)}`,
      scram: formatScram(scramSecretOf(salted, scramSalt, SCRAM_ITERATIONS)),
    }
  }

  /**
   * @param stored  null for an unknown account: as much work is done, and the answer is false
   * @throws Refusal `authenticationBusy`
   */
  async check(password: string, stored: string | null): Promise<boolean> {
    const [, , , salt = '', hash = ''] = (stored ?? DUMMY_HASH).split('$')
    const key = await this.#scrypt(password, Buffer.from(salt, 'base64'))
    const expected = Buffer.from(hash, 'base64')
    return expected.length === key.length && timingSafeEqual(expected, key) && stored !== null
  }

  async #scrypt(password: string, salt: Buffer): Promise<Buffer> {
    // Longer than any that can be set: hash a constant instead, in the same time.
    const text = password.normalize('NFC')
    const bounded = Buffer.byteLength(text) > this.#limits.maxPasswordOctets ? '' : text
    await this.#turn()
    try {
      const options = { N: 2 ** COST_LOG2, r: BLOCK_SIZE, p: PARALLEL, maxmem: MEMORY_OCTETS }
      return await deriveScrypt(bounded, salt, KEY_OCTETS, options)
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= this.#limits.hashThreads) {
      if (this.#waiting.length >= this.#limits.hashQueue) throw new Refusal('authenticationBusy')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#running++
  }
}

/** Reads what {@link PasswordHasher.store} wrote as `scram`. */
export function parseScram(text: string): ScramSecret {
  const [, parameters = '', keys = ''] = text.split('$')
  const [iterations = '', salt = ''] = parameters.split(':')
  const [storedKey = '', serverKey = ''] = keys.split(':')
  return {
    salt: Buffer.from(salt, 'base64'),
    iterations: Number(iterations),
    storedKey: Buffer.from(storedKey, 'base64'),
    serverKey: Buffer.from(serverKey, 'base64'),
  }
}

function formatScram({ salt, iterations, storedKey, serverKey }: ScramSecret): string {
  return `SCRAM-SHA-256$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`
}

/** What an unknown account is told, so that it looks like a known one (RFC 5802 §5.1). */
export function fakeScram(seed: Uint8Array): ScramSecret {
  const octets = Buffer.from(seed)
  return {
    salt: octets.subarray(0, SALT_OCTETS),
    iterations: SCRAM_ITERATIONS,
    storedKey: octets,
    serverKey: octets,
  }
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64')
}

const DUMMY_HASH = `$scrypt$ln=15,r=8,p=1$${base64(randomBytes(SALT_OCTETS))}$${base64(randomBytes(KEY_OCTETS))}`
