/** The resolver: whether it answers, and whether it is one that blocklists and DNSSEC can do with. */
import { systemRandom } from '../../base/random.ts'
import { specialRange } from '../../smtp-client/address-ranges.ts'
import type { ResolverFault } from '../../dns/resolver.ts'
import { type DnsServer, dnsServers } from '../../dns/servers.ts'
import { serverResolver } from '../../dns/system.ts'
import { failing, ok, step, warning } from '../findings.ts'
import type { Check, Finding, Step } from '../types.ts'
import type { World } from '../world.ts'
import { boundedResolver } from './bounded.ts'
import { errorCodeOf, faultOf } from './domain-check.ts'

export const resolverCheck: Check<World> = {
  id: 'dns.resolver',
  group: 'dns',
  title: 'The DNS resolver',
  isNetwork: true,
  explain: [
    'cat /etc/resolv.conf',
    'cat /run/systemd/resolve/resolv.conf',
    'dig example.org MX',
    'dig @SERVER example.org MX',
  ],
  async look(world, signal) {
    const started = world.clock.monotonicMs()
    const fault = await faultOf(boundedResolver(world, signal, WHOLE_MS))
    const tookMs = Math.round(world.clock.monotonicMs() - started)
    const servers = serversOf(world)
    const figures = { tookMs }
    // Who is at fault is asked only when something is: one of several may be silent.
    if (fault !== null || tookMs > SLOW_MS)
      return [{ ...(await slowOrSilent(world, servers, signal, fault)), figures }]
    const upstreams = upstreamsOf(world)
    const evidence = [
      `an answer for example.org after ${tookMs} ms`,
      `asked: ${servers.map(serverWords).join(', ')}`,
      ...(servers.some(isStub)
        ? [`systemd-resolved asks on: ${upstreams.map(serverWords).join(', ')}`]
        : []),
    ]
    const forwarder = upstreams.find(({ address }) => PUBLIC_RESOLVERS.has(address))
    if (forwarder !== undefined)
      return [{ ...publicForwarder(world, forwarder.address, evidence), figures }]
    const where = upstreams.every(({ address }) => specialRange(address)?.name === 'loopback')
      ? 'a resolver on this machine answers'
      : 'DNS answers'
    return [ok(resolverCheck, where, evidence, { figures })]
  },
}

/** @param fault  null: there was an answer, a late one */
async function slowOrSilent(
  world: World,
  servers: readonly DnsServer[],
  signal: AbortSignal,
  fault: ResolverFault | null,
): Promise<Finding> {
  const { clock } = world
  const seen = await Promise.all(
    servers.map(async (server) => {
      const resolver = serverResolver(server, { clock, random: systemRandom })
      return { server, its: await faultOf(boundedResolver({ resolver, clock }, signal, EACH_MS)) }
    }),
  )
  const evidence = [
    fault === null ? 'an answer for example.org came late' : faultWords(fault),
    ...seen.map(({ server, its }) => `${serverWords(server)}: ${stateWords(its)}`),
  ]
  // Of several, one that says something tells more than those that are silent.
  const codes = [fault, ...seen.map(({ its }) => its)].flatMap(
    (one) => (one === null ? null : errorCodeOf(one)) ?? [],
  )
  const silentOnes = seen.flatMap(({ server, its }) => {
    if (its === null) return []
    const code = errorCodeOf(its)
    const state = code === null ? 'does not answer' : `gives no answer but ${code}`
    return [`${serverWords(server)} ${state}`]
  })
  if (silentOnes.length === servers.length && fault !== null)
    return silent(world, evidence, codes[0] ?? null)
  return warning(resolverCheck, {
    summary:
      silentOnes.length === 0
        ? 'DNS answers slowly'
        : `the DNS server ${silentOnes.join(' and ')}, others do`,
    evidence,
    meaning:
      'Each question waits for seconds until another server is asked: mail is slow to leave, and logins and greetings are slow.',
    remedy: [
      step('Take the server that does not answer out of this file', 'cat /etc/resolv.conf'),
      ...ownResolver(world),
    ],
  })
}

function faultWords(fault: ResolverFault): string {
  const code = errorCodeOf(fault)
  return code === null ? 'no answer for example.org in time' : `${code} for example.org`
}

/** @param fault  null: there was none */
function stateWords(fault: ResolverFault | null): string {
  if (fault === null) return 'answers'
  const code = errorCodeOf(fault)
  return code === null ? 'does not answer' : `answers ${code}`
}

function serverWords({ address, port }: DnsServer): string {
  return port === 53 ? address : `${address} port ${port}`
}

/** Both tries of the check have to fit into its time. */
const WHOLE_MS = 3_000
const EACH_MS = 2_000
const SLOW_MS = 1_500

/** Those that are asked: of resolv.conf, and the trusted ones of the configuration. */
export function serversOf({
  files,
  loaded,
}: Pick<World, 'files' | 'loaded'>): readonly DnsServer[] {
  const found = files.stat(RESOLV_CONF) !== null
  const text = found ? files.read(RESOLV_CONF, MAX_OCTETS).toString('utf8') : null
  return dnsServers(text, loaded.config.outgoing.trustedResolvers)
}

/** As {@link serversOf}, with those behind systemd-resolved in its place, where they are known. */
export function upstreamsOf(world: Pick<World, 'files' | 'loaded'>): readonly DnsServer[] {
  const { files, loaded } = world
  const servers = serversOf(world)
  if (!servers.some(isStub) || files.stat(BEHIND_STUB) === null) return servers
  const text = files.read(BEHIND_STUB, MAX_OCTETS).toString('utf8')
  const behind = dnsServers(text, loaded.config.outgoing.trustedResolvers)
  return [...servers.filter((one) => !isStub(one)), ...behind]
}

/** Whose name a public resolver of everybody's is; undefined: it is none that we know. */
export function publicResolverOf(address: string): string | undefined {
  return PUBLIC_RESOLVERS.get(address)
}

/** @param code  `SERVFAIL`; null: nothing at all is said */
function silent(world: World, evidence: readonly string[], code: string | null): Finding {
  return failing(resolverCheck, {
    summary:
      code === null ? 'DNS does not answer' : `DNS answers only ${code}${CAUSES[code] ?? ''}`,
    evidence,
    meaning: 'No mail can be sent to other domains: it waits in the queue until DNS answers again.',
    remedy: [
      step('See what the resolver says', 'dig example.org MX'),
      ...(code === 'SERVFAIL'
        ? [
            step('An answer to this alone shows that it is DNSSEC', 'dig +cd example.org MX'),
            step('A wrong clock breaks DNSSEC: see whether it is right', 'timedatectl'),
          ]
        : []),
      step('See which servers are asked', 'cat /etc/resolv.conf'),
      ...ownResolver(world),
    ],
  })
}

/** What each mostly comes from. */
const CAUSES: Readonly<Record<string, string>> = {
  SERVFAIL: ': it does not reach the servers of others, or DNSSEC fails',
  REFUSED: ': it is not for this machine to ask',
}

function publicForwarder(world: World, address: string, evidence: readonly string[]): Finding {
  const name = PUBLIC_RESOLVERS.get(address)
  return warning(resolverCheck, {
    summary: `DNS is asked by way of ${name} (${address}), as millions of others do`,
    evidence,
    meaning:
      'Blocklists refuse questions from public resolvers, so that spam cannot be told by them, and DNSSEC is not proved on the way here. Mail itself is delivered.',
    remedy: ownResolver(world),
  })
}

/** What to do where a resolver of one's own is wanted. */
export function ownResolver(world: Pick<World, 'files' | 'loaded'>): readonly Step[] {
  // A link to systemd-resolved's file would be written through, and the next change of it undo that.
  const remove = serversOf(world).some(isStub) ? `rm ${RESOLV_CONF}; ` : ''
  return [
    step('Run a resolver of your own on this machine', 'apt-get install unbound'),
    step('See that it answers', 'dig @127.0.0.1 example.org MX'),
    step(
      'Then ask it only',
      `${remove}printf 'nameserver 127.0.0.1\\noptions edns0 trust-ad\\n' > ${RESOLV_CONF}`,
    ),
  ]
}

/** systemd-resolved's own address for programs; it asks others on (systemd-resolved.service(8)). */
function isStub({ address }: DnsServer): boolean {
  return address === '127.0.0.53' || address === '127.0.0.54'
}

const RESOLV_CONF = '/etc/resolv.conf'
const BEHIND_STUB = '/run/systemd/resolve/resolv.conf'
const MAX_OCTETS = 64 * 1024

/** By their own documentation. */
const PUBLIC_RESOLVERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'Google Public DNS': '8.8.8.8 8.8.4.4 2001:4860:4860::8888 2001:4860:4860::8844',
    Cloudflare:
      '1.1.1.1 1.0.0.1 1.1.1.2 1.0.0.2 1.1.1.3 1.0.0.3 2606:4700:4700::1111 2606:4700:4700::1001 ' +
      '2606:4700:4700::1112 2606:4700:4700::1002 2606:4700:4700::1113 2606:4700:4700::1003',
    Quad9:
      '9.9.9.9 149.112.112.112 9.9.9.10 149.112.112.10 9.9.9.11 149.112.112.11 ' +
      '2620:fe::fe 2620:fe::9 2620:fe::10 2620:fe::fe:10 2620:fe::11 2620:fe::fe:11',
    OpenDNS:
      '208.67.222.222 208.67.220.220 208.67.222.123 208.67.220.123 2620:119:35::35 2620:119:53::53',
    AdGuard:
      '94.140.14.14 94.140.15.15 94.140.14.140 94.140.14.141 2a10:50c0::ad1:ff 2a10:50c0::ad2:ff',
    DNS4EU: '86.54.11.1 86.54.11.201 86.54.11.100 86.54.11.200 86.54.11.13 86.54.11.213',
    Level3: '4.2.2.1 4.2.2.2 4.2.2.3 4.2.2.4 4.2.2.5 4.2.2.6 209.244.0.3 209.244.0.4',
    Verisign: '64.6.64.6 64.6.65.6',
    'Yandex DNS': '77.88.8.8 77.88.8.1 77.88.8.88 77.88.8.2 77.88.8.7 77.88.8.3',
    'Control D': '76.76.2.0 76.76.10.0 76.76.2.1 76.76.10.1 76.76.2.2 76.76.10.2',
    CleanBrowsing: '185.228.168.9 185.228.169.9 185.228.168.168 185.228.169.168',
    Comodo: '8.26.56.26 8.20.247.20',
  }).flatMap(([name, addresses]) =>
    addresses.split(' ').map((address) => [address, name] as const),
  ),
)
