import type { AcceptStream } from '../net/types.ts'
import { SmtpConnection } from './connection.ts'
import { NetworkPace } from './network-pace.ts'
import type { SmtpOptions } from './options.ts'

/** What an SMTP listener does with a connection. What a network sends is counted for this acceptor. */
export function acceptSmtp(options: SmtpOptions): AcceptStream {
  const pace = new NetworkPace(options.limits.smtp, options.clock)
  return (stream) => {
    const connection = new SmtpConnection(options, stream, pace)
    stream.attach(connection)
    connection.start()
  }
}
