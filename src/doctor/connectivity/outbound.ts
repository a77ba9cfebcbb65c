/** Can mail leave: is port 25 of other servers to be reached from here. */
import { isIPv6 } from 'node:net'

import { messageOf } from '../../base/faults.ts'
import type { RelayRule } from '../../directory/types.ts'
import { type Resolver, ResolverFault } from '../../dns/resolver.ts'
import { printable } from '../../journal/exim/escape.ts'
import { specialRange } from '../../smtp-client/address-ranges.ts'
import { SmtpTalk, Unexpected } from '../conversation.ts'
import { type Interfaces, machineAddresses } from '../dns/ours.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { isTrial } from '../places.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'

export const outbound: Check<World> = {
  id: 'connectivity.outbound',
  group: 'connectivity',
  title: 'Port 25 of other servers',
  isNetwork: true,
  explain: [
    '(connects to port 25 of the MX of doctor.outbound_host over IPv4 and IPv6: EHLO, STARTTLS, QUIT)',
  ],
  look: async (world, signal) => await lookOut(world, signal),
}

/** @param interfaces  the addresses of this machine */
export async function lookOut(
  world: World,
  signal: AbortSignal,
  interfaces: Interfaces = machineAddresses,
): Promise<readonly Finding[]> {
  if (isTrial(world)) return [skipped(outbound, 'a server of waybill dev sends nothing to others')]
  const { outgoing, doctor } = world.loaded.config
  let hosts: readonly string[]
  try {
    hosts = await hostsOf(world.resolver, doctor.outboundHost)
  } catch (error) {
    if (!(error instanceof ResolverFault)) throw error
    return [skipped(outbound, `${error.message}: see dns.resolver`)]
  }
  const found: Finding[] = []
  for (const family of [4, 6] as const) {
    if (!(family === 4 ? outgoing.ipv4 : outgoing.ipv6)) continue
    const subject = `IPv${family}`
    if (family === 6 && !interfaces().some(isGlobalIpv6))
      found.push(skipped(outbound, 'this machine has no public IPv6 address', subject))
    else found.push(await lookBy(world, { hosts, family, subject }, signal))
  }
  return found
}

interface Way {
  readonly hosts: readonly string[]
  readonly family: 4 | 6
  readonly subject: string
}

async function lookBy(world: World, way: Way, signal: AbortSignal): Promise<Finding> {
  const { outgoing } = world.loaded.config
  const tried: string[] = []
  for (const host of way.hosts.slice(0, MAX_HOSTS)) {
    const { records } = await world.resolver.addressAnswer(host, way.family)
    const [address] = records
    if (address === undefined) continue
    const place = `${host} [${address}]:${outgoing.port}`
    try {
      return await greet(world, { address, host, way, place }, signal)
    } catch (error) {
      const why = printable(messageOf(error))
      tried.push(`${place}: ${why}`)
      if (error instanceof Unexpected) return unwelcome(way, tried, why)
    }
  }
  if (tried.length === 0)
    return skipped(
      outbound,
      `DNS knows no IPv${way.family} address of the mail servers of ${world.loaded.config.doctor.outboundHost}: see dns.resolver, or name others by doctor.outbound_host`,
      way.subject,
    )
  return await closed(world, way, tried)
}

async function greet(
  { connect, loaded }: World,
  { address, host, way, place }: { address: string; host: string; way: Way; place: string },
  signal: AbortSignal,
): Promise<Finding> {
  const { outgoing, hostName } = loaded.config
  const source = way.family === 4 ? outgoing.sourceIpv4 : outgoing.sourceIpv6
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)])
  const target = {
    ...{ host: address, port: outgoing.port, serverName: host, tls: 'opportunistic' as const },
    helloName: outgoing.helloName ?? hostName,
    ...(source === null ? {} : { localAddress: source }),
  }
  await using talk = await SmtpTalk.open(connect, target, limit)
  const evidence = [place, talk.greeting.text]
  const { subject } = way
  if (talk.tls !== null)
    return ok(outbound, 'mail can leave, with TLS', [...evidence, talk.tls.protocol], { subject })
  return warning(outbound, {
    subject,
    summary: 'mail can leave, but TLS was not offered',
    evidence: [...evidence, `offered: ${talk.features.map(printable).join(', ')}`],
    meaning:
      'Large providers all offer TLS. Something on the way takes it out, and can read the mail.',
    remedy: [
      step('Turn off the inspection of SMTP in the firewall ("ESMTP inspection", "SMTP fixup")'),
    ],
  })
}

function unwelcome({ subject }: Way, evidence: readonly string[], why: string): Finding {
  return warning(outbound, {
    ...{ subject, evidence },
    summary: `port 25 is open, and the server there does not want us: ${why}`,
    meaning: 'If it is because of our address or its name, other servers refuse our mail too.',
    remedy: [
      step('See whether our address has a name and is on a blocklist', 'waybill doctor --only dns'),
      step('Or another program answers in its place: ask the provider of this machine'),
    ],
  })
}

async function closed(world: World, way: Way, evidence: readonly string[]): Promise<Finding> {
  const { subject, family } = way
  const relays = await world.ask('relay.list', {})
  const all = relays.find(({ rules }) => rules.some(isForAll))
  if (all !== undefined)
    return skipped(
      outbound,
      `port 25 of others is closed over IPv${family}; all mail goes by the relay ${all.name}, so that it need not be open`,
      subject,
    )
  return failing(outbound, {
    ...{ subject, evidence },
    summary: `port 25 of other servers cannot be reached over IPv${family}`,
    meaning:
      family === 4
        ? 'No mail leaves for other servers: it waits, and is given back after days. Most providers of virtual machines and of homes block port 25.'
        : 'Other servers that have IPv6 addresses are tried there first, in vain, before IPv4: mail leaves later.',
    remedy: [
      step('Ask the provider of this machine to open port 25 outwards; many do on request'),
      step('See whether our own firewall blocks it', 'waybill doctor --only ports'),
      family === 4
        ? step(
            'Or send by a relay (a smarthost) on port 587 or 465',
            'waybill relay add provider --host smtp.example.net:587 --user USER --all',
          )
        : step(
            'Or do without IPv6: ipv6 = false in [outgoing]',
            'waybill config show outgoing.ipv6',
          ),
    ],
  })
}

/** The MX of a domain, or the name itself when it is a host. */
async function hostsOf(resolver: Resolver, domain: string): Promise<readonly string[]> {
  const exchanges = (await resolver.mx(domain)).map(({ exchange }) => exchange)
  return exchanges.length > 0 ? exchanges.filter((name) => name !== '') : [domain]
}

function isForAll({ kind }: RelayRule): boolean {
  return kind === 'all'
}

function isGlobalIpv6(address: string): boolean {
  return isIPv6(address) && specialRange(address) === null
}

/** Two, because one may be down. */
const MAX_HOSTS = 2
const TRY_MS = 5_000
