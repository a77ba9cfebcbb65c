import type { AcceptStream } from '../net/types.ts'
import { ImapConnection } from './connection.ts'
import type { ImapOptions } from './options.ts'
import { UserSlots } from './user-slots.ts'

/** What an IMAP listener does with a connection. The per-user counts are of this acceptor. */
export function acceptImap(
  options: ImapOptions,
  slots: UserSlots = new UserSlots(options.limits.imap),
): AcceptStream {
  return (stream) => {
    const connection = new ImapConnection(options, stream, slots)
    stream.attach(connection)
    connection.run().catch((error: unknown) => options.reportError(error, 'IMAP connection'))
  }
}
