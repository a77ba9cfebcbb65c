/** Whether the domains here let this server send for them. */
import { checkSpf } from '../../trust/spf/evaluate.ts'
import { specialRange } from '../../smtp-client/address-ranges.ts'
import { boundedResolver } from '../dns/bounded.ts'
import { shown } from '../shown.ts'
import { ok, skipped, step, warning } from '../findings.ts'
import type { Finding } from '../types.ts'
import type { ForeignCheck } from './check.ts'
import { eximDomains, postfixDomains } from './domains.ts'
import { type ForeignWorld, isLoopbackOnly } from './world.ts'

const SPF = {
  id: 'dns.spf',
  group: 'dns',
  title: 'Whether its domains let it send',
  isNetwork: true,
} as const

export const spf: ForeignCheck = {
  ...SPF,
  parts: {
    exim: {
      explain: ['dig DOMAIN TXT', '(evaluates the SPF record for the address of the server)'],
      look: async (config, world, signal) => {
        const relay = config.routers.find(
          ({ options }) =>
            options.get('driver') === 'manualroute' && /^\*/.test(options.get('route_list') ?? ''),
        )
        if (relay !== undefined)
          return [skipped(SPF, `mail leaves by a relay: router ${relay.name}`)]
        const name = config.main.get('primary_hostname') ?? ''
        return await lookAtAll(name, config.addresses, eximDomains(config), world, signal)
      },
    },
    postfix: {
      explain: ['dig DOMAIN TXT', '(evaluates the SPF record for the address of the server)'],
      look: async (config, world, signal) => {
        const relay = config.value('relayhost')
        if (relay !== '') return [skipped(SPF, `mail leaves by a relay: ${relay}`)]
        const name = config.value('myhostname')
        return await lookAtAll(name, config.addresses, postfixDomains(config), world, signal)
      },
    },
  },
}

async function lookAtAll(
  given: string,
  listens: readonly string[],
  domains: readonly string[],
  world: ForeignWorld,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const name = given.toLowerCase()
  if (isLoopbackOnly(listens)) return [skipped(SPF, 'only this machine can reach it')]
  if (!name.includes('.')) return [skipped(SPF, 'the configuration gives it no whole name')]
  const resolver = boundedResolver(world, signal)
  const addresses = await resolver.addresses(name)
  const address = addresses.find((one) => specialRange(one) === null)
  if (address === undefined) return [skipped(SPF, `${name} has no address that others can reach`)]
  if (domains.length === 0)
    return [skipped(SPF, 'the configuration names no domain but its own name')]
  const nowMs = world.clock.nowMs()
  return await Promise.all(
    domains.map(async (domain) => {
      const sender = `postmaster@${domain}`
      const query = { address, sender, helo: name, receiver: name, nowMs }
      const { result, term, problem } = await checkSpf(resolver, query)
      const seen = [
        `${domain} for ${address}: ${result}${term === null ? '' : `, by ${shown(term)}`}`,
      ]
      if (problem !== null) seen.push(shown(problem))
      if (result === 'temperror') return skipped(SPF, 'DNS does not answer', domain)
      if (result === 'pass') return ok(SPF, 'it may send', seen, { subject: domain })
      return warning(SPF, {
        subject: domain,
        summary:
          result === 'none'
            ? `${domain} does not say who may send for it`
            : `the SPF record of ${domain} does not let this server send`,
        evidence: seen,
        meaning: 'Large providers refuse such mail, or take it for spam.',
        remedy: [
          step(
            `Publish as TXT of ${domain}: v=spf1 mx a:${name} -all, with whoever else sends for it`,
          ),
        ],
      })
    }),
  )
}
