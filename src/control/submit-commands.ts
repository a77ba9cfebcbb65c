/**
 * Mail of programs on this machine. Who may ask is who may open the control socket, or the data
 * folder: root and the server's own user. Their word is taken for the name of the user.
 */
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Clock } from '../base/clock.ts'
import { Refusal, SyntaxFault } from '../base/faults.ts'
import { fromLatin1, latin1OfUtf8 } from '../base/octets.ts'
import type { Body, Delivery } from '../delivery/types.ts'
import type { Directory, DirectoryAdmin } from '../directory/types.ts'
import type { MessageId } from '../journal/event.ts'
import { parseAddress } from '../syntax/address/address.ts'
import { messageIdLine, receivedLine } from '../syntax/message/write.ts'

export interface SubmitCommands {
  /** What a name without a domain stands for: `root` is `root@` this. */
  'mail.domain': { args: Record<never, never>; result: string }
  'mail.submit': { args: LocalMail; result: LocalMailAccepted }
  /** Where the addresses go, without sending anything. */
  'mail.verify': { args: { recipients: readonly string[] }; result: readonly Verified[] }
}

export interface LocalMail {
  /** Of this machine; it is in the log. */
  readonly user: string
  /** The name of a file in `tmp/` with the message, its lines ending in CRLF. It is deleted. */
  readonly file: string
  /** Null is `<>`. */
  readonly from: string | null
  readonly recipients: readonly string[]
  readonly needsMessageId: boolean
  /** RFC 3461 §4.1, §4.3, §4.4; null: not said. */
  readonly notify: string | null
  readonly ret: 'FULL' | 'HDRS' | null
  readonly envelopeId: string | null
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
  readonly delivery: Delivery
  readonly directory: Pick<Directory, 'route' | 'isLocalDomain'> & Pick<DirectoryAdmin, 'domains'>
  readonly clock: Clock
}

export class SubmissionDesk {
  readonly #options: SubmissionOptions

  constructor(options: SubmissionOptions) {
    this.#options = options
  }

  /** Our host's name when mail for it is kept here, or the nearest domain above; else any of ours. */
  domain(): string {
    const { hostName, directory } = this.#options
    const labels = hostName().split('.')
    const above = labels.map((_, index) => labels.slice(index).join('.'))
    const found = above.find((name) => directory.isLocalDomain(name))
    return found ?? directory.domains()[0]?.name ?? hostName()
  }

  verify(recipients: readonly string[]): readonly Verified[] {
    return recipients.map((address) => ({ address, refused: this.#refusal(address, null) }))
  }

  /** @throws Refusal noSuchUser with every address that goes nowhere: then nothing was sent */
  async submit(mail: LocalMail): Promise<LocalMailAccepted> {
    const path = this.#pathOf(mail.file)
    try {
      return await this.#accept(mail, path)
    } finally {
      await rm(path, { force: true })
    }
  }

  async #accept(mail: LocalMail, path: string): Promise<LocalMailAccepted> {
    const { delivery, directory } = this.#options
    const { from: sender, user, notify, ret, envelopeId } = mail
    if (mail.recipients.length === 0) throw new Refusal('invalid', 'the mail has no recipient')
    if (sender !== null) checkAddress(sender)
    const addresses = [...new Set(mail.recipients)]
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
    const body = await this.#read(path, this.#trace(mail, id))
    await delivery.accept({
      facts: {
        ...{ id, from: sender, user, protocol: 'local' },
        ...{ host: null, local: null, tls: null, authenticator: null, login: null },
      },
      wishes: { ret, envelopeId, smtputf8: false, requireTls: false },
      recipients,
      body,
    })
    return { id }
  }

  #trace({ recipients, needsMessageId }: LocalMail, id: MessageId): Uint8Array {
    const { hostName, clock } = this.#options
    const [only] = recipients
    const received = receivedLine({
      ...{ helo: null, hostName: null, address: null, by: hostName(), protocol: 'local' },
      ...{ tls: null, id, atMs: clock.nowMs(), zoneMinutes: 0 },
      recipient: recipients.length === 1 && only !== undefined ? latin1OfUtf8(only) : null,
    })
    return fromLatin1(received + (needsMessageId ? messageIdLine(`${id}@${hostName()}`) : ''))
  }

  async #read(path: string, trace: Uint8Array): Promise<Body> {
    const { delivery, maxOctets } = this.#options
    await using writer = delivery.openBody()
    writer.write(trace)
    for await (const chunk of createReadStream(path)) {
      if (!writer.write(chunk as Buffer)) await writer.drained()
      if (writer.sizeOctets > maxOctets()) throw new Refusal('messageTooBig')
    }
    return await writer.finish()
  }

  /** Why no mail goes there; null: it does. */
  #refusal(address: string, sender: string | null): string | null {
    try {
      parseAddress(address)
    } catch (error) {
      if (error instanceof SyntaxFault) return 'this is not an address'
      throw error
    }
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
  try {
    parseAddress(text)
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error
    throw new Refusal('invalid', `"${text}" is not an address`)
  }
}

type Run<Name extends keyof SubmitCommands> = (
  office: SubmitOffice,
  args: SubmitCommands[Name]['args'],
) => SubmitCommands[Name]['result'] | Promise<SubmitCommands[Name]['result']>

export const RUN_SUBMIT: { readonly [Name in keyof SubmitCommands]: Run<Name> } = {
  'mail.domain': ({ submission }) => submission.domain(),
  'mail.submit': ({ submission }, mail) => submission.submit(mail),
  'mail.verify': ({ submission }, { recipients }) => submission.verify(recipients),
}

export const SUBMIT_REQUIRED: { readonly [Name in keyof SubmitCommands]: readonly string[] } = {
  'mail.domain': [],
  'mail.submit': ['user', 'file', 'recipients', 'needsMessageId', 'notify', 'ret', 'envelopeId'],
  'mail.verify': ['recipients'],
}
