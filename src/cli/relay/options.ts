/** What the commands that make and change relays have in common. */
import { type Command, InvalidArgumentError, Option } from 'commander'

import type { ChangedRelay } from '../../control/relay-commands.ts'
import type { Relay, RelayHost, RelayRule, RelayTls } from '../../directory/types.ts'
import { answer, type Cli } from '../cli.ts'
import { sayMoved } from '../moved.ts'
import { collect } from '../repeated.ts'
import { defaultPort, placeOf, TLS_KINDS } from './place.ts'
import { showRules } from './show.ts'

/** Of `add`, `set` and `import`, as commander gives them. */
export interface Options {
  readonly host?: readonly Place[]
  readonly user?: string
  readonly login?: boolean
  readonly password?: boolean
  readonly passwordStdin?: boolean
  readonly tls?: RelayTls
  readonly check?: boolean
  readonly mechanism?: Mechanism
  readonly forSender?: readonly string[]
  readonly forRecipient?: readonly string[]
  readonly all?: boolean
  readonly nothing?: boolean
  readonly insecure?: boolean
}

/** A host, and a port where one is given. */
export type Place = NonNullable<ReturnType<typeof placeOf>>
export type Mechanism = 'auto' | NonNullable<Relay['mechanism']>

/** Where the relay is, and how to talk to it. */
export function withRelayOptions(command: Command): Command {
  return command
    .option('--host <host[:port]>', 'where it is; several are tried in this order', collectPlace)
    .option('--user <user>', 'whom to log in as')
    .option('--password-stdin', 'read the password from standard input')
    .addOption(
      new Option(
        '--tls <how>',
        'implicit: from the start (port 465); starttls: always (port 587); opportunistic: when it is offered; the default goes by the port',
      ).choices(TLS_KINDS),
    )
    .addOption(
      new Option('--mechanism <name>', 'how to log in; auto is the best of what it offers').choices(
        ['auto', 'PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'CRAM-MD5', 'XOAUTH2'] satisfies Mechanism[],
      ),
    )
    .option('--insecure', 'send in the clear over a network that is not private')
}

/** Which mail goes by it. */
export function withRules(command: Command): Command {
  return command
    .option('--for-sender <domain>', 'for mail from this domain; can be given again', collect)
    .option('--for-recipient <domain>', 'for mail to this domain; can be given again', collect)
    .option('--all', 'for all mail to other servers that no other relay is for')
}

function collectPlace(value: string, before: readonly Place[] = []): Place[] {
  const place = placeOf(value)
  if (place === null) throw new InvalidArgumentError('write HOST, HOST:PORT or [ADDRESS]:PORT.')
  return [...before, place]
}

/** With the port that belongs to the kind of TLS, where none is given. */
export function hostsOf(places: readonly Place[], tls: RelayTls): RelayHost[] {
  return places.map(({ host, port }) => ({ host, port: port ?? defaultPort(tls) }))
}

/** The rules that are named; undefined: nothing was said. */
export function rulesOf({
  forSender = [],
  forRecipient = [],
  all,
}: Options): RelayRule[] | undefined {
  const rules: RelayRule[] = [
    ...forSender.map((domain) => ({ kind: 'sender', domain }) as const),
    ...forRecipient.map((domain) => ({ kind: 'recipient', domain }) as const),
    ...(all ? [{ kind: 'all' } as const] : []),
  ]
  return rules.length > 0 ? rules : undefined
}

/** What became of a relay, and of the mail that waits. */
export function sayChanged(
  cli: Cli,
  command: Command,
  relay: ChangedRelay,
  sentence: string,
): void {
  answer(cli, command, relay, () => {
    cli.out.write(`${sentence}\n`)
    sayMoved(cli, relay.moved)
  })
  sayRules(cli, relay)
}

/** A relay that nothing goes by was perhaps not meant. */
function sayRules(cli: Cli, relay: Relay): void {
  if (relay.rules.length > 0) return
  cli.errors.write(
    `waybill: warning: ${showRules(relay)}: say --all, --for-sender or --for-recipient\n`,
  )
}
