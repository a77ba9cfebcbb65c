/**
 * Mail of programs on this machine. Who may ask is who may open the control socket, or the data
 * folder: root and the server's own user. Their word is taken for the name of the user. Mail of all
 * others comes through the drop folder (`drop.ts`), by the same door.
 */
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/faults.ts'
import { fromLatin1, latin1OfUtf8 } from '../base/octets.ts'
import { discardBody } from '../delivery/body.ts'
import type { Body, Delivery } from '../delivery/types.ts'
import type { Directory, DirectoryAdmin } from '../directory/types.ts'
import type { MessageId } from '../journal/event.ts'
import { formatAddress, tryAddress } from '../syntax/address/address.ts'
import { fromLine, messageIdLine, receivedLine } from '../syntax/message/write.ts'
import { decodeXtext } from '../syntax/smtp/xtext.ts'
import { fullNameOf } from './system-users.ts'

export interface SubmitCommands {
  'mail.submit': { args: LocalMailFile; result: LocalMailAccepted }
  /** Where they go, without sending anything. As in {@link LocalMail}, the domain may be left out. */
  'mail.verify': { args: { recipients: readonly string[] }; result: readonly Verified[] }
}

export interface LocalMail {
  /** Of this machine; it is in the log. */
  readonly user: string
  /** For the From field that the message lacks; null: as this machine knows the user. */
  readonly fullName: string | null
  /** Null is `<>`; undefined: the user. As the recipients, without a domain it is of ours. */
  readonly from?: string | null
  readonly recipients: readonly string[]
  readonly needsFrom: boolean
  readonly needsMessageId: boolean
  /** RFC 3461 §4.1, §4.3, §4.4; null: not said. */
  readonly notify: string | null
  readonly ret: 'FULL' | 'HDRS' | null
  readonly envelopeId: string | null
}

export interface LocalMailFile extends LocalMail {
  /** The name of a file in `tmp/` with the message, its lines ending in CRLF. It is deleted. */
  readonly file: string
}

export interface LocalMailAccepted {
  readonly id: MessageId
}

export interface Verified {
  readonly address: string
  /** Null: it goes somewhere. */
  readonly refused: string | null
}

export interface SubmitOffice {
  readonly submission: SubmissionDesk
}

export interface SubmissionOptions {
  readonly dataFolder: string
  readonly hostName: () => string
  readonly maxOctets: () => number
  readonly maxHeaderOctets: () => number
  readonly delivery: Delivery
  readonly directory: Pick<Directory, 'route' | 'isLocalDomain'> & Pick<DirectoryAdmin, 'domains'>
  readonly clock: Clock
}

export class SubmissionDesk {
  readonly #options: SubmissionOptions

  constructor(options: SubmissionOptions) {
    this.#options = options
  }

  /**
   * What a name without a domain stands for: our host's name when mail for it is kept here, or the
   * nearest domain above; else any of ours.
   */
  domain(): string {
    const { hostName, directory } = this.#options
    const labels = hostName().split('.')
    const above = labels.map((_, index) => labels.slice(index).join('.'))
    const found = above.find((name) => directory.isLocalDomain(name))
    return found ?? directory.domains()[0]?.name ?? hostName()
  }

  /** A name without a domain is one of {@link domain}. */
  full(name: string): string {
    if (name.includes('@')) return name
    const domain = this.domain()
    return tryAddress(`${name}@${domain}`) === null
      ? formatAddress({ localpart: name, domain })
      : `${name}@${domain}`
  }

  verify(recipients: readonly string[]): readonly Verified[] {
    return recipients.map((name) => {
      const address = this.full(name)
      return { address, refused: this.#refusal(address, null) }
    })
  }

  /** @throws Refusal noSuchUser with every address that goes nowhere: then nothing was sent */
  async submit(mail: LocalMailFile): Promise<LocalMailAccepted> {
    const path = this.#pathOf(mail.file)
    try {
      return await this.take(mail, () => createReadStream(path))
    } finally {
      await rm(path, { force: true })
    }
  }

  /**
   * @param open  reads the message, its lines ending in CRLF; not called for mail that goes nowhere
   * @param takenFrom  the file of the drop folder that it comes from, if it does
   * @throws Refusal as {@link submit}, and what reading throws
   */
  async take(
    mail: LocalMail,
    open: () => AsyncIterable<Uint8Array>,
    takenFrom?: string,
  ): Promise<LocalMailAccepted> {
    const { delivery, directory } = this.#options
    const { user, notify, ret, envelopeId } = mail
    checkWishes(mail)
    const sender = this.#senderOf(mail)
    const addresses = [...new Set(mail.recipients.map((name) => this.full(name)))]
    if (addresses.length === 0) throw new Refusal('invalid', 'the mail has no recipient')
    const refused = addresses.flatMap((address) => {
      const why = this.#refusal(address, sender)
      return why === null ? [] : [`${address}: ${why}`]
    })
    if (refused.length > 0)
      throw new Refusal('noSuchUser', `nothing was sent: ${refused.slice(0, 10).join('; ')}`)
    const id = delivery.newMessageId()
    const recipients = addresses.map((address) => {
      const { destinations } = directory.route(address, { sender })
      return { address, destinations, notify, original: null }
    })
    const body = await this.#read(open, this.#trace(mail, id, sender, addresses))
    await delivery.accept({
      facts: {
        ...{ id, from: sender, user, protocol: 'local' },
        ...{ host: null, local: null, tls: null, authenticator: null, login: null },
      },
      wishes: { ret, envelopeId, smtputf8: false, requireTls: false },
      recipients,
      body,
      ...(takenFrom === undefined ? {} : { takenFrom }),
    })
    return { id }
  }

  #senderOf({ from, user }: LocalMail): string | null {
    if (from === null) return null
    const sender = this.full(from ?? user)
    checkAddress(sender)
    return sender
  }

  #trace(
    mail: LocalMail,
    id: MessageId,
    sender: string | null,
    recipients: readonly string[],
  ): Uint8Array {
    const { hostName, clock } = this.#options
    const [only] = recipients
    const received = receivedLine({
      ...{ helo: null, hostName: null, address: null, by: hostName(), protocol: 'local' },
      ...{ tls: null, id, atMs: clock.nowMs(), zoneMinutes: 0 },
      recipient: recipients.length === 1 && only !== undefined ? latin1OfUtf8(only) : null,
    })
    const { needsFrom, needsMessageId, user } = mail
    const author = fromLine(mail.fullName ?? fullNameOf(user), sender ?? this.full(user))
    const messageId = messageIdLine(`${id}@${hostName()}`)
    return fromLatin1(received + (needsFrom ? author : '') + (needsMessageId ? messageId : ''))
  }

  async #read(open: () => AsyncIterable<Uint8Array>, trace: Uint8Array): Promise<Body> {
    const { delivery, maxOctets, maxHeaderOctets } = this.#options
    await using writer = delivery.openBody()
    writer.write(trace)
    for await (const chunk of open()) {
      if (!writer.write(chunk)) await writer.drained()
      if (writer.sizeOctets > maxOctets()) throw new Refusal('messageTooBig', 'it is too big')
    }
    const body = await writer.finish()
    const headerOctets = body.skeleton.root.bodyStart - trace.length
    if (headerOctets <= maxHeaderOctets()) return body
    await discardBody(body)
    throw new Refusal('messageTooBig', 'its header is too big')
  }

  /** Why no mail goes there; null: it does. */
  #refusal(address: string, sender: string | null): string | null {
    if (tryAddress(address) === null) return 'this is not an address'
    const { destinations } = this.#options.directory.route(address, { sender })
    const refused = destinations.find(({ kind }) => kind === 'refused')
    return refused?.kind === 'refused' ? refused.text : null
  }

  /** Nothing but what `waybill sendmail` wrote for us. */
  #pathOf(file: string): string {
    if (typeof file !== 'string' || !SUBMITTED_FILE.test(file))
      throw new Refusal('invalid', 'this is no file of waybill sendmail')
    return join(this.#options.dataFolder, 'tmp', file)
  }
}

const SUBMITTED_FILE = /^submit-[0-9a-f]{32}$/

function checkAddress(text: string): void {
  if (tryAddress(text) === null) throw new Refusal('invalid', `"${text}" is not an address`)
}

/** They go on to other servers as they are. */
function checkWishes({ notify, envelopeId }: LocalMail): void {
  if (notify !== null && !NOTIFY.test(notify))
    throw new Refusal('invalid', 'notices are NEVER, or a list of SUCCESS, FAILURE, DELAY')
  if (envelopeId === null) return
  if (envelopeId.length > MAX_ENVELOPE_ID_OCTETS || decodeXtext(envelopeId) === null)
    throw new Refusal('invalid', 'the envelope id is none that RFC 3461 §4.4 allows')
}

const NOTIFY = /^(?:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY)){0,2})$/
const MAX_ENVELOPE_ID_OCTETS = 100

type Run<Name extends keyof SubmitCommands> = (
  office: SubmitOffice,
  args: SubmitCommands[Name]['args'],
) => SubmitCommands[Name]['result'] | Promise<SubmitCommands[Name]['result']>

export const RUN_SUBMIT: { readonly [Name in keyof SubmitCommands]: Run<Name> } = {
  'mail.submit': ({ submission }, mail) => submission.submit(mail),
  'mail.verify': ({ submission }, { recipients }) => submission.verify(recipients),
}

export const SUBMIT_REQUIRED: { readonly [Name in keyof SubmitCommands]: readonly string[] } = {
  'mail.submit': [
    ...['user', 'fullName', 'file', 'recipients', 'needsFrom', 'needsMessageId'],
    ...['notify', 'ret', 'envelopeId'],
  ],
  'mail.verify': ['recipients'],
}
