import { Command } from 'commander'

import { counted } from '../base/counted.ts'
import type { Commands } from '../control/commands.ts'
import type { Alias, Domain } from '../directory/types.ts'
import type { Office } from '../office.ts'
import { domainForDisplay } from '../syntax/address/domain.ts'
import { aliasWarnings, sayWarnings } from './alias-warnings.ts'
import { answer, type Cli, withOffice } from './cli.ts'
import { sayMoved } from './moved.ts'
import { writeTable } from './table.ts'

/** `waybill domain`: the domains that mail is kept for. */
export function domainCommand(cli: Cli): Command {
  const domain = new Command('domain')
  domain
    .command('add')
    .description('Take mail for a domain')
    .argument('<name>', 'such as example.com')
    .action(async (name: string, _options, command: Command) => {
      const added = await withOffice(
        command,
        (office) => office.run('domain.add', { name }),
        'mayBeMade',
      )
      answer(cli, command, added, () => sayAdded(cli, added))
    })
  domain
    .command('set')
    .description('Change what a domain does with addresses that nobody has')
    .argument('<name>')
    .requiredOption('--catch-all <address>', 'who gets their mail; "none" refuses it')
    .action(async (name: string, { catchAll }: { catchAll: string }, command: Command) => {
      const warnings = await withOffice(command, async (office) => {
        const alias = await setCatchAll(office, name, catchAll)
        return alias === null ? [] : await aliasWarnings(office, alias)
      })
      const set = { name, catchAll: catchAll === 'none' ? null : catchAll, warnings }
      answer(cli, command, set, () => {
        cli.out.write(
          catchAll === 'none'
            ? `${name} refuses mail for addresses that nobody has.\n`
            : `${catchAll} gets the mail of ${name} for addresses that nobody has.\n`,
        )
        sayWarnings(cli, warnings)
      })
    })
  domain
    .command('remove')
    .description('Take no more mail for a domain that has no accounts and aliases')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const { moved } = await withOffice(command, (office) => office.run('domain.remove', { name }))
      answer(cli, command, { removed: name, moved }, () => {
        cli.out.write(`Removed ${name}.\n`)
        sayMoved(cli, moved)
      })
    })
  domain
    .command('show')
    .description('Show what a domain has')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const shown = await withOffice(command, async (office) => ({
        accounts: await office.run('account.list', { domain: name }),
        aliases: await office.run('alias.list', { domain: name }),
      }))
      answer(cli, command, { name, ...shown }, () => {
        cli.out.write(
          `${name}: ${counted(shown.accounts.length, 'account')}, ${counted(shown.aliases.length, 'alias')}\n`,
        )
        for (const { address } of [...shown.accounts, ...shown.aliases])
          cli.out.write(`  ${withUnicode(address)}\n`)
      })
    })
  domain
    .command('list')
    .description('List the domains')
    .action(async (_options, command: Command) => {
      const domains = await withOffice(command, (office) => office.run('domain.list', {}))
      answer(cli, command, domains, () => list(cli, domains))
    })
  return domain
}

function sayAdded(cli: Cli, { name, held }: Commands['domain.add']['result']): void {
  cli.out.write(`Added ${name}. What it needs in DNS: waybill dns records ${name}\n`)
  if (held > 0)
    cli.out.write(
      `Mail for it was on its way elsewhere: ${counted(held, 'message')} held in the queue. When its ` +
        `accounts and\naliases are there, take it in: waybill queue release --domain ${name}\n`,
    )
}

function list(cli: Cli, domains: readonly Domain[]): void {
  if (domains.length === 0) {
    cli.out.write('No domain yet; add one: waybill domain add example.com\n')
    return
  }
  writeTable<Domain>(
    [
      { heading: 'Domain', of: ({ name }) => withUnicode(name) },
      { heading: 'Since', of: ({ createdMs }) => day(createdMs) },
    ],
    domains,
    cli.out,
  )
}

/** `xn--bcher-kva.example (bücher.example)`, of a domain or an address. */
export function withUnicode(name: string): string {
  const at = name.lastIndexOf('@') + 1
  const shown = name.slice(0, at) + domainForDisplay(name.slice(at))
  return shown === name ? name : `${name} (${shown})`
}

/** The catch-all is an alias: `waybill alias list` has it too. @returns null: there is none now */
async function setCatchAll(office: Office, name: string, catchAll: string): Promise<Alias | null> {
  const address = `*@${name}`
  const aliases = await office.run('alias.list', { domain: name })
  const isThere = aliases.some((alias) => alias.address.startsWith('*@'))
  if (catchAll === 'none') {
    if (isThere) await office.run('alias.remove', { address })
    return null
  }
  const target = { kind: 'addresses', addresses: [catchAll] } as const
  return await office.run(isThere ? 'alias.set' : 'alias.add', { address, target })
}

export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
