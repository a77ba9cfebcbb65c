/** What others see of it: its ports, its name in DNS. */
import { specialRange } from '../../smtp-client/address-ranges.ts'
import { boundedResolver } from '../dns/bounded.ts'
import { shown } from '../shown.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { listeningSockets } from '../ports/sockets.ts'
import type { Finding } from '../types.ts'
import type { ForeignCheck, Part } from './check.ts'
import { eximDomains, postfixDomains } from './domains.ts'
import { eximList } from './exim.ts'
import { AS_ROOT } from './steps.ts'
import { type ForeignWorld, isLoopbackOnly, type Known } from './world.ts'

const PORTS = {
  id: 'ports.listening',
  group: 'ports',
  title: 'Ports it should listen on',
  isNetwork: false,
} as const

export const ports: ForeignCheck = {
  ...PORTS,
  parts: {
    exim: listening(({ main }) => eximList(main.get('daemon_smtp_ports') ?? '25')),
    postfix: listening(({ services }) =>
      services.flatMap(({ type, name }) => (type === 'inet' ? [name.split(':').at(-1) ?? ''] : [])),
    ),
    dovecot: listening(({ settings }) =>
      [...settings].flatMap(([name, value]) =>
        /inet_listener .*\/port$/.test(name) && value !== '0' ? [value] : [],
      ),
    ),
  },
}

function listening<Config extends Known>(
  portsOf: (config: Config) => readonly string[],
): Part<Config> {
  return {
    explain: ['ss -Hltnp'],
    look: async (config, world, signal) => {
      if (world.root !== '/') return [skipped(PORTS, 'nothing has to listen in another root')]
      const wanted = [
        ...new Set(portsOf(config).map((port) => NAMES.get(port) ?? Number(port))),
      ].filter((port) => port > 0)
      const seen = await listeningSockets(world, signal)
      if (seen === null)
        return [skipped(PORTS, 'only root may see what listens here', null, AS_ROOT)]
      if (wanted.length === 0) return [skipped(PORTS, 'the configuration names no port')]
      const missing = wanted.filter((port) => !seen.sockets.some((socket) => socket.port === port))
      if (missing.length === 0)
        return [
          ok(PORTS, 'it listens where it should', [`ports ${wanted.join(', ')}, by ${seen.by}`]),
        ]
      return [
        failing(PORTS, {
          summary: `nothing listens on port ${missing.join(', ')}`,
          evidence: [`not among ${seen.sockets.length} sockets of ${seen.by}`],
          meaning: 'Nobody can reach it there.',
          remedy: [
            step('See why', 'journalctl -p warning -n 50'),
            step('See who has the ports', 'ss -ltnp'),
          ],
        }),
      ]
    },
  }
}

const DNS = { id: 'dns.host', group: 'dns', title: 'Its own name in DNS', isNetwork: true } as const

export const host: ForeignCheck = {
  ...DNS,
  parts: {
    exim: named(({ main }) => main.get('primary_hostname') ?? ''),
    postfix: named(({ value }) => value('myhostname')),
  },
}

function named<Config extends Known & { readonly addresses: readonly string[] }>(
  nameOf: (config: Config) => string,
): Part<Config> {
  return {
    explain: ['dig HOSTNAME A AAAA', 'dig -x ADDRESS'],
    look: async (config, world, signal) => {
      if (isLoopbackOnly(config.addresses))
        return [skipped(DNS, `only this machine can reach it: ${config.addresses.join(', ')}`)]
      const name = nameOf(config).toLowerCase()
      if (!name.includes('.'))
        return [
          skipped(
            DNS,
            `the configuration gives it no whole name (${name || 'none'}); the name of the machine is used`,
          ),
        ]
      return [await lookAtName(name, world, signal)]
    },
  }
}

async function lookAtName(
  name: string,
  world: ForeignWorld,
  signal: AbortSignal,
): Promise<Finding> {
  const resolver = boundedResolver(world, signal)
  const addresses = await resolver.addresses(name)
  if (addresses.length === 0)
    return failing(DNS, {
      summary: `the name of the server, ${shown(name)}, has no address in DNS`,
      evidence: [`no A and no AAAA record for ${shown(name)}`],
      meaning: 'Others cannot find it, and refuse mail of a server whose name does not exist.',
      remedy: [step('Add an A record, or correct the name in the configuration')],
    })
  const open = addresses.filter((address) => specialRange(address) === null)
  const bad: string[] = []
  for (const address of open) {
    const names = (await resolver.reverse(address)).map((one) =>
      one.toLowerCase().replace(/\.$/, ''),
    )
    if (!names.includes(name))
      bad.push(
        `PTR of ${address}: ${names.map((one) => shown(one)).join(', ') || 'none'}, and not ${shown(name)}`,
      )
  }
  if (bad.length === 0)
    return ok(DNS, 'its name and addresses lead to each other', [
      `${shown(name)}: ${addresses.join(', ')}`,
    ])
  return warning(DNS, {
    summary: 'an address of the server does not lead back to its name',
    evidence: bad,
    meaning: 'Large providers refuse mail from such an address, or take it for spam.',
    remedy: [step(`Have the provider of the address set its PTR record to ${shown(name)}`)],
  })
}

const MX = {
  id: 'dns.mx',
  group: 'dns',
  title: 'Whether mail of its domains leads here',
  isNetwork: true,
} as const

export const mx: ForeignCheck = {
  ...MX,
  parts: {
    exim: domains(eximDomains, ({ main }) => main.get('primary_hostname') ?? ''),
    postfix: domains(postfixDomains, ({ value }) => value('myhostname')),
  },
}

function domains<Config extends Known & { readonly addresses: readonly string[] }>(
  domainsOf: (config: Config) => readonly string[],
  nameOf: (config: Config) => string,
): Part<Config> {
  return {
    explain: ['dig DOMAIN MX'],
    look: async (config, world, signal) => {
      const name = nameOf(config).toLowerCase()
      if (isLoopbackOnly(config.addresses) || !name.includes('.'))
        return [skipped(MX, 'others cannot reach it, or its name is not known')]
      const all = domainsOf(config)
      if (all.length === 0)
        return [skipped(MX, 'the configuration names no domain but its own name')]
      const resolver = boundedResolver(world, signal)
      const own = await resolver.addresses(name)
      return await Promise.all(
        all.map(async (domain) => {
          const records = await resolver.mx(domain)
          const hosts =
            records.length > 0
              ? records.map(({ exchange }) => exchange.toLowerCase().replace(/\.$/, ''))
              : [domain]
          const addresses = (
            await Promise.all(
              hosts.slice(0, MOST_HOSTS).map((one) => resolver.addresses(one).catch(() => [])),
            )
          ).flat()
          const seen = `MX of ${domain}: ${hosts.map((one) => shown(one)).join(', ')}`
          if (hosts.includes(name) || addresses.some((one) => own.includes(one)))
            return ok(MX, 'its mail leads here', [seen], { subject: domain })
          return warning(MX, {
            subject: domain,
            summary: `mail for ${domain} is taken here, and does not lead here`,
            evidence: [seen, `this server: ${shown(name)}, ${own.join(', ') || 'no address'}`],
            meaning: 'Mail of others goes elsewhere; mail from here to that domain stays here.',
            remedy: [
              step(
                `Let the MX record of ${domain} name ${shown(name)}, or take the domain out of the configuration; a filter in front of this server is no fault`,
              ),
            ],
          })
        }),
      )
    },
  }
}

const NAMES: ReadonlyMap<string, number> = new Map([
  ['smtp', 25],
  ['submission', 587],
  ['smtps', 465],
  ['submissions', 465],
])
const MOST_HOSTS = 5
