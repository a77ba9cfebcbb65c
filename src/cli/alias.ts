import { Command } from 'commander'

import { SyntaxFault } from '../base/faults.ts'
import type { Alias, AliasTarget } from '../directory/types.ts'
import { parseAddress } from '../syntax/address/address.ts'
import { canonicalLocalpart } from '../syntax/address/localpart.ts'
import { aliasWarnings, sayWarnings } from './alias-warnings.ts'
import { answer, type Cli, withOffice } from './cli.ts'
import { withUnicode } from './domain.ts'
import { UsageFault } from './faults.ts'
import { writeTable } from './table.ts'

const TARGETS = 'addresses, or ":fail: why", or ":blackhole:"'

/** `waybill alias`: addresses that lead to others. */
export function aliasCommand(cli: Cli): Command {
  const alias = new Command('alias')
  for (const [verb, description, done] of [
    ['add', 'Lead an address to others; *@example.com is all the rest of a domain', 'Added'],
    ['set', 'Lead an alias somewhere else', 'Changed'],
  ] as const)
    alias
      .command(verb)
      .description(description)
      .argument('<address>', 'such as sales@example.com')
      .argument('<targets...>', TARGETS)
      .action(async (address: string, texts: string[], _options, command: Command) => {
        const target = targetOf(texts)
        const args = { address, target }
        const { made, warnings } = await withOffice(command, async (office) => {
          const alias = await office.run(`alias.${verb}`, args)
          return { made: alias, warnings: await aliasWarnings(office, alias) }
        })
        answer(cli, command, { ...made, warnings }, () => {
          cli.out.write(`${done} ${made.address} → ${targetText(made.target)}.\n`)
          sayWarnings(cli, warnings)
        })
      })
  alias
    .command('remove')
    .description('Remove an alias')
    .argument('<address>')
    .action(async (address: string, _options, command: Command) => {
      await withOffice(command, (office) => office.run('alias.remove', { address }))
      answer(cli, command, { removed: address }, () => cli.out.write(`Removed ${address}.\n`))
    })
  alias
    .command('show')
    .description('Show where an alias leads')
    .argument('<address>')
    .action(async (address: string, _options, command: Command) => {
      const aliases = await withOffice(command, (office) => office.run('alias.list', {}))
      const wanted = canonical(address)
      const found = aliases.find((one) => canonical(one.address) === wanted)
      if (found === undefined) throw new UsageFault(`no alias ${address}`)
      answer(cli, command, found, () => cli.out.write(`${targetText(found.target)}\n`))
    })
  alias
    .command('list')
    .description('List the aliases')
    .argument('[domain]', 'only those of this domain')
    .action(async (domain: string | undefined, _options, command: Command) => {
      const args = domain === undefined ? {} : { domain }
      const aliases = await withOffice(command, (office) => office.run('alias.list', args))
      answer(cli, command, aliases, () => {
        if (aliases.length === 0) return cli.out.write('No alias yet.\n')
        writeTable<Alias>(
          [
            { heading: 'Alias', of: ({ address }) => withUnicode(address) },
            { heading: 'Leads to', of: ({ target }) => targetText(target), shrinks: true },
          ],
          aliases,
          cli.out,
        )
      })
    })
  return alias
}

/** Names compare without case, and domains as A-labels. */
function canonical(text: string): string {
  try {
    const { localpart, domain } = parseAddress(text)
    return `${canonicalLocalpart(localpart)}@${domain}`
  } catch (error) {
    if (error instanceof SyntaxFault) throw new UsageFault(`"${text}" is not an address`)
    throw error
  }
}

function targetOf(texts: readonly string[]): AliasTarget {
  const [first = '', ...more] = texts
  if (first === ':blackhole:' && more.length === 0) return { kind: 'blackhole' }
  if (first.startsWith(':fail:'))
    return { kind: 'fail', text: [first.slice(':fail:'.length), ...more].join(' ').trim() }
  const strange = texts.find((text) => text.startsWith(':'))
  if (strange !== undefined) throw new UsageFault(`"${strange}" is no target; write ${TARGETS}`)
  const addresses = texts.flatMap((text) => text.split(',')).map((text) => text.trim())
  return { kind: 'addresses', addresses: addresses.filter((text) => text !== '') }
}

function targetText(target: AliasTarget): string {
  switch (target.kind) {
    case 'addresses':
      return target.addresses.join(', ')
    case 'fail':
      return `:fail: ${target.text}`
    case 'blackhole':
      return ':blackhole:'
    default:
      return target satisfies never
  }
}
