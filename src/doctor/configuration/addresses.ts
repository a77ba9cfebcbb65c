/** Domains, and the addresses that each must have. */
import { counted } from '../../base/counted.ts'
import type { Route } from '../../directory/types.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { addressInCommand } from '../in-command.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'

export const domains: Check<World> = {
  id: 'configuration.domains',
  group: 'configuration',
  title: 'Domains and their accounts',
  isNetwork: false,
  explain: ['waybill domain list', 'waybill account list', 'waybill alias list'],
  async look(world) {
    const all = await namesOf(world)
    if (all.length === 0)
      return [
        warning(domains, {
          summary: 'there is no domain',
          evidence: ['waybill domain list is empty'],
          meaning: 'No mail is taken from others: it is nobody’s here.',
          remedy: [step('Add the first one', 'waybill domain add example.com')],
        }),
      ]
    const [accounts, aliases] = [
      await world.ask('account.list', {}),
      await world.ask('alias.list', {}),
    ]
    const used = new Set([...accounts, ...aliases].map(({ address }) => domainOf(address)))
    return all.map((name): Finding => {
      const count = accounts.filter(({ address }) => domainOf(address) === name).length
      const evidence = [`${name}: ${counted(count, 'account')}`]
      if (used.has(name)) return ok(domains, counted(count, 'account'), evidence, { subject: name })
      return warning(domains, {
        subject: name,
        summary: 'nobody has an address in it',
        evidence: [`${name}: no accounts and no aliases`],
        meaning: 'All mail for it is refused.',
        remedy: [
          step('Add an account', `waybill account add NAME@${name}`),
          step('Or remove the domain', `waybill domain remove ${name}`),
        ],
      })
    })
  },
}

/** RFC 5321 §4.5.1: mail for postmaster must arrive; RFC 2142 §4: abuse too. */
export const postmaster: Check<World> = {
  id: 'configuration.postmaster',
  group: 'configuration',
  title: 'Mail for postmaster and abuse',
  isNetwork: false,
  explain: ['(for each domain: waybill route postmaster@DOMAIN, waybill route abuse@DOMAIN)'],
  async look(world) {
    const names = (await namesOf(world)).slice(0, MAX_DOMAINS)
    if (names.length === 0)
      return [skipped(postmaster, 'there is no domain: see configuration.domains')]
    const accounts = await world.ask('account.list', {})
    const aliases = new Set((await world.ask('alias.list', {})).map(({ address }) => address))
    const findings: Finding[] = []
    for (const name of names) {
      const someone =
        accounts.find(({ address, enabled }) => enabled && domainOf(address) === name)?.address ??
        accounts.find(({ enabled }) => enabled)?.address ??
        `NAME@${name}`
      findings.push(await lookAt(world, name, { someone, aliases }))
    }
    return findings
  },
}

interface Known {
  /** Who could have the mail. */
  readonly someone: string
  readonly aliases: ReadonlySet<string>
}

async function lookAt(world: World, domain: string, { someone, aliases }: Known): Promise<Finding> {
  const of = async (local: string) => {
    const address = `${local}@${domain}`
    return { address, route: await world.ask('route', { address }) }
  }
  const [first, second] = [await of('postmaster'), await of('abuse')]
  const evidence = [first, second].map(({ address, route }) => `${address}: ${endsOf(route)}`)
  const add = (address: string) =>
    step(
      `Lead it to somebody`,
      `waybill alias ${aliases.has(address) ? 'set' : 'add'} ${address} ${addressInCommand(someone)}`,
    )
  const subject = domain
  if (!arrives(first.route))
    return failing(postmaster, {
      ...{ subject, evidence },
      summary: `mail for ${first.address} does not arrive`,
      meaning:
        'Whoever has trouble with this server writes there; RFC 5321 §4.5.1 asks for it, and some blocklists list domains without.',
      remedy: [add(first.address), ...(arrives(second.route) ? [] : [add(second.address)])],
    })
  if (!arrives(second.route))
    return warning(postmaster, {
      ...{ subject, evidence },
      summary: `mail for ${second.address} does not arrive`,
      meaning:
        'Complaints about spam from here are written there (RFC 2142): unheard, they end on blocklists.',
      remedy: [add(second.address)],
    })
  return ok(postmaster, 'both arrive', evidence, { subject })
}

function arrives({ destinations }: Route): boolean {
  return destinations.some(({ kind }) => kind === 'account' || kind === 'outside')
}

function endsOf({ destinations }: Route): string {
  return destinations
    .map((end) => {
      if (end.kind === 'account') return `the account ${end.account.address}`
      if (end.kind === 'outside') return `${end.address}, elsewhere`
      return end.kind === 'blackhole' ? 'thrown away' : `refused: ${end.text}`
    })
    .join(', ')
}

/** Those that are looked at. */
export async function namesOf(world: World): Promise<readonly string[]> {
  const all = (await world.ask('domain.list', {})).map(({ name }) => name)
  return world.domain === null ? all : all.filter((name) => name === world.domain)
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

/** Each takes two questions to the server. */
const MAX_DOMAINS = 500
