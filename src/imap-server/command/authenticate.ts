import { decodeBase64, encodeBase64 } from '../../syntax/sasl/base64.ts'
import type { Exchange, Outcome } from '../../syntax/sasl/exchange.ts'
import { mechanismOf, startExchange } from '../../syntax/sasl/mechanism.ts'
import { expectAtom } from '../../syntax/imap/string.ts'
import { bad, type Completion, defineCommand, no } from '../command.ts'
import { completeLogin, failLogin, PRIVACY_REQUIRED } from '../login.ts'
import type { Session } from '../session.ts'

/** RFC 9051 §6.2.2, RFC 4959 (initial response). */
export const authenticate = defineCommand({
  name: 'AUTHENTICATE',
  allowedIn: ['notAuthenticated'],
  news: 'none',
  parse(cursor) {
    cursor.expect(' ')
    const mechanism = expectAtom(cursor, 'a mechanism')
    if (cursor.atEnd) return { mechanism, initial: null }
    cursor.expect(' ')
    const text = cursor.rest
    // RFC 4959 §3: "=" is an initial response of no octets.
    const initial = text === '=' ? new Uint8Array() : decodeBase64(text)
    return { mechanism, initial: initial ?? cursor.fail('base64') }
  },
  async run(session, { mechanism, initial }) {
    if (!session.mayLogIn) return PRIVACY_REQUIRED
    const known = mechanismOf(mechanism)
    if (known === null || known === 'LOGIN') {
      return no('PLAIN and SCRAM-SHA-256 are offered', 'CANNOT')
    }
    session.mechanism = known
    const exchange = startExchange(known, session.credentials, session.options.random)
    return authenticateWith(session, exchange, initial)
  },
})

async function authenticateWith(
  session: Session,
  exchange: Exchange,
  initial: Uint8Array | null,
): Promise<Completion> {
  let response = initial
  for (;;) {
    const outcome: Outcome = await exchange.step(response)
    if (outcome.kind === 'failure') return failLogin(session, outcome.login)
    if (outcome.kind === 'success' && outcome.data === null) {
      return completeLogin(session, outcome.identity)
    }
    const answer = await challenge(session, outcome.data ?? new Uint8Array())
    if (!(answer instanceof Uint8Array)) return answer
    // RFC 4422 §3.6: data with success went as a challenge; the empty answer ends the exchange.
    if (outcome.kind === 'success') return completeLogin(session, outcome.identity)
    response = answer
  }
}

async function challenge(session: Session, data: Uint8Array): Promise<Uint8Array | Completion> {
  session.out.continue(encodeBase64(data))
  const { limits } = session.options
  const line = await session.input.nextLine(limits.smtp.maxAuthLineOctets)
  if (line === null) return no('The session is over')
  if (line === 'tooLong') {
    session.bye('The response is too long')
    return bad('The response is too long')
  }
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  if (text === '*') return bad('Cancelled')
  return decodeBase64(text) ?? bad('The response is not base64')
}
