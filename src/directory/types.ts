/**
 * Who lives here and where an address goes.
 */
import type { Branded } from '../base/brand.ts'
import type { AccountId, Identity } from '../syntax/sasl/credentials.ts'

export type {
  AccountId,
  Credentials,
  Identity,
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
  /** `alias`, `account`, `catch-all`, `outside`, `caught`, `unknown`, `loop` … */
  readonly rule: string
  readonly text: string
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
  route(address: string): Route
  /** May this login send with this reverse-path or From address? Own address, its +tags, and aliases leading to it. */
  ownsAddress(identity: Identity, address: string): boolean
  isLocalDomain(domain: string): boolean
  /** The room an account has left: octets, null without a limit, undefined when it is gone. */
  room(id: AccountId): number | null | undefined
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
  /** @throws Refusal notFound, invalid */
  setAccount(address: string, change: Partial<NewAccount>): Promise<Account>
  /** Removes the account and its mail. @throws Refusal notFound */
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
}
