/**
 * What a SASL exchange asks of the rest of the server: who may log in.
 */
import type { Branded } from '../../base/brand.ts'

export type AccountId = Branded<number, 'AccountId'>

/** Whom a login turned out to be. */
export interface Identity {
  readonly accountId: AccountId
  /** The account's address. */
  readonly login: string
}

/** What the server keeps to check SCRAM-SHA-256; the password cannot be had from it. */
export interface ScramSecret {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

/** What SCRAM-SHA-256 needs of an account; made up, but stable, for an unknown one (RFC 5802 §5.1). */
export interface ScramVerifier extends ScramSecret {
  /** Null for an unknown or disabled account: the exchange is played to the end and then fails. */
  readonly identity: Identity | null
}

/** Where a server gets the credentials that a client at an address may ask. */
export interface Logins extends LoginWatch {
  from(address: string): Credentials
}

/** Tells a session when the right to its login ends. */
export interface LoginWatch {
  /**
   * Calls `ended` at most once, with why, `the account was disabled`: from then on nothing new may be
   * done in the name of this identity.
   * @param identity  the very object that the proof gave
   * @param ended  must not throw; of its own for every call
   * @returns null when the right has ended already: the login fails
   */
  watchLogin(identity: Identity, ended: (why: string) => void): Disposable | null
}

/** What servers ask when somebody logs in. */
export interface Credentials {
  /**
   * Takes the same time whether the account exists or not.
   * @returns null when login or password is wrong
   * @throws Refusal `authenticationBusy` when too many passwords are being checked
   */
  checkPassword(login: string, password: string): Promise<Identity | null>
  scramVerifier(login: string): ScramVerifier
  /** Whoever asked for this login's verifier did not prove to know the password. */
  scramFailed(login: string): void
}
