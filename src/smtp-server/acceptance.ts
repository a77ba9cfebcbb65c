/** From the end of the envelope to the 250: how a message goes to delivery. */
import { isTrouble } from '../base/faults.ts'
import type { ArrivalFacts } from '../delivery/types.ts'
import type { Stream } from '../net/types.ts'
import { type Reply, reply } from '../syntax/smtp/reply.ts'
import type { HeaderFacts } from './header-facts.ts'
import { IncomingMessage } from './incoming-message.ts'
import type { SmtpOptions } from './options.ts'
import { REPLY, replyFor } from './reply.ts'
import { checkFrom } from './sender-check.ts'
import type { State } from './session.ts'
import { protocolOf, type TraceContext, traceFields } from './trace-fields.ts'

type Content = Extract<State, { name: 'content' }>

export function openMessage(
  options: SmtpOptions,
  stream: Stream,
  { client, transaction }: Content,
): IncomingMessage {
  const { role, delivery, limits } = options
  const { maxOctets, maxHeaderOctets, maxLineOctets, maxSubmittedLineOctets } = limits.message
  const id = delivery.newMessageId()
  const context: TraceContext = { options, stream, client, transaction, id }
  return new IncomingMessage({
    id,
    body: delivery.openBody(),
    maxOctets,
    maxHeaderOctets,
    maxLineOctets: role === 'submission' ? maxSubmittedLineOctets : maxLineOctets,
    takesBcc: role === 'submission',
    judge: (header) => judge(context, header),
  })
}

/** @returns the fields to put before the message, or why it is not wanted */
function judge(context: TraceContext, header: HeaderFacts): string | Reply {
  const { options, client } = context
  if (header.receivedFields > options.limits.message.maxReceivedHops) return REPLY.tooManyHops
  if (options.role === 'submission') {
    const identity = client.login?.identity
    if (identity === undefined) return REPLY.loginFirst
    const refusal = checkFrom(header.from, options.directory, identity)
    if (refusal !== null) return refusal
  }
  return traceFields(context, header)
}

/**
 * Resolves with 250 only when the message is on stable storage, RFC 5321 §4.2.5; and with 451 when
 * that takes so long that the client may give up waiting, §4.5.3.2.6. Never rejects.
 */
export async function acceptMessage(
  options: SmtpOptions,
  stream: Stream,
  content: Content,
  message: IncomingMessage,
): Promise<Reply> {
  const giveUp = new AbortController()
  const { promise: late, resolve } = Promise.withResolvers<Reply>()
  using _timer = options.clock.after(MAX_ACCEPT_MS, () => {
    giveUp.abort()
    resolve(REPLY.notInTime)
  })
  return await Promise.race([
    store(options, stream, content, message, giveUp.signal).then((answer) => {
      if (giveUp.signal.aborted && answer.code === 250)
        options.reportError(new Error('stored after all, and will come again'), message.id)
      return answer
    }),
    late,
  ])
}

/** Clients are to wait ten minutes; some wait half of that. */
const MAX_ACCEPT_MS = 4 * 60_000

async function store(
  options: SmtpOptions,
  stream: Stream,
  content: Content,
  message: IncomingMessage,
  giveUp: AbortSignal,
): Promise<Reply> {
  try {
    const body = await message.finish()
    if ('code' in body) return body
    const { recipients, wishes } = content.transaction
    const facts = factsOf(stream, content, message)
    const submitter = content.client.login?.identity.accountId
    const { bcc } = message
    await options.delivery.accept({ facts, submitter, bcc, wishes, recipients, body, giveUp })
    return reply(250, '2.0.0', `OK id=${message.id}`)
  } catch (error) {
    if (isTrouble(error)) options.reportError(error, `SMTP message ${message.id}`)
    return replyFor(error)
  }
}

function factsOf(
  stream: Stream,
  { client, transaction }: Content,
  { id }: IncomingMessage,
): ArrivalFacts {
  const { address, port } = stream.remote
  const { login } = client
  return {
    id,
    from: transaction.sender,
    host: { name: null, helo: client.helo, address, port },
    local: stream.local,
    user: null,
    protocol: protocolOf({ stream, client, transaction }).toLowerCase(),
    tls: stream.tls,
    authenticator: login === null ? null : login.mechanism.toLowerCase(),
    login: login === null ? null : login.identity.login,
  }
}
