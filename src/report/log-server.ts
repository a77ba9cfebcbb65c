/** Whose log it is, where nobody said: by the messages in it, not by how it begins. */
import type { MailServer } from '../diagnosis/reasons/types.ts'
import { serverOf } from '../diagnosis/server.ts'
import type { Event, Unknown } from '../journal/event.ts'
import { isMessageId } from '../journal/message-id.ts'
import { detectFormat } from '../journal/reader.ts'
import type { Found } from '../trace/search/search.ts'

export class LogServer {
  readonly #seen = new Set<MailServer>()
  #linesLookedAt = 0

  take({ id, events, lines }: Pick<Found, 'id' | 'events' | 'lines'>): void {
    if (id === null) this.#takeLine(events[0], lines[0])
    else this.#seen.add(serverOfMessage(id, events))
  }

  /** Dovecot beside another has its mailboxes: what is said of mail is the other's. Null: nobody knows. */
  found(): MailServer | null {
    const seen = new Set(this.#seen)
    // Our lines have Exim's form, and not every message has one that tells.
    if (seen.has('waybill')) seen.delete('exim')
    if (seen.size > 1) seen.delete('dovecot')
    const [only, ...more] = seen
    return only === undefined || more.length > 0 ? null : only
  }

  #takeLine(event: Event | Unknown | undefined, line: string | undefined): void {
    if (event === undefined || line === undefined || event.type === 'unknown') return
    if (OF_DOVECOT.has(event.type)) this.#seen.add('dovecot')
    else if (this.#linesLookedAt++ < MOST_LINES) {
      const format = detectFormat(line)
      if (format !== null) this.#seen.add(format)
    }
  }
}

function serverOfMessage(id: string, events: readonly (Event | Unknown)[]): MailServer {
  for (const event of events) {
    const server = serverOf(event)
    if (server !== null && server !== 'dovecot') return server
  }
  return isMessageId(id) ? 'exim' : 'postfix'
}

/** A night of these may come before the first message. */
const OF_DOVECOT: ReadonlySet<(Event | Unknown)['type']> = new Set([
  ...(['loggedIn', 'loggedOut', 'loginFailed', 'noLogin', 'filed'] as const),
])
/** With a thousand of other lines, whose they are is known. */
const MOST_LINES = 1_000
