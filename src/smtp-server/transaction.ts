import type { AcceptedRecipient, Wishes } from '../delivery/types.ts'
import type { Path } from '../syntax/address/path.ts'
import type { Identity } from '../syntax/sasl/credentials.ts'
import type { Mechanism } from '../syntax/sasl/mechanism.ts'
import type { MailCommand } from '../syntax/smtp/mail-command.ts'

/** Who is at the other end, by its own word and by what it proved. Forgotten when TLS begins. */
export interface Client {
  readonly greeting: 'EHLO' | 'HELO'
  /** As it came: latin1, printable, not checked. */
  readonly helo: string
  /** Null before AUTH, and always on port 25. */
  readonly login: Login | null
}

export interface Login {
  readonly identity: Identity
  readonly mechanism: Mechanism
}

/** One message's envelope, from MAIL until it is accepted, refused or dropped. Never used twice. */
export class Transaction {
  /** Null is `<>`. */
  readonly from: Path | null
  readonly smtputf8: boolean
  /** For whoever sends it on, and for notices. */
  readonly wishes: Wishes
  /** SIZE= as declared; undefined when it was not. */
  readonly declaredOctets: number | undefined
  readonly recipients: AcceptedRecipient[] = []

  constructor({ from, smtputf8, sizeOctets, ret, envelopeId, requireTls }: MailCommand) {
    this.from = from
    this.smtputf8 = smtputf8
    this.wishes = { ret, envelopeId, smtputf8, requireTls }
    this.declaredOctets = sizeOctets
  }

  /** Without brackets, as the client wrote it; null is `<>`. */
  get sender(): string | null {
    return this.from === null ? null : this.from.text
  }
}
