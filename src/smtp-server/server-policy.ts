import { Refusal } from '../base/faults.ts'
import { OVER_QUOTA } from '../delivery/sent-copy.ts'
import type { Destination, AccountId } from '../directory/types.ts'
import type { Stream } from '../net/types.ts'
import { formatAddress } from '../syntax/address/address.ts'
import type { Path } from '../syntax/address/path.ts'
import type { Verb } from '../syntax/smtp/command.ts'
import type { MailCommand } from '../syntax/smtp/mail-command.ts'
import type { Reply } from '../syntax/smtp/reply.ts'
import type { SmtpOptions } from './options.ts'
import { RecipientsElsewhere } from './recipients-elsewhere.ts'
import { REPLY } from './reply.ts'
import type { Policy } from './session.ts'
import type { Login, Transaction } from './transaction.ts'

/** What one connection may do, by the role of its listener and the state of its TLS. */
export class ServerPolicy implements Policy {
  readonly maxRecipients: number
  readonly #options: SmtpOptions
  readonly #stream: Stream
  /** Whose transaction it is; null: nobody logged in. */
  #user: AccountId | null = null
  /** Whom that user sends to. */
  #elsewhere: RecipientsElsewhere | null = null
  /** The login of that user. */
  #login: string | null = null

  constructor(options: SmtpOptions, stream: Stream) {
    const { maxRecipientsAuthenticated, maxRecipientsStranger } = options.limits.smtp
    this.#options = options
    this.#stream = stream
    this.maxRecipients =
      options.role === 'submission' ? maxRecipientsAuthenticated : maxRecipientsStranger
  }

  hello(): string {
    return `${this.#options.hostName} Hello [${this.#stream.remote.address}]`
  }

  extensions(login: Login | null): readonly string[] {
    const { role, limits, tlsMode } = this.#options
    const isSecret = this.#stream.tls !== null
    return [
      'PIPELINING',
      `SIZE ${limits.message.maxOctets}`,
      '8BITMIME',
      'SMTPUTF8',
      'ENHANCEDSTATUSCODES',
      'CHUNKING',
      'DSN',
      ...(isSecret ? ['REQUIRETLS'] : []), // RFC 8689 §2: offered over TLS only
      ...(tlsMode === 'starttls' && !isSecret ? ['STARTTLS'] : []),
      ...(role === 'submission' && isSecret && login === null
        ? ['AUTH PLAIN LOGIN SCRAM-SHA-256']
        : []),
      `LIMITS MAILMAX=${limits.smtp.maxMessagesPerConnection} RCPTMAX=${this.maxRecipients}`, // RFC 9422
    ]
  }

  barrier(verb: Verb, login: Login | null): Reply | null {
    const { role, tlsMode } = this.#options
    const isSecret = this.#stream.tls !== null
    if (verb === 'STARTTLS') {
      if (isSecret) return REPLY.tlsActive
      return tlsMode === 'starttls' ? null : REPLY.noTls
    }
    if (role === 'mx') return verb === 'AUTH' ? REPLY.noAuth : null
    if (OPEN_TO_ALL.has(verb)) return null
    if (!isSecret) return verb === 'AUTH' ? REPLY.tlsBeforeAuth : REPLY.tlsFirst
    if (verb === 'AUTH') return login === null ? null : REPLY.loggedInAlready
    return login === null ? REPLY.loginFirst : null
  }

  checkSender({ from, sizeOctets = 0 }: MailCommand, login: Login | null): void {
    const { role, limits, directory, delivery, outbound } = this.#options
    if (sizeOctets > limits.message.maxOctets) throw new Refusal('messageTooBig')
    if (role === 'submission' && from !== null) {
      const address = formatAddress(from.address)
      if (login === null || !directory.ownsAddress(login.identity, address)) {
        throw new Refusal('senderNotOwned', `You may not send as ${from.text}`)
      }
    }
    delivery.checkRoom(sizeOctets, [])
    this.#user = login?.identity.accountId ?? null
    this.#login = login?.identity.login ?? null
    this.#elsewhere =
      this.#user === null || outbound === undefined
        ? null
        : new RecipientsElsewhere(outbound, this.#user)
    if (this.#user !== null) this.#checkOwnRoom(sizeOctets, this.#user)
  }

  /** An account that keeps what it sends needs room for it. */
  #checkOwnRoom(sizeOctets: number, user: AccountId): void {
    const { directory, delivery } = this.#options
    if (!directory.keepsSent(user)) return
    try {
      delivery.checkRoom(sizeOctets, [user])
    } catch (error) {
      if (!(error instanceof Refusal) || error.reason !== 'overQuota') throw error
      throw new Refusal('overQuota', OVER_QUOTA)
    }
  }

  /** An alias leads somewhere in all its branches, or its address is refused: no branch is dropped in silence. */
  acceptRecipient(to: Path | 'postmaster', transaction: Transaction) {
    const { directory, delivery } = this.#options
    if (to !== 'postmaster') this.#refuseRelaying(to)
    const address = to === 'postmaster' ? to : formatAddress(to.address)
    const { from } = transaction
    const sender = from === null ? null : formatAddress(from.address)
    const { destinations } = directory.route(address, { sender, sentFor: this.#login })
    const accounts: AccountId[] = []
    for (const destination of destinations) {
      if (destination.kind === 'refused') throw refusalOf(destination)
      if (destination.kind === 'account') accounts.push(destination.account.id)
    }
    if (destinations.length === 0) throw new Refusal('noSuchUser')
    delivery.checkRoom(transaction.declaredOctets ?? 0, accounts)
    this.#elsewhere?.add(destinations)
    return { address: to === 'postmaster' ? to : to.text, destinations }
  }

  /** Strangers reach local domains only, whatever the directory would do with the address. */
  #refuseRelaying({ address }: Path): void {
    const { role, catchOutside, directory } = this.#options
    if (role === 'submission' || catchOutside || directory.isLocalDomain(address.domain)) return
    if (directory.isOfHost(address)) return
    throw new Refusal('relayDenied', 'relay not permitted')
  }
}

/** Which aliases lead in a circle is for the operator: `waybill route` shows it. */
function refusalOf({ reason, text }: Extract<Destination, { kind: 'refused' }>): Refusal {
  return reason === 'loop'
    ? new Refusal(reason, undefined, { cause: text })
    : new Refusal(reason, text)
}

/** On submission, without TLS or login. */
const OPEN_TO_ALL: ReadonlySet<Verb> = new Set<Verb>([
  'EHLO',
  'HELO',
  'NOOP',
  'RSET',
  'QUIT',
  'HELP',
  'unknown',
])
