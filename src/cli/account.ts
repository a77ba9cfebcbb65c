import { Command, InvalidArgumentError } from 'commander'

import { counted } from '../base/counted.ts'
import { BadValue, size } from '../config/kind.ts'
import type { AccountShown } from '../control/commands.ts'
import type { Account, NewAccount } from '../directory/types.ts'
import { sizeWords } from '../trace/words.ts'
import { answer, type Cli, withOffice } from './cli.ts'
import { day, withUnicode } from './domain.ts'
import { UsageFault } from './faults.ts'
import { confirm, newPassword, type PasswordOptions } from './password.ts'
import { writeTable } from './table.ts'

/** Octets. Commander takes a null for a missing value. */
type Quota = number | 'none'

interface AddOptions extends PasswordOptions {
  readonly quota: Quota
  readonly copyToSent?: boolean
}

interface SetOptions extends PasswordOptions {
  readonly quota?: Quota
  readonly copyToSent?: boolean
  readonly password?: boolean
  readonly enable?: boolean
  readonly disable?: boolean
}

/** `waybill account`: who has mail here. */
export function accountCommand(cli: Cli): Command {
  const account = new Command('account')
  account
    .command('add')
    .description('Add an account; asks for its password')
    .argument('<address>', 'such as jane@example.com')
    .option('--password-stdin', 'read the password from standard input')
    .option('--generate', 'make a password up and print it')
    .option('--quota <size>', 'how much mail it may keep, such as "5 GB"', quota, 'none')
    .option('--copy-to-sent', 'file what it sends in its Sent mailbox')
    .action((address: string, options: AddOptions, command: Command) =>
      add(cli, address, options, command),
    )
  account
    .command('set')
    .description('Change an account; a new password ends its open sessions')
    .argument('<address>')
    .option('--password', 'ask for a new password')
    .option('--password-stdin', 'read the new password from standard input')
    .option('--generate', 'make a new password up and print it')
    .option('--quota <size>', 'how much mail it may keep; "none" is without limit', quota)
    .option('--copy-to-sent', 'file what it sends in its Sent mailbox')
    .option('--no-copy-to-sent', 'leave that to its mail program')
    .option('--disable', 'nobody can log in, open sessions end, and mail to it is refused')
    .option('--enable', 'the opposite')
    .action((address: string, options: SetOptions, command: Command) =>
      set(cli, address, options, command),
    )
  account
    .command('remove')
    .description('Remove an account with all its mail')
    .argument('<address>')
    .option('--yes', 'do not ask')
    .action(async (address: string, options: { yes?: boolean }, command: Command) => {
      await confirm(cli, options.yes, `This deletes all mail of ${address}.`)
      await withOffice(command, (office) => office.run('account.remove', { address }))
      answer(cli, command, { removed: address }, () => cli.out.write(`Removed ${address}.\n`))
    })
  account
    .command('show')
    .description('Show an account')
    .argument('<address>')
    .action(async (address: string, _options, command: Command) => {
      const shown = await withOffice(command, (office) => office.run('account.show', { address }))
      answer(cli, command, shown, () => show(cli, shown))
    })
  account
    .command('list')
    .description('List the accounts')
    .argument('[domain]', 'only those of this domain')
    .action(async (domain: string | undefined, _options, command: Command) => {
      const args = domain === undefined ? {} : { domain }
      const accounts = await withOffice(command, (office) => office.run('account.list', args))
      answer(cli, command, accounts, () => list(cli, accounts))
    })
  return account
}

async function add(cli: Cli, address: string, options: AddOptions, command: Command) {
  const { password, generated } = await newPassword(cli, options, address)
  const account: NewAccount = {
    password,
    quotaOctets: octetsOf(options.quota),
    enabled: true,
    copyToSent: options.copyToSent === true,
  }
  const added = await withOffice(command, (office) =>
    office.run('account.add', { address, account }),
  )
  answer(cli, command, { ...added, ...(generated ? { password } : {}) }, () => {
    cli.out.write(`Added ${added.address}.\n`)
    if (generated) cli.out.write(`Its password is ${password}\n`)
  })
}

async function set(cli: Cli, address: string, options: SetOptions, command: Command) {
  const change: { -readonly [Field in keyof NewAccount]?: NewAccount[Field] } = {}
  if (options.quota !== undefined) change.quotaOctets = octetsOf(options.quota)
  if (options.copyToSent !== undefined) change.copyToSent = options.copyToSent
  if (options.enable && options.disable)
    throw new UsageFault('--enable and --disable cannot both be meant; give one')
  if (options.enable || options.disable) change.enabled = options.enable === true
  let generated: string | undefined
  if (options.password || options.passwordStdin || options.generate) {
    const made = await newPassword(cli, options, address)
    change.password = made.password
    if (made.generated) generated = made.password
  }
  if (Object.keys(change).length === 0)
    throw new UsageFault(
      'say what to change: --password, --quota, --copy-to-sent, --enable or --disable',
    )
  const changed = await withOffice(command, (office) =>
    office.run('account.set', { address, change }),
  )
  answer(cli, command, { ...changed, ...(generated ? { password: generated } : {}) }, () => {
    cli.out.write(`Changed ${changed.address}.\n`)
    if (generated !== undefined) cli.out.write(`Its password is ${generated}\n`)
  })
}

function show(cli: Cli, { account, aliases, sent }: AccountShown): void {
  const rows = [
    ['Address', withUnicode(account.address)],
    ['Mail', `${counted(account.messages, 'message')}, ${sizeWords(account.usedOctets)}`],
    ['Quota', account.quotaOctets === null ? 'none' : sizeWords(account.quotaOctets)],
    ['Log-in', account.enabled ? 'allowed' : 'disabled'],
    ['Sent mail', account.copyToSent ? 'filed by the server' : 'filed by the mail program'],
    [
      'Sent today',
      `to ${counted(sent.recipients, 'recipient')} elsewhere${of(sent.maxOutboundPerUserPerDay)}`,
    ],
    [
      '',
      `to ${counted(sent.firstTime, 'address')} for the first time${of(sent.maxFirstTimeRecipientsPerUserPerDay)}`,
    ],
    ['Since', day(account.createdMs)],
    ...aliases.map(({ address }) => ['Alias', withUnicode(address)]),
  ]
  const columns = [0, 1].map((index) => ({
    heading: '',
    of: (row: readonly string[]) => row[index] ?? '',
  }))
  writeTable(columns, rows, cli.out)
}

/** Of what is allowed in 24 hours; 0 is without limit. */
function of(limit: number): string {
  return limit === 0 ? '' : ` of ${limit}`
}

function list(cli: Cli, accounts: readonly Account[]): void {
  if (accounts.length === 0) {
    cli.out.write('No account yet; add one: waybill account add jane@example.com\n')
    return
  }
  writeTable<Account>(
    [
      { heading: 'Account', of: ({ address }) => withUnicode(address) },
      { heading: 'Messages', of: ({ messages }) => String(messages), align: 'right' },
      { heading: 'Used', of: ({ usedOctets }) => sizeWords(usedOctets), align: 'right' },
      {
        heading: 'Quota',
        of: ({ quotaOctets }) => (quotaOctets === null ? '-' : sizeWords(quotaOctets)),
        align: 'right',
      },
      { heading: '', of: ({ enabled }) => (enabled ? '' : 'disabled') },
    ],
    accounts,
    cli.out,
  )
}

const QUOTA = size({ min: 0, max: 2 ** 50 })

function octetsOf(quota: Quota): number | null {
  return quota === 'none' ? null : quota
}

function quota(text: string): Quota {
  if (text === 'none') return text
  try {
    return QUOTA.parse(/^\d+$/.test(text) ? Number(text) : text)
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    throw new InvalidArgumentError(`write a size such as "5 GB", or "none".`)
  }
}
