import { renderLogin } from '../journal/dovecot/dovecot.ts'
import type { OwnEvent } from '../journal/event.ts'
import { renderEvent } from '../journal/exim/write.ts'
import type { Zone } from '../journal/zone.ts'

/** Any event as the line of the log it goes to, with its newline. */
export function renderLine(event: OwnEvent, zone: Zone): string {
  switch (event.type) {
    case 'loggedIn':
    case 'loginFailed':
    case 'loggedOut':
    case 'noLogin':
      return `${renderLogin(event, zone)}\n`
    default:
      return `${renderEvent(event, zone)}\n`
  }
}
