/**
 * What the doctor tries at its own server is logged too, and is nobody's attack. Its sessions say who
 * they are, and that is believed only of a connection of this machine with itself: from elsewhere
 * nobody comes from a loopback address, nor from the very address that the connection goes to, but
 * by a proxy on this machine, which hides all its clients anyway.
 */
import type { Event } from './event.ts'

/** What the doctor calls itself: in EHLO, and as the name in IMAP's ID. */
export const DOCTOR_NAME = 'waybill-doctor.invalid'
/** The localpart of its senders; and what its made-up accounts begin with. */
export const DOCTOR_USER = 'waybill-doctor'
/** Whom it would send to as a stranger. RFC 6761 §6.4: nobody's, and not to be found in DNS. */
export const PROBED_DOMAIN = 'relay-probe.invalid'

/** Is this a session of the doctor with its own server? @param name  what the client calls itself */
export function isDoctors(
  name: string | null,
  remote: { readonly address: string },
  local: { readonly address: string },
): boolean {
  return name === DOCTOR_NAME && isSameMachine(remote.address, local.address)
}

/** Why a login failed, as the log says it: authlog has no name of the client. */
export function failureOf(isOfDoctor: boolean, reason: string): string {
  return isOfDoctor ? `${LOGIN_MARK}${reason}` : reason
}

/** Did the doctor itself bring it about? */
export function isOfDoctor(event: Event): boolean {
  switch (event.type) {
    case 'rejected': {
      const { host, local, from, subject } = event
      if (!isSameMachine(host?.address ?? null, local?.address ?? null)) return false
      return host?.helo === DOCTOR_NAME || isProbe(from) || isProbe(subject)
    }
    case 'authenticationFailed': {
      const { host, local, login } = event
      if (!isSameMachine(host?.address ?? null, local?.address ?? null)) return false
      return host?.helo === DOCTOR_NAME || isMadeUp(login)
    }
    case 'loginFailed': {
      const { remoteAddress, localAddress, login, reason } = event
      if (!isSameMachine(remoteAddress, localAddress)) return false
      return reason?.startsWith(LOGIN_MARK) === true || isMadeUp(login)
    }
    default:
      return false
  }
}

function isSameMachine(remote: string | null, local: string | null): boolean {
  if (remote === null || remote === '') return false
  return remote === local || remote === '::1' || /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/i.test(remote)
}

/** @param address  with brackets or without */
function isProbe(address: string | null | undefined): boolean {
  return PROBE.test(address ?? '')
}

function isMadeUp(login: string | null): boolean {
  return login?.startsWith(`${DOCTOR_USER}-`) === true && !login.includes('@')
}

/** With what the reason of its failed logins begins in authlog. */
export const LOGIN_MARK = 'waybill doctor, '
const PROBE = new RegExp(`^<?${DOCTOR_USER}@|${PROBED_DOMAIN.replace('.', '\\.')}`, 'i')
