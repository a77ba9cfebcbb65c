/**
 * Who lives here and where an address goes.
 */
import type { Branded } from '../base/brand.ts'
import type { Address } from '../syntax/address/address.ts'
import type { AccountId, Identity } from '../syntax/sasl/credentials.ts'

export type {
  AccountId,
  Credentials,
  Identity,
  LoginWatch,
  ScramVerifier,
} from '../syntax/sasl/credentials.ts'

export type DomainId = Branded<number, 'DomainId'>

export interface Domain {
  readonly id: DomainId
  /** A-label form, lower case: `xn--bcher-kva.example`. */
  readonly name: string
  readonly createdMs: number
}

export interface Account {
  readonly id: AccountId
  /** The canonical address: `jane@example.com`, domain as A-label. It is also the login. */
  readonly address: string
  /** Null is without limit. */
  readonly quotaOctets: number | null
  readonly usedOctets: number
  readonly messages: number
  readonly enabled: boolean
  /** What it submits is filed in its Sent mailbox. */
  readonly copyToSent: boolean
  readonly createdMs: number
}

export type AliasTarget =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'fail'; readonly text: string }
  | { readonly kind: 'blackhole' }

export interface Alias {
  /** `sales@example.com`, or `*@example.com` for the catch-all. */
  readonly address: string
  readonly target: AliasTarget
  readonly createdMs: number
}

/** One step of the way an address takes, with the rule that made it, for `waybill route`. */
export interface RouteStep {
  readonly address: string
  /** `alias`, `account`, `catch-all`, `host`, `relay`, `mx`, `caught`, `unknown`, `loop` … */
  readonly rule: string
  readonly text: string
}

/** The MX of a domain or an address literal (`mx:example.net`, `mx:[192.0.2.1]`), or a relay by its name. */
export type OutsideDestination = `mx:${string}` | `relay:${string}`

/** For whom an address is asked. */
export interface RouteContext {
  /** The reverse-path: relays can be for the mail of one sender's domain. Null is `<>`, or nobody. */
  readonly sender: string | null
  /**
   * Of mail from `<>`, an address of ours that it is sent for: it goes by the relay of that one's
   * domain. Of a notice, the address here that it is about; of what a user submits, the login.
   */
  readonly sentFor?: string | null
}

/** Where an address ends. Several when an alias fans out. */
export type Destination =
  | {
      readonly kind: 'account'
      readonly account: Account
      /** The address delivered to, before `+tag` was cut. */
      readonly address: string
      /** Aliases passed on the way, nearest first. */
      readonly parents: readonly string[]
      /** `jane+tag`: the tag; null when there is none. */
      readonly tag: string | null
    }
  | { readonly kind: 'blackhole'; readonly address: string; readonly parents: readonly string[] }
  | {
      /** At another server: in the queue until it has it. */
      readonly kind: 'outside'
      readonly address: string
      /** Empty when the address itself was asked for; else it is forwarded by these aliases. */
      readonly parents: readonly string[]
      readonly destination: OutsideDestination
      /** The domain in whose name it is sent, for rules of relays: A-labels; null: nobody's. */
      readonly inNameOf: string | null
    }
  | {
      readonly kind: 'refused'
      readonly reason: 'noSuchUser' | 'relayDenied' | 'userDisabled' | 'policy' | 'loop'
      readonly address: string
      readonly parents: readonly string[]
      /** The sentence for the peer: `:fail:` text, "Unknown user". Of a loop, its path: for us only. */
      readonly text: string
    }

export interface Route {
  readonly steps: readonly RouteStep[]
  readonly destinations: readonly Destination[]
}

/** What the SMTP server asks about addresses. All reads are from memory or the local database. */
export interface Directory {
  /** Never throws: an address that goes nowhere ends in a `refused` destination. */
  route(address: string, context?: RouteContext): Route
  /** May this login send with this reverse-path or From address? Own address, its +tags, and aliases leading to it. */
  ownsAddress(identity: Identity, address: string): boolean
  isLocalDomain(domain: string): boolean
  /** The postmaster at the name of this server itself, which need not be a domain of ours: anybody may write there. */
  isOfHost(address: Address): boolean
  /** The room an account has left: octets, null without a limit, undefined when it is gone. */
  room(id: AccountId): number | null | undefined
  /** Is what the account submits filed in its Sent mailbox? False when it is gone. */
  keepsSent(id: AccountId): boolean
}

/** What the operator changes: `waybill domain|account|alias`. Every address may be given in Unicode. */
export interface DirectoryAdmin {
  domains(): readonly Domain[]
  /** @throws Refusal invalid, alreadyExists */
  addDomain(name: string): Promise<Domain>
  /** @throws Refusal notFound; inUse while it has accounts or aliases */
  removeDomain(name: string): Promise<void>

  /** All, or those of one domain, by address. @throws Refusal notFound (domain) */
  accounts(domain?: string): readonly Account[]
  findAccount(address: string): Account | undefined
  /** Makes the account with its six mailboxes. @throws Refusal invalid, notFound (domain), alreadyExists */
  addAccount(address: string, options: NewAccount): Promise<Account>
  /** Another password, and disabling, end what is logged in. @throws Refusal notFound, invalid */
  setAccount(address: string, change: Partial<NewAccount>): Promise<Account>
  /** Removes the account and its mail, and ends what is logged in. @throws Refusal notFound */
  removeAccount(address: string): Promise<void>

  aliases(domain?: string): readonly Alias[]
  /** @throws Refusal invalid, notFound (domain), alreadyExists */
  addAlias(address: string, target: AliasTarget): Promise<Alias>
  setAlias(address: string, target: AliasTarget): Promise<Alias>
  removeAlias(address: string): Promise<void>
}

export interface NewAccount {
  /** 8 to 128 octets after NFC. */
  readonly password: string
  /** Null is without limit. */
  readonly quotaOctets: number | null
  readonly enabled: boolean
  /** File what it submits in its Sent mailbox; a new account has this off when it is left out. */
  readonly copyToSent?: boolean
}

/** Which mail a relay is for. */
export type RelayRule =
  | { readonly kind: 'all' }
  /** A-labels, lower case: `example.com`, or `*.example.com` for all below it. */
  | { readonly kind: 'sender' | 'recipient'; readonly domain: string }

/** How a relay is spoken to: `opportunistic` is STARTTLS when it is offered. */
export type RelayTls = 'implicit' | 'starttls' | 'opportunistic' | 'none'

export type RelayMechanism = 'PLAIN' | 'LOGIN' | 'SCRAM-SHA-256' | 'CRAM-MD5' | 'XOAUTH2'

export interface RelayHost {
  /** A name as A-labels, or an IP address without brackets. */
  readonly host: string
  readonly port: number
}

/** A smarthost. Its password is never shown. */
export interface Relay {
  readonly name: string
  /** The first one is tried first. */
  readonly hosts: readonly RelayHost[]
  readonly tls: RelayTls
  /** False takes any certificate. */
  readonly checkCertificate: boolean
  /** Null: it takes our mail without a login. */
  readonly user: string | null
  /** Null: the best of what it offers. */
  readonly mechanism: RelayMechanism | null
  readonly rules: readonly RelayRule[]
  /** Since when it refuses our login, and in which words; null: it takes it, or was not tried. */
  readonly loginRefused: { readonly atMs: number; readonly text: string } | null
  readonly createdMs: number
}

/** A relay with what a connection to it needs. Not to be printed. */
export interface OpenRelay extends Relay {
  /** Null without a user. */
  readonly password: string | null
}

/** What of a relay can be given and changed. */
export interface NewRelay {
  readonly hosts: readonly RelayHost[]
  readonly tls: RelayTls
  readonly checkCertificate: boolean
  readonly user: string | null
  readonly password: string | null
  readonly mechanism: RelayMechanism | null
  readonly rules: readonly RelayRule[]
  /** Let mail go without TLS over a network that others share; a password never goes in the clear. */
  readonly insecure: boolean
}

/** What the operator changes: `waybill relay`. */
export interface RelayAdmin {
  relays(): readonly Relay[]
  /** With its password. @throws Refusal notFound; KeyFileFault when the key file does not open it */
  openRelay(name: string): OpenRelay
  /** @throws Refusal invalid, alreadyExists (the name, or another relay has the rule) */
  addRelay(name: string, relay: NewRelay): Promise<Relay>
  /** @throws Refusal notFound, invalid, alreadyExists */
  setRelay(name: string, change: Partial<NewRelay>): Promise<Relay>
  /** @throws Refusal notFound; inUse while messages wait that a person sent by it */
  removeRelay(name: string): Promise<void>
}
