import { Command } from 'commander'

import type { NewRelay, RelayTls } from '../../directory/types.ts'
import { answer, type Cli, withOffice } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { sayMoved } from '../moved.ts'
import { confirm, knownPassword } from '../password.ts'
import { type ImportOptions, importFile } from './import.ts'
import {
  hostsOf,
  type Options,
  type Place,
  rulesOf,
  sayChanged,
  withRelayOptions,
  withRules,
} from './options.ts'
import { defaultTls } from './place.ts'
import { listRelays, showRelay } from './show.ts'
import { testRelay } from './test-report.ts'

/** `waybill relay`: smarthosts that take our mail to other servers. */
export function relayCommand(cli: Cli): Command {
  const relay = new Command('relay')
  withRules(
    withRelayOptions(relay.command('add').description('Add a relay; asks for the password')),
  )
    .argument('<name>', 'what to call it')
    .option('--no-check', 'take any certificate')
    .addHelpText('after', ADD_HELP)
    .action((name: string, options: Options, command: Command) => add(cli, name, options, command))
  withRules(withRelayOptions(relay.command('set').description('Change a relay')))
    .argument('<name>')
    .option('--no-login', 'it takes our mail without a user')
    .option('--password', 'ask for a new password')
    .option('--check', 'take only a certificate that is good for the host')
    .option('--no-check', 'take any certificate')
    .option('--nothing', 'it is for no mail, for now')
    .addHelpText('after', SET_HELP)
    .action((name: string, options: Options, command: Command) => set(cli, name, options, command))
  withRules(
    relay.command('import').description('Add a relay from a file of host, port, user, pass'),
  )
    .argument('<file>', '"-" is standard input')
    .option('--name <name>', 'what to call it; the default is its name in the file, or the file’s')
    .option('--replace', 'take the place of a relay of that name')
    .option('--no-check', 'take any certificate')
    .option('--insecure', 'send in the clear over a network that is not private')
    .addHelpText('after', IMPORT_HELP)
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
  addQuestions(cli, relay)
  return relay
}

/** What changes nothing. */
function addQuestions(cli: Cli, relay: Command): void {
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
      'Connect to a relay and log in; says what is wrong, and exits with 1 when mail cannot go',
    )
    .argument('<name>')
    .option('--to <address>', 'send a short message there')
    .option('--from <address>', 'whose message; the default is the user, or nobody')
    .addHelpText('after', TEST_HELP)
    .action((name: string, options: { from?: string; to?: string }, command: Command) =>
      testRelay(cli, { ...options, name }, command),
    )
}

const ADD_HELP = `
All mail to other servers by the provider's relay, and one of your own for one domain:
  waybill relay add provider --host smtp.example.net:587 --user jane@example.com --all
  waybill relay add branch --host 10.0.0.2:25 --for-recipient branch.example.com
Then see whether it works: waybill relay test provider`

const SET_HELP = `
  waybill relay set provider --password                 asks for the new password
  waybill relay set provider --host smtp.example.net:465
  waybill relay set provider --nothing                  mail goes without it, for now

--for-sender, --for-recipient and --all take the place of all rules before.`

const IMPORT_HELP = `
The file has lines such as these:
  host: smtp.example.net
  port: 587
  user: jane@example.com
  pass: correct horse
tls: and name: can be there too. Then: waybill relay import FILE --all`

const TEST_HELP = `
  waybill relay test provider                        connects, negotiates TLS, logs in
  waybill relay test provider --to you@example.org   and sends a message`

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
  sayChanged(
    cli,
    command,
    added,
    `Added the relay ${added.name}. Try it: waybill relay test ${added.name}`,
  )
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

/** What a relay speaks that has moved: as before, unless the port says something else. */
function tlsAt([first]: readonly Place[], before: RelayTls): RelayTls {
  const port = first?.port ?? null
  if (port === 465) return 'implicit'
  return before === 'implicit' && (port === 587 || port === 25) ? 'starttls' : before
}
