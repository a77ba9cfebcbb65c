import { bad, defineCommand, noArguments, ok } from '../command.ts'
import type { Session } from '../session.ts'

/**
 * RFC 9051 §6.2.1. Whatever came in plain text behind the command is not the client's word and is
 * never answered inside TLS: the session ends instead.
 */
export const starttls = defineCommand({
  name: 'STARTTLS',
  allowedIn: ['notAuthenticated'],
  news: 'none',
  parse: noArguments,
  run(session) {
    if (!session.canStartTls) {
      return bad(session.stream.tls === null ? 'TLS is not offered here' : 'TLS is on already')
    }
    if (session.input.reader.pendingOctets > 0) {
      session.bye('Nothing may follow STARTTLS before TLS is on')
      return bad('Nothing may follow STARTTLS before TLS is on')
    }
    return { ...ok('Begin TLS'), afterwards: () => begin(session) }
  },
})

async function begin(session: Session): Promise<void> {
  try {
    await session.stream.startTls()
  } catch {
    // A handshake that fails is no fault of ours; the stream is closed already.
    session.leave('TLS handshake failed')
  }
}
