/**
 * What can be asked of a server, and of a data folder without one: the same commands, by the same
 * code, whether they come over the control socket or from a command that opened the folder itself.
 */
import { OperatorFault, Refusal } from '../base/faults.ts'
import type { JsonValue } from '../base/json-value.ts'
import type { Timings } from '../base/timings.ts'
import {
  ALERTS_REQUIRED,
  type AlertCommands,
  type AlertOffice,
  RUN_ALERTS,
} from './alert-commands.ts'
import type { SentPace, SentToday } from '../delivery/sent-pace.ts'
import type {
  Account,
  Alias,
  AliasTarget,
  Directory,
  DirectoryAdmin,
  Domain,
  NewAccount,
  Route,
} from '../directory/types.ts'
import {
  QUEUE_REQUIRED,
  type QueueCommands,
  type QueueOffice,
  RUN_QUEUE,
} from './queue-commands.ts'
import { holdForNewDomain } from './queue-steer.ts'
import type { Moved } from '../queue/routing.ts'
import type { SessionStatus } from '../net/types.ts'
import { DKIM_REQUIRED, type DkimCommands, type DkimOffice, RUN_DKIM } from './dkim-commands.ts'
import {
  RELAY_REQUIRED,
  type RelayCommands,
  type RelayOffice,
  RUN_RELAY,
} from './relay-commands.ts'
import {
  RUN_SUBMIT,
  SUBMIT_REQUIRED,
  type SubmitCommands,
  type SubmitOffice,
} from './submit-commands.ts'

/** What each command takes and gives. */
export interface Commands
  extends AlertCommands,
    DkimCommands,
    QueueCommands,
    RelayCommands,
    SubmitCommands {
  'domain.list': { args: Record<never, never>; result: readonly Domain[] }
  'domain.add': { args: { name: string }; result: Domain & { readonly held: number } }
  'domain.remove': { args: { name: string }; result: { readonly moved: readonly Moved[] } }
  'account.list': { args: { domain?: string }; result: readonly Account[] }
  'account.show': { args: { address: string }; result: AccountShown }
  'account.add': { args: { address: string; account: NewAccount }; result: Account }
  'account.set': { args: { address: string; change: Partial<NewAccount> }; result: Account }
  'account.remove': { args: { address: string }; result: null }
  'alias.list': { args: { domain?: string }; result: readonly Alias[] }
  'alias.add': { args: { address: string; target: AliasTarget }; result: Alias }
  'alias.set': { args: { address: string; target: AliasTarget }; result: Alias }
  'alias.remove': { args: { address: string }; result: null }
  route: { args: { address: string; sender?: string }; result: Route }
  status: { args: Record<never, never>; result: Status }
  sessions: { args: Record<never, never>; result: readonly SessionShown[] }
  /** Leaves something for the next run of a command on this folder. */
  remember: { args: { topic: RememberedTopic; value: JsonValue }; result: null }
  reload: { args: Record<never, never>; result: null }
  stop: { args: Record<never, never>; result: null }
}

export type CommandName = keyof Commands

/** Commands that compare with their last run. */
const REMEMBERED_TOPICS = ['doctor', 'report', 'backup'] as const
export type RememberedTopic = (typeof REMEMBERED_TOPICS)[number]

export interface AccountShown {
  readonly account: Account
  /** Addresses that lead to it besides its own. */
  readonly aliases: readonly Alias[]
  /** What it sent to other servers. */
  readonly sent: SentToday
}

export interface SessionShown extends SessionStatus {
  readonly listener: string
}

export interface Status {
  readonly processId: number
  readonly version: string
  readonly startedMs: number
  readonly listeners: readonly {
    readonly name: string
    readonly address: string
    readonly port: number
    readonly connections: number
  }[]
  /** Writes asked for and not yet on stable storage. */
  readonly writesWaiting: number
  /** Of groups of writes; undefined: a server from before this was measured. */
  readonly commits?: Timings
  /** How late the event loop is, milliseconds: the last minute or two. Undefined as above. */
  readonly loopDelay?: { readonly p99Ms: number; readonly maxMs: number }
  readonly memoryOctets: number
}

/** What the commands work on. */
export interface Administration
  extends AlertOffice,
    DkimOffice,
    QueueOffice,
    RelayOffice,
    SubmitOffice {
  readonly directory: DirectoryAdmin & Pick<Directory, 'route'>
  readonly outbound: Pick<SentPace, 'today'>
  readonly remember: (topic: RememberedTopic, value: JsonValue) => Promise<void>
  /** Undefined without a running server. */
  readonly server: RunningServer | undefined
}

export interface RunningServer {
  status(): Status
  sessions(): readonly SessionShown[]
  /** @throws Error when the new configuration is wrong; the old one stays */
  reload(): Promise<void>
  /** Returns at once; the server then stops. */
  stop(): void
}

/** @throws Refusal */
export async function runCommand<Name extends CommandName>(
  administration: Administration,
  name: Name,
  args: Commands[Name]['args'],
): Promise<Commands[Name]['result']> {
  return (await RUN[name](administration, args)) as Commands[Name]['result']
}

/** For what comes over the socket: checked, because the other end may be another version. */
export async function runUntyped(
  administration: Administration,
  name: string,
  args: unknown,
): Promise<unknown> {
  if (!isCommandName(name)) throw new Refusal('invalid', `this server has no command ${name}`)
  if (typeof args !== 'object' || args === null)
    throw new Refusal('invalid', `the arguments of ${name} are an object`)
  for (const field of REQUIRED[name])
    if (!(field in args)) throw new Refusal('invalid', `${name} needs ${field}`)
  for (const field of ['name', 'address', 'domain', 'sender']) {
    const value: unknown = Reflect.get(args, field)
    if (value !== undefined && typeof value !== 'string')
      throw new Refusal('invalid', `${field} is a text`)
  }
  return await RUN[name](administration, args as never)
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(RUN, name)
}

type Run<Name extends CommandName> = (
  administration: Administration,
  args: Commands[Name]['args'],
) => Commands[Name]['result'] | Promise<Commands[Name]['result']>

const RUN: { readonly [Name in CommandName]: Run<Name> } = {
  'domain.list': ({ directory }) => directory.domains(),
  'domain.add': (administration, { name }) => addDomain(administration, name),
  'domain.remove': (administration, { name }) => removeDomain(administration, name),
  'account.list': ({ directory }, { domain }) => directory.accounts(domain),
  'account.show': (administration, { address }) => showAccount(administration, address),
  'account.add': ({ directory }, { address, account }) => directory.addAccount(address, account),
  'account.set': ({ directory }, { address, change }) => directory.setAccount(address, change),
  'account.remove': ({ directory }, { address }) => after(directory.removeAccount(address)),
  'alias.list': ({ directory }, { domain }) => directory.aliases(domain),
  'alias.add': ({ directory }, { address, target }) => directory.addAlias(address, target),
  'alias.set': ({ directory }, { address, target }) => directory.setAlias(address, target),
  'alias.remove': ({ directory }, { address }) => after(directory.removeAlias(address)),
  ...RUN_ALERTS,
  ...RUN_DKIM,
  ...RUN_QUEUE,
  ...RUN_RELAY,
  ...RUN_SUBMIT,
  route: ({ directory }, { address, sender = null }) => directory.route(address, { sender }),
  status: (administration) => requireServer(administration).status(),
  sessions: (administration) => requireServer(administration).sessions(),
  remember: (administration, { topic, value }) => {
    if (!REMEMBERED_TOPICS.includes(topic)) throw new Refusal('invalid', `${topic} is not kept`)
    return after(administration.remember(topic, value))
  },
  reload: (administration) => after(requireServer(administration).reload()),
  stop: (administration) => after(requireServer(administration).stop()),
}

const REQUIRED: { readonly [Name in CommandName]: readonly string[] } = {
  'domain.list': [],
  'domain.add': ['name'],
  'domain.remove': ['name'],
  'account.list': [],
  'account.show': ['address'],
  'account.add': ['address', 'account'],
  'account.set': ['address', 'change'],
  'account.remove': ['address'],
  'alias.list': [],
  'alias.add': ['address', 'target'],
  'alias.set': ['address', 'target'],
  'alias.remove': ['address'],
  ...ALERTS_REQUIRED,
  ...DKIM_REQUIRED,
  ...QUEUE_REQUIRED,
  ...RELAY_REQUIRED,
  ...SUBMIT_REQUIRED,
  route: ['address'],
  status: [],
  sessions: [],
  remember: ['topic', 'value'],
  reload: [],
  stop: [],
}

/** A domain has keys that sign from the start. */
async function addDomain({ directory, dkim, routing, queue }: Administration, name: string) {
  const domain = await directory.addDomain(name)
  try {
    await dkim.rotate(domain.name)
  } catch (error) {
    if (!(error instanceof OperatorFault)) throw error
    throw new Refusal('storageFailed', `${domain.name} was added without keys: ${error.message}`)
  }
  const { held } = await routing.domainCame(domain.name, (ids) => holdForNewDomain(queue, ids))
  return { ...domain, held }
}

async function removeDomain({ directory, dkim, routing }: Administration, name: string) {
  await directory.removeDomain(name)
  dkim.forget()
  return { moved: await routing.rulesChanged() }
}

function showAccount({ directory, outbound }: Administration, address: string): AccountShown {
  const account = directory.findAccount(address)
  if (account === undefined) throw new Refusal('notFound', `no account ${address}`)
  const aliases = directory
    .aliases()
    .filter(
      ({ target }) => target.kind === 'addresses' && target.addresses.includes(account.address),
    )
  return { account, aliases, sent: outbound.today(account.id) }
}

function requireServer({ server }: Administration): RunningServer {
  if (server === undefined) throw new Refusal('notFound', 'no server runs on this data folder')
  return server
}

async function after(work: Promise<void> | void): Promise<null> {
  await work
  return null
}
