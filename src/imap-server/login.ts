/**
 * What LOGIN and AUTHENTICATE have in common once the password was checked.
 */
import type { Identity } from '../directory/types.ts'
import { capabilitiesOf } from './capability.ts'
import { type Completion, no, ok } from './command.ts'
import type { Session } from './session.ts'

/** The tagged response to a password that was sent where everybody can read it. */
export const PRIVACY_REQUIRED = no('Start TLS first', 'PRIVACYREQUIRED')

export function completeLogin(
  session: Session,
  identity: Identity,
): Completion | Promise<Completion> {
  // The session may have ended while the password was checked.
  if (session.state.name !== 'notAuthenticated') return no('The session is over')
  if (!session.slots.take(identity.accountId, session.stream.remote.address)) {
    session.recordLogin('loginFailed', identity.login, 'too many connections')
    return no('This account has too many connections open', 'LIMIT')
  }
  if (!session.logIn(identity)) {
    session.slots.release(identity.accountId, session.stream.remote.address)
    return failLogin(session, identity.login)
  }
  session.recordLogin('loggedIn', identity.login, null)
  return ok('Logged in', `CAPABILITY ${capabilitiesOf(session)}`)
}

/** Answers late, so that guessing takes long; after a few times, for good. */
export async function failLogin(session: Session, login: string | null): Promise<Completion> {
  const { limits } = session.options
  session.recordLogin('loginFailed', login, 'authentication failed')
  session.failedLogins++
  await session.sleep(limits.smtp.authFailureDelayMs)
  if (session.failedLogins >= limits.smtp.maxAuthAttempts) session.bye('Too many failed logins')
  return no('Wrong name or password', 'AUTHENTICATIONFAILED')
}
