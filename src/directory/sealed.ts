/**
 * Secrets in the database: relay passwords, keys that sign. They are encrypted with a key that is a
 * file beside the database, so that a copy of the database alone gives nothing away.
 *
 * The file `key` in the data folder holds 32 random octets. It is made when the first secret is
 * sealed, and is on stable storage before anything that was sealed with it can be.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

import { OperatorFault, systemCodeOf, systemReason } from '../base/faults.ts'

/** The key file is missing, unreadable, or another one; the message says what to do. */
export class KeyFileFault extends OperatorFault {
  override readonly name = 'KeyFileFault'
}

/** As {@link Seals}, for texts of one purpose. */
export interface TextSeals {
  /** @throws KeyFileFault */
  seal(secret: string): Uint8Array
  /** @throws KeyFileFault */
  open(sealed: Uint8Array): string
}

/** Encrypts and decrypts secrets. Nothing here ever prints one. */
export class Seals {
  readonly #file: string
  readonly #folder: string
  #key: Key | null = null

  constructor(dataFolder: string) {
    this.#folder = dataFolder
    this.#file = join(dataFolder, KEY_FILE)
  }

  /**
   * @param purpose  what the secret is for, such as `the password of the relay NAME`: a secret that was sealed
   * for one purpose does not open for another, so rows cannot be exchanged
   * @throws KeyFileFault
   */
  seal(purpose: string, secret: Uint8Array): Uint8Array {
    const { id, octets } = this.#usableKey()
    const nonce = randomBytes(NONCE_OCTETS)
    const cipher = createCipheriv('aes-256-gcm', octets, nonce)
    cipher.setAAD(Buffer.from(purpose, 'utf8'))
    const sealed = [cipher.update(secret), cipher.final()]
    return new Uint8Array(Buffer.concat([VERSION, id, nonce, ...sealed, cipher.getAuthTag()]))
  }

  /** @throws KeyFileFault when the key file is missing or is not the one it was sealed with */
  open(purpose: string, sealed: Uint8Array): Uint8Array {
    const { id, octets } = this.#neededKey()
    const all = Buffer.from(sealed)
    if (all.length < HEAD_OCTETS + TAG_OCTETS || all[0] !== VERSION[0])
      throw new KeyFileFault(`the secret for ${purpose} in the database is damaged`)
    if (!all.subarray(1, 1 + ID_OCTETS).equals(id))
      throw new KeyFileFault(
        `the secret for ${purpose} was encrypted with another key file than ${this.#file}: ${MEND}`,
      )
    const nonce = all.subarray(1 + ID_OCTETS, HEAD_OCTETS)
    const decipher = createDecipheriv('aes-256-gcm', octets, nonce, { authTagLength: TAG_OCTETS })
    decipher.setAAD(Buffer.from(purpose, 'utf8'))
    decipher.setAuthTag(all.subarray(-TAG_OCTETS))
    try {
      const secret = decipher.update(all.subarray(HEAD_OCTETS, -TAG_OCTETS))
      return new Uint8Array(Buffer.concat([secret, decipher.final()]))
    } catch {
      throw new KeyFileFault(`the secret for ${purpose} in the database is damaged`)
    }
  }

  /** Seals and opens texts for one purpose. */
  forTexts(purpose: string): TextSeals {
    return {
      seal: (secret) => this.seal(purpose, Buffer.from(secret, 'utf8')),
      open: (sealed) => Buffer.from(this.open(purpose, sealed)).toString('utf8'),
    }
  }

  /** The key, made when there is none. */
  #usableKey(): Key {
    this.#key ??= this.#read() ?? this.#make()
    return this.#key
  }

  #neededKey(): Key {
    this.#key ??= this.#read()
    if (this.#key === null)
      throw new KeyFileFault(
        `the key file ${this.#file} is missing, and secrets in the database need it: ${MEND}`,
      )
    return this.#key
  }

  /** Null when there is no key file. */
  #read(): Key | null {
    let octets: Buffer
    try {
      const found = statSync(this.#file)
      // A pipe that nobody writes to would be read for ever.
      if (!found.isFile() && !found.isDirectory()) throw new Error('it is no ordinary file')
      octets = readFileSync(this.#file)
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return null
      throw new KeyFileFault(`the key file ${this.#file} cannot be read: ${systemReason(error)}`)
    }
    if (octets.length !== KEY_OCTETS)
      throw new KeyFileFault(
        `the key file ${this.#file} is damaged: it has ${octets.length} octets instead of ` +
          `${KEY_OCTETS}: ${MEND_DAMAGED}`,
      )
    return keyOf(octets)
  }

  #make(): Key {
    const octets = randomBytes(KEY_OCTETS)
    const unfinished = `${this.#file}.new`
    try {
      writeSynced(unfinished, octets)
      renameSync(unfinished, this.#file)
      syncFolder(this.#folder)
    } catch (error) {
      throw new KeyFileFault(`the key file ${this.#file} cannot be made: ${systemReason(error)}`)
    }
    return keyOf(octets)
  }
}

interface Key {
  readonly octets: Uint8Array
  /** Tells keys apart, and tells nothing of the key. */
  readonly id: Buffer
}

function keyOf(octets: Uint8Array): Key {
  const id = createHmac('sha256', octets).update('waybill key id').digest().subarray(0, ID_OCTETS)
  return { octets, id }
}

function writeSynced(path: string, octets: Uint8Array): void {
  const file = openSync(path, 'w', 0o600)
  try {
    writeSync(file, octets)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** In the data folder. */
export const KEY_FILE = 'key'
const KEY_OCTETS = 32
/** A sealed secret: version, id of the key, nonce, what was encrypted, tag. */
const VERSION = Buffer.from([1])
const ID_OCTETS = 4
const NONCE_OCTETS = 12
const TAG_OCTETS = 16
const HEAD_OCTETS = 1 + ID_OCTETS + NONCE_OCTETS
const PROTECTED = 'set again what it protected (waybill relay set, waybill dkim rotate)'
const MEND = `put the right one back from a backup, or ${PROTECTED}`
const MEND_DAMAGED = `put the right one back from a backup, or remove it and ${PROTECTED}`
