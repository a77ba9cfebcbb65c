/** PLAIN (RFC 4616) and LOGIN (never standardised; Outlook and many devices know nothing else). */
import type { Credentials } from './credentials.ts'
import { type Exchange, failure, type Outcome, sameLogin, utf8OfOctets } from './exchange.ts'

/** `authzid NUL authcid NUL password`. Passwords go to the directory as typed; it does the NFC. */
export class PlainExchange implements Exchange {
  readonly #credentials: Credentials

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  async step(response: Uint8Array | null): Promise<Outcome> {
    if (response === null) return { kind: 'challenge', data: new Uint8Array(0) }
    const parts = utf8OfOctets(response)?.split('\0') ?? []
    const [authzid = '', login = '', password = ''] = parts
    if (parts.length !== 3 || login === '' || password === '') return failure(login || null)
    if (authzid !== '' && !sameLogin(authzid, login)) return failure(login)
    return check(this.#credentials, login, password)
  }
}

const USERNAME = Buffer.from('Username:')
const PASSWORD = Buffer.from('Password:')

/** Two questions; the first may be answered in the command itself. */
export class LoginExchange implements Exchange {
  readonly #credentials: Credentials
  #login: string | null = null

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  async step(response: Uint8Array | null): Promise<Outcome> {
    if (response === null) return { kind: 'challenge', data: USERNAME }
    const text = utf8OfOctets(response)
    const login = this.#login
    if (text === null || text === '' || text.includes('\0')) return failure(login)
    if (login !== null) return check(this.#credentials, login, text)
    this.#login = text
    return { kind: 'challenge', data: PASSWORD }
  }
}

async function check(credentials: Credentials, login: string, password: string): Promise<Outcome> {
  const identity = await credentials.checkPassword(login, password)
  return identity === null ? failure(login) : { kind: 'success', identity, data: null }
}
