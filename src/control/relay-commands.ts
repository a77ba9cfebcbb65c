/** Relays over the control socket. */
import { Refusal, SyntaxFault } from '../base/faults.ts'
import type { NewRelay, Relay, RelayAdmin } from '../directory/types.ts'
import type { Moved, Routing } from '../queue/routing.ts'
import { formatAddress, parseAddress } from '../syntax/address/address.ts'
import type { RelayTest, RelayTester } from './relay-test.ts'

/** What each command takes and gives. No answer has a password in it. */
export interface RelayCommands {
  'relay.list': { args: Record<never, never>; result: readonly Relay[] }
  'relay.show': { args: { name: string }; result: Relay }
  'relay.add': { args: { name: string; relay: NewRelay }; result: ChangedRelay }
  'relay.set': { args: { name: string; change: Partial<NewRelay> }; result: ChangedRelay }
  'relay.remove': { args: { name: string }; result: { readonly moved: readonly Moved[] } }
  'relay.test': { args: { name: string; from?: string; to?: string }; result: RelayTest }
}

/** A relay, and what waits and has another way since. */
export type ChangedRelay = Relay & { readonly moved: readonly Moved[] }

/** What they work on. */
export interface RelayOffice {
  readonly relays: RelayAdmin
  readonly routing: Pick<Routing, 'rulesChanged' | 'domainCame'>
  readonly testRelay: RelayTester
}

type Run<Name extends keyof RelayCommands> = (
  office: RelayOffice,
  args: RelayCommands[Name]['args'],
) => RelayCommands[Name]['result'] | Promise<RelayCommands[Name]['result']>

export const RUN_RELAY: { readonly [Name in keyof RelayCommands]: Run<Name> } = {
  'relay.list': ({ relays }) => relays.relays(),
  'relay.show': ({ relays }, { name }) => findRelay(relays, name),
  'relay.add': async ({ relays, routing }, { name, relay }) => {
    const added = await relays.addRelay(name, relay)
    return { ...added, moved: await routing.rulesChanged() }
  },
  'relay.set': async ({ relays, routing }, { name, change }) => {
    const changed = await relays.setRelay(name, change)
    return { ...changed, moved: await routing.rulesChanged() }
  },
  'relay.remove': async ({ relays, routing }, { name }) => {
    await relays.removeRelay(name)
    return { moved: await routing.rulesChanged() }
  },
  'relay.test': ({ relays, testRelay }, { name, from = null, to = null }) =>
    testRelay(
      relays.openRelay(name),
      to === null ? null : { from: from && addressOf(from), to: addressOf(to) },
    ),
}

export const RELAY_REQUIRED: { readonly [Name in keyof RelayCommands]: readonly string[] } = {
  'relay.list': [],
  'relay.show': ['name'],
  'relay.add': ['name', 'relay'],
  'relay.set': ['name', 'change'],
  'relay.remove': ['name'],
  'relay.test': ['name'],
}

/** @throws Refusal invalid */
function addressOf(text: string): string {
  try {
    return formatAddress(parseAddress(text))
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error
    throw new Refusal('invalid', `"${text}" is not an address like jane@example.com`)
  }
}

/** @throws Refusal notFound */
function findRelay(relays: RelayAdmin, name: string): Relay {
  const wanted = name.toLowerCase()
  const relay = relays.relays().find((one) => one.name === wanted)
  if (relay === undefined) throw new Refusal('notFound', `no relay ${name}`)
  return relay
}
