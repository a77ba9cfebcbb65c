/** Aliases that lead nowhere, and those that take an account's mail. */
import type { Alias, Route } from '../../directory/types.ts'
import { printable } from '../../journal/exim/escape.ts'
import { ok, skipped, step, warning } from '../findings.ts'
import { addressInCommand } from '../in-command.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'
import { domainOf } from './addresses.ts'

export const aliases: Check<World> = {
  id: 'configuration.aliases',
  group: 'configuration',
  title: 'Where aliases lead',
  isNetwork: false,
  explain: ['waybill alias list', '(for each: waybill route ADDRESS)'],
  async look(world) {
    const all = (await world.ask('alias.list', {})).filter(
      ({ address }) => world.domain === null || domainOf(address) === world.domain,
    )
    if (all.length === 0) return [skipped(aliases, 'there are no aliases')]
    const looked = all.slice(0, MAX_ALIASES)
    const accounts = new Set((await world.ask('account.list', {})).map(({ address }) => address))
    const found: Finding[] = []
    for (const alias of looked) {
      // What is to be refused or thrown away is so by somebody's will.
      if (alias.target.kind !== 'addresses') continue
      const route = await world.ask('route', { address: alias.address })
      const faults = faultsOf(alias, route, accounts)
      if (faults.length > 0) found.push(fault(alias, faults))
    }
    if (found.length > 0) return found
    if (all.length === 1)
      return [ok(aliases, 'the only alias leads somewhere', ['it was followed to its end'])]
    const evidence = [`${looked.length} of ${all.length} aliases were followed to their ends`]
    return [ok(aliases, `all ${looked.length} aliases lead somewhere`, evidence)]
  },
}

/** A sentence each. */
function faultsOf(
  { address }: Alias,
  { destinations }: Route,
  accounts: ReadonlySet<string>,
): string[] {
  const keepsOwn = destinations.some(
    (end) => end.kind === 'account' && end.account.address === address,
  )
  return [
    ...(accounts.has(address) && !keepsOwn
      ? ['the account of the same address gets no more mail: the alias goes before it']
      : []),
    ...destinations.flatMap((end) => {
      if (end.kind !== 'refused') return []
      const target = printable(end.address)
      if (end.reason === 'loop') return [`it leads back to itself: ${printable(end.text)}`]
      if (end.reason === 'noSuchUser') return [`nobody has the address ${target}`]
      if (end.reason === 'userDisabled') return [`the account ${target} is disabled`]
      return [`mail for ${target} is refused: ${printable(end.text)}`]
    }),
  ]
}

function fault({ address }: Alias, faults: readonly string[]): Finding {
  const [name, word] = [printable(address), addressInCommand(address)]
  return warning(aliases, {
    subject: name,
    summary: faults[0] ?? '',
    evidence: faults,
    meaning: `Mail for ${name} is refused, or does not reach all whom it is for.`,
    remedy: [
      step('See the way that mail for it takes', `waybill route ${word}`),
      step('Lead it elsewhere', `waybill alias set ${word} NAME@${domainOf(address)}`),
      step('Or remove it', `waybill alias remove ${word}`),
    ],
  })
}

/** Each takes a question to the server. */
const MAX_ALIASES = 2_000
