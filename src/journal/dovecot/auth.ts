/**
 * What Dovecot's auth process says of one password: the database asked, the user, the address, the
 * session, and the answer.
 *
 *   passwd-file(bob@example.com,192.0.2.3,<z4H59b1gS8F>): Password mismatch
 *   conn unix:auth-worker (pid=12,uid=97): auth-worker<128>: pam(bob,192.0.2.7): unknown user
 *   auth(bob@example.com,192.0.2.3,sasl:plain)<z4H59b1gS8F>: passwd-file: Password mismatch
 *   pam_unix(dovecot:auth): authentication failure; logname= uid=0 … rhost=192.0.2.10 user=root
 *
 * The login process counts the same attempts in its own line, with the same session: whoever adds
 * up attempts takes one of the two. These are the ones whose service is `auth`.
 */
import type { LoggedIn } from '../event.ts'
import { headEnd, isAddress, type Prefix, readOwner } from './prefix.ts'

/** Who asked, and how it was answered. */
export interface AuthAnswer {
  readonly user: string | null
  readonly address: string | null
  readonly session: string | null
  readonly text: string
  readonly failed: boolean
}

/** Null when the message is not about one user. */
export function readAuth(prefix: Prefix, message: string): AuthAnswer | null {
  if (prefix.name === 'pam_unix') return readPam(message)
  // In 2.4 the process is named once, with the user.
  if (prefix.list?.includes(',')) return answerOf(readWho(prefix.list), prefix.session, message)
  const at = afterConnection(message)
  const open = message.indexOf('(', at)
  if (open <= at || open - at > MAX_DATABASE_CHARS || message.slice(at, open).includes(' '))
    return null
  const end = headEnd(message, open)
  if (end < 0) return null
  const text = message.slice(end + 2)
  if (message.startsWith('pam_unix', at)) return readPam(text)
  const { list, session } = readOwner(message, open, end)
  return answerOf(readWho(list ?? ''), session, text)
}

function answerOf(who: Who, session: string | null, text: string): AuthAnswer {
  return { ...who, session: who.session ?? session, text, failed: isFailure(text) }
}

/** Past `conn unix:… (pid=1,uid=2): auth-worker<3>: `. */
function afterConnection(message: string): number {
  let at = 0
  if (message.startsWith('conn ')) {
    const end = message.indexOf('): ')
    if (end > 0) at = end + 3
  }
  if (message.startsWith('auth-worker<', at)) {
    const end = message.indexOf('>: ', at)
    if (end > 0) at = end + 3
  }
  return at
}

type Who = Pick<AuthAnswer, 'user' | 'address' | 'session'>

/** `user,address,<session>` and more between; the last two are optional. */
function readWho(list: string): Who {
  let end = list.length
  let session: string | null = null
  let address: string | null = null
  // From the right: whoever logs in chooses the name, and it can hold commas.
  for (let parts = 0; parts < MAX_PARTS && address === null; parts++) {
    const comma = list.lastIndexOf(',', end - 1)
    if (comma < 0 || end === 0) break
    const part = list.slice(comma + 1, end)
    if (part.startsWith('<') && part.endsWith('>')) session = part.slice(1, -1) || null
    else if (isAddress(part)) address = part
    else if (part !== '' && !OTHER_PARTS.test(part)) break
    end = comma
  }
  const user = list.slice(0, end)
  return { user: user === '' || user === NOBODY ? null : user, address, session }
}

/** Dovecot's word for a user that it does not know yet. */
const NOBODY = '?'

/** `master`, and in 2.4 `sasl:plain`. */
const OTHER_PARTS = /^(?:master|sasl:[a-z0-9-]{1,30})$/
const MAX_PARTS = 4

function readPam(text: string): AuthAnswer {
  const rhost = text.lastIndexOf('rhost=')
  const user = text.lastIndexOf(' user=')
  return {
    user: user < 0 ? null : wordAt(text, user + 6) || null,
    address: rhost < 0 ? null : wordAt(text, rhost + 6) || null,
    session: null,
    text,
    failed: isFailure(text),
  }
}

function wordAt(text: string, at: number): string {
  const space = text.indexOf(' ', at)
  return text.slice(at, space < 0 ? text.length : space)
}

function isFailure(text: string): boolean {
  const lower = text.slice(0, MAX_ANSWER_CHARS).toLowerCase()
  if (OWN_FAULTS.some((part) => lower.includes(part))) return false
  return ANSWERS.some((part) => lower.includes(part))
}

/** The answer is no, and whoever tried is not to blame. */
const OWN_FAULTS: readonly string[] = [
  'password in passdb', // is in no form that is known
  '() failed: system error',
  '() failed: authentication service cannot retrieve',
  'introspection failed',
]

/** The answers that are a no to whoever tried, in lower case. */
const ANSWERS: readonly string[] = [
  'password mismatch',
  'unknown user',
  'authentication failure',
  'authentication failed',
  'pam_authenticate() failed',
  'pam_acct_mgmt() failed',
  'invalid credentials',
  'invalid password',
  'invalid username',
  'invalid user',
  'invalid authorization',
  'user not found',
  'empty password',
  'empty username',
  'password not set',
  'password expired',
  'account expired',
  'user is disabled',
  'user disabled',
  'login disabled',
  'allow_nets check failed',
  'ip not in allowed networks',
  'digest mismatch',
  "password doesn't match",
  'token validation failed',
  'token expired',
  'token is not valid',
  'invalid token',
  'not allowed to log in',
  'denied by policy',
  'refused by policy',
  'blocked by policy',
  'username character disallowed',
  'disallowed by auth_username_chars',
]
const MAX_ANSWER_CHARS = 1000
const MAX_DATABASE_CHARS = 40

/** A no, as an event. */
export function loginFailedOf(answer: AuthAnswer, atMs: number): LoggedIn {
  return {
    type: 'loginFailed',
    atMs,
    service: 'auth',
    login: answer.user,
    mechanism: null,
    remoteAddress: answer.address,
    localAddress: null,
    tls: false,
    session: answer.session,
    attempts: 1,
    counts: null,
    reason: answer.text,
  }
}
