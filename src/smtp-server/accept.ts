import type { AcceptStream } from '../net/types.ts'
import { SmtpConnection } from './connection.ts'
import type { SmtpOptions } from './options.ts'

/** What an SMTP listener does with a connection. */
export function acceptSmtp(options: SmtpOptions): AcceptStream {
  return (stream) => {
    const connection = new SmtpConnection(options, stream)
    stream.attach(connection)
    connection.start()
  }
}
