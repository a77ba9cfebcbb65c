import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

import { Command, InvalidArgumentError, Option } from 'commander'

import { systemReason } from '../../base/faults.ts'
import type { ChangedRelay } from '../../control/relay-commands.ts'
import type { NewRelay, Relay, RelayHost, RelayRule, RelayTls } from '../../directory/types.ts'
import { answer, type Cli, withOffice } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { confirm, knownPassword, textOf } from '../password.ts'
import { sayMoved } from '../moved.ts'
import { listRelays, showRelay, showRules } from './show.ts'
import { parseRelayFile } from './file.ts'
import { defaultPort, defaultTls, placeOf, TLS_KINDS } from './place.ts'
import { testRelay } from './test-report.ts'

interface Options {
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

type Place = NonNullable<ReturnType<typeof placeOf>>
type Mechanism = 'auto' | NonNullable<Relay['mechanism']>

/** `waybill relay`: smarthosts that take our mail to other servers. */
export function relayCommand(cli: Cli): Command {
  const relay = new Command('relay')
  withRules(
    withRelayOptions(relay.command('add').description('Add a relay; asks for the password')),
  )
    .argument('<name>', 'what to call it')
    .option('--no-check', 'take any certificate')
    .action((name: string, options: Options, command: Command) => add(cli, name, options, command))
  withRules(withRelayOptions(relay.command('set').description('Change a relay')))
    .argument('<name>')
    .option('--no-login', 'it takes our mail without a user')
    .option('--password', 'ask for a new password')
    .option('--check', 'take only a certificate that is good for the host')
    .option('--no-check', 'take any certificate')
    .option('--nothing', 'it is for no mail, for now')
    .action((name: string, options: Options, command: Command) => set(cli, name, options, command))
  withRules(
    relay.command('import').description('Add a relay from a file of host, port, user, pass'),
  )
    .argument('<file>', '"-" is standard input')
    .option('--name <name>', 'what to call it; the default is its name in the file, or the file’s')
    .option('--replace', 'take the place of a relay of that name')
    .option('--no-check', 'take any certificate')
    .option('--insecure', 'send in the clear over a network that is not private')
    .action((file: string, options: ImportOptions, command: Command) =>
      importFile(cli, file, options, command),
    )
  relay
    .command('remove')
    .description('Remove a relay')
    .argument('<name>')
    .option('--yes', 'do not ask')
    .action((name: string, options: { yes?: boolean }, command: Command) =>
      remove(cli, name, options, command),
    )
  relay
    .command('show')
    .description('Show a relay; never its password')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const shown = await withOffice(command, (office) => office.run('relay.show', { name }))
      answer(cli, command, shown, () => showRelay(cli, shown))
    })
  relay
    .command('list')
    .description('List the relays')
    .action(async (_options, command: Command) => {
      const relays = await withOffice(command, (office) => office.run('relay.list', {}))
      answer(cli, command, relays, () => listRelays(cli, relays))
    })
  relay
    .command('test')
    .description(
      'Connect to a relay and log in; says what is wrong. Exits with 1 when mail cannot go',
    )
    .argument('<name>')
    .option('--to <address>', 'send a short message there')
    .option('--from <address>', 'whose message; the default is the user, or nobody')
    .action((name: string, options: { from?: string; to?: string }, command: Command) =>
      testRelay(cli, { ...options, name }, command),
    )
  return relay
}

function withRelayOptions(command: Command): Command {
  return command
    .option('--host <host[:port]>', 'where it is; several are tried in this order', collectPlace)
    .option('--user <user>', 'whom to log in as')
    .option('--password-stdin', 'read the password from standard input')
    .addOption(
      new Option(
        '--tls <how>',
        'from the start (port 465), by STARTTLS (port 587), by STARTTLS when it is offered, never',
      ).choices(TLS_KINDS),
    )
    .addOption(
      new Option('--mechanism <name>', 'how to log in; auto is the best of what it offers').choices(
        ['auto', 'PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'CRAM-MD5', 'XOAUTH2'] satisfies Mechanism[],
      ),
    )
    .option('--insecure', 'send in the clear over a network that is not private')
}

function withRules(command: Command): Command {
  return command
    .option('--for-sender <domain>', 'for mail from this domain; can be given again', collect)
    .option('--for-recipient <domain>', 'for mail to this domain; can be given again', collect)
    .option('--all', 'for all mail to other servers that no other relay is for')
}

const collect = (value: string, before: readonly string[] = []) => [...before, value]

function collectPlace(value: string, before: readonly Place[] = []): Place[] {
  const place = placeOf(value)
  if (place === null) throw new InvalidArgumentError('write HOST, HOST:PORT or [ADDRESS]:PORT.')
  return [...before, place]
}

async function add(cli: Cli, name: string, options: Options, command: Command): Promise<void> {
  const { host: places = [], user = null, mechanism = 'auto' } = options
  if (places.length === 0) throw new UsageFault('say where the relay is: --host NAME')
  const tls = options.tls ?? defaultTls(places[0]?.port ?? null)
  const password = user === null ? null : await knownPassword(cli, options, `Password of ${user}: `)
  const relay: NewRelay = {
    hosts: hostsOf(places, tls),
    ...{ tls, user, password },
    checkCertificate: options.check !== false,
    mechanism: mechanism === 'auto' ? null : mechanism,
    rules: rulesOf(options) ?? [],
    insecure: options.insecure === true,
  }
  const added = await withOffice(
    command,
    (office) => office.run('relay.add', { name, relay }),
    'mayBeMade',
  )
  sayChanged(cli, command, added, `Added the relay ${added.name}.`)
}

async function set(cli: Cli, name: string, options: Options, command: Command): Promise<void> {
  const { host: places, user, tls, mechanism } = options
  const change: { -readonly [Field in keyof NewRelay]?: NewRelay[Field] } = {}
  if (tls !== undefined) change.tls = tls
  if (options.check !== undefined) change.checkCertificate = options.check
  if (mechanism !== undefined) change.mechanism = mechanism === 'auto' ? null : mechanism
  if (options.login === false) Object.assign(change, { user: null, password: null })
  if (user !== undefined) change.user = user
  if (user !== undefined || options.password || options.passwordStdin)
    change.password = await knownPassword(cli, options, `Password of ${user ?? name}: `)
  const rules = options.nothing ? [] : rulesOf(options)
  if (rules !== undefined) change.rules = rules
  if (options.insecure) change.insecure = true
  if (Object.keys(change).length === 0 && places === undefined)
    throw new UsageFault('say what to change: --host, --user, --password, --tls, --all …')
  const changed = await withOffice(command, async (office) => {
    if (places !== undefined) {
      change.tls ??= tlsAt(places, (await office.run('relay.show', { name })).tls)
      change.hosts = hostsOf(places, change.tls)
    }
    return await office.run('relay.set', { name, change })
  })
  sayChanged(cli, command, changed, `Changed the relay ${changed.name}.`)
}

async function remove(
  cli: Cli,
  name: string,
  options: { readonly yes?: boolean },
  command: Command,
): Promise<void> {
  await confirm(cli, options.yes, `Its mail will go another way, and its password is lost.`)
  const { moved } = await withOffice(command, (office) => office.run('relay.remove', { name }))
  answer(cli, command, { removed: name, moved }, () => {
    cli.out.write(`Removed ${name}.\n`)
    sayMoved(cli, moved)
  })
}

interface ImportOptions extends Options {
  readonly name?: string
  readonly replace?: boolean
}

async function importFile(
  cli: Cli,
  file: string,
  options: ImportOptions,
  command: Command,
): Promise<void> {
  const { name: ownName, ...read } = parseRelayFile(await readText(cli, file), file)
  const name = options.name ?? ownName ?? (file === '-' ? null : nameOf(file))
  if (name === null) throw new UsageFault('say what to call the relay: --name')
  const relay: NewRelay = {
    ...read,
    checkCertificate: options.check !== false,
    mechanism: null,
    rules: rulesOf(options) ?? [],
    insecure: options.insecure === true,
  }
  const imported = await withOffice(
    command,
    async (office) => {
      if (!options.replace) return await office.run('relay.add', { name, relay })
      const relays = await office.run('relay.list', {})
      const old = relays.find((one) => one.name === name.toLowerCase())
      if (old === undefined) return await office.run('relay.add', { name, relay })
      const change = { ...relay, rules: rulesOf(options) ?? old.rules }
      return await office.run('relay.set', { name, change })
    },
    'mayBeMade',
  )
  sayChanged(cli, command, imported, `Imported the relay ${imported.name}.`)
}

/** `/etc/relay.conf` is the relay `relay`. */
function nameOf(file: string): string {
  return basename(file).replace(/\.[^.]*$/, '')
}

async function readText(cli: Cli, file: string): Promise<string> {
  if (file === '-') return await textOf(cli.input)
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageFault(`${file} cannot be read: ${systemReason(error)}`)
  }
}

function hostsOf(places: readonly Place[], tls: RelayTls): RelayHost[] {
  return places.map(({ host, port }) => ({ host, port: port ?? defaultPort(tls) }))
}

/** What a relay speaks that has moved: as before, unless the port says something else. */
function tlsAt([first]: readonly Place[], before: RelayTls): RelayTls {
  const port = first?.port ?? null
  if (port === 465) return 'implicit'
  return before === 'implicit' && (port === 587 || port === 25) ? 'starttls' : before
}

/** Undefined: nothing was said. */
function rulesOf({ forSender = [], forRecipient = [], all }: Options): RelayRule[] | undefined {
  const rules: RelayRule[] = [
    ...forSender.map((domain) => ({ kind: 'sender', domain }) as const),
    ...forRecipient.map((domain) => ({ kind: 'recipient', domain }) as const),
    ...(all ? [{ kind: 'all' } as const] : []),
  ]
  return rules.length > 0 ? rules : undefined
}

function sayChanged(cli: Cli, command: Command, relay: ChangedRelay, sentence: string): void {
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
