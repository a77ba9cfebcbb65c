/**
 * Where mail for a domain goes (RFC 5321 §5.1): its MX hosts by preference, or the domain itself
 * when it has none, with their addresses and what TLS must be like there.
 *
 * "There is none" is final, "nobody knows" never is.
 */
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/faults.ts'
import type { Random } from '../base/random.ts'
import type { OutgoingConfig } from '../config/types.ts'
import { type Answer, type MxRecord, type Resolver, ResolverFault } from '../dns/resolver.ts'
import { addressInLiteral } from '../syntax/address/literal.ts'
import type { StsPolicy } from '../syntax/sts/policy.ts'
import { type HostAddresses, hostAddresses, usableAddresses } from './host-addresses.ts'
import { type Dane, daneOf, type TlsDemand, tlsOf } from './host-tls.ts'
import type { IsOurself } from './ourselves.ts'
import { shuffled } from './shuffle.ts'
import type { StsPolicies } from './sts.ts'
import type { Result, Target } from './types.ts'

export interface HostsOptions {
  readonly resolver: Resolver
  readonly sts: StsPolicies
  readonly random: Random
  readonly clock: Clock
  readonly outgoing: Pick<OutgoingConfig, 'ipv4' | 'ipv6' | 'allowPrivate' | 'port'>
  readonly isOurself: IsOurself
  readonly demand: TlsDemand
}

export interface FoundTargets {
  /** In the order in which they are tried; one to {@link MAX_TARGETS}. */
  readonly targets: readonly Target[]
  /** What the operator of the other domain would want to know: a host that its policy does not name. */
  readonly notes: readonly string[]
}

/** No host can be tried. The scope is `host`: all mail to the destination shares it. */
export interface HostsFailure {
  readonly failure: Extract<Result, { kind: 'failed' | 'deferred' }>
}

/**
 * Finds the hosts of a domain, or of an address literal: `[192.0.2.1]`, `[IPv6:2001:db8::1]`.
 * Never rejects, and takes a minute at most.
 *
 * @param place the domain in lower case A-labels
 */
export async function findTargets(
  place: string,
  options: HostsOptions,
): Promise<FoundTargets | HostsFailure> {
  const { promise: tooLong, resolve } = Promise.withResolvers<HostsFailure>()
  using _timer = options.clock.after(BUDGET_MS, () => resolve(incomplete(place, 'timed out')))
  try {
    const found = place.startsWith('[') ? targetOfLiteral(place, options) : find(place, options)
    return await Promise.race([found, tooLong])
  } catch (error) {
    if (error instanceof ResolverFault) return incomplete(place, error.message)
    return deferred('4.3.0', `the hosts of ${place} could not be found: ${messageOf(error)}`)
  }
}

/** RELIABILITY: for all questions together. */
const BUDGET_MS = 60_000

async function find(domain: string, options: HostsOptions): Promise<FoundTargets | HostsFailure> {
  const mx = await options.resolver.mxAnswer(domain)
  if (!mx.exists) return failed('5.1.2', `Unrouteable address: domain ${domain} does not exist`)
  // RFC 7505 §3: beside other records it means nothing.
  if (mx.records.length === 1 && mx.records[0]?.exchange === '')
    return failed('5.1.10', `an MX record says that ${domain} does not accept mail (null MX)`)
  const hosts = await mailHosts(domain, mx, options)
  const reachable = beforeOurselves(hosts, options)
  if (reachable.length === 0)
    return mx.records.length > 0
      ? failed('5.4.6', 'lowest numbered MX record points to local host')
      : failed('5.4.6', `remote host address is the local host: ${domain}`)
  const usable = reachable.filter((host) => host.usable.length > 0)
  if (usable.length === 0) return noAddress(domain, reachable, mx)
  return withTls(domain, { mx, hosts: usable }, options)
}

interface MailHost extends HostAddresses {
  readonly preference: number
}

/** The hosts in the order of RFC 5321 §5.1, those of equal preference at random. */
async function mailHosts(
  domain: string,
  mx: Answer<MxRecord>,
  { resolver, random, outgoing }: HostsOptions,
): Promise<readonly MailHost[]> {
  const named = mx.records.filter(({ exchange }) => exchange !== '')
  const records = named.length > 0 ? named : [{ preference: 0, exchange: domain }]
  const ordered = shuffled(records, random).toSorted((a, b) => a.preference - b.preference)
  // A host that is named twice counts once, where it is named first.
  const once = new Map(ordered.toReversed().map((record) => [record.exchange, record]))
  const first = ordered.filter((record) => once.get(record.exchange) === record)
  return Promise.all(
    first.slice(0, MAX_HOSTS).map(async ({ preference, exchange }) => ({
      preference,
      ...(await hostAddresses(resolver, exchange, outgoing)),
    })),
  )
}

/** Whose addresses are looked up: enough to find some that are there. */
const MAX_HOSTS = 10

/** RFC 5321 §5.1: neither ourselves, nor hosts that are as far away as we are, or farther. */
function beforeOurselves(
  hosts: readonly MailHost[],
  { isOurself, outgoing: { port } }: HostsOptions,
): readonly MailHost[] {
  const own = hosts.find(({ name, all }) =>
    all.some((address) => isOurself({ name, address, port })),
  )
  return own === undefined ? hosts : hosts.filter(({ preference }) => preference < own.preference)
}

function noAddress(domain: string, hosts: readonly MailHost[], mx: Answer<MxRecord>): HostsFailure {
  const fault = hosts.find((host) => host.fault !== null)?.fault
  if (fault) return incomplete(domain, fault.message)
  const leftOut = hosts.flatMap((host) => host.leftOut ?? [])
  const ours = leftOut.find(({ isFinal }) => !isFinal)
  const [reason] = leftOut
  if (ours !== undefined) return deferred('4.4.4', `no usable address for ${domain}: ${ours.text}`)
  if (reason !== undefined)
    return failed('5.4.4', `no usable address for ${domain}: ${reason.text}`)
  return mx.records.length > 0
    ? failed('5.4.4', 'all relevant MX records point to non-existent hosts')
    : failed('5.1.2', `Unrouteable address: domain ${domain} has neither MX nor address records`)
}

interface Candidates {
  readonly mx: Answer<MxRecord>
  readonly hosts: readonly MailHost[]
}

async function withTls(
  domain: string,
  { mx, hosts }: Candidates,
  options: HostsOptions,
): Promise<FoundTargets | HostsFailure> {
  const { resolver, sts, demand, outgoing } = options
  const domainNames = [domain, mx.canonicalName]
  const danes = await Promise.all(
    // RFC 7672 §2.2.1: a list of hosts that nothing proves leads nowhere in particular.
    hosts.map((host): Promise<Dane> | Dane =>
      mx.authentic && demand !== 'optional'
        ? daneOf(resolver, host, { port: outgoing.port, domainNames })
        : { kind: 'none' },
    ),
  )
  const isSettled = demand === 'optional' || danes.every(({ kind }) => kind === 'dane')
  const policy = isSettled ? null : await sts.policyOf(domain)
  // RFC 8689 §4.2.1: the name that the certificate is checked against must be the right one.
  if (demand === 'requiretls' && !mx.authentic && policy?.mode !== 'enforce')
    return failed(
      '5.7.30',
      `REQUIRETLS: neither DNSSEC nor MTA-STS says which are the mail servers of ${domain}`,
    )
  const chosen = hosts.map((host, index) =>
    chosenHost(host, danes[index] ?? { kind: 'none' }, { domain, policy, demand }),
  )
  const good = chosen.flatMap((host) => ('targets' in host ? [host] : []))
  const [refusal] = chosen.flatMap((host) => ('failure' in host ? [host] : []))
  if (good.length === 0) return refusal ?? noAddress(domain, hosts, mx)
  const perHost = good.length === 1 ? MAX_TARGETS : MAX_TARGETS_PER_HOST
  return {
    targets: good
      .flatMap(({ targets }) => targets.slice(0, perHost))
      .slice(0, MAX_TARGETS)
      .map((target) => ({ ...target, port: outgoing.port })),
    notes: good.flatMap(({ note }) => note ?? []),
  }
}

/** So that a host with many addresses that are all dead does not hide the next one. */
const MAX_TARGETS_PER_HOST = 3
const MAX_TARGETS = 5

interface ChosenHost {
  readonly targets: readonly Omit<Target, 'port'>[]
  readonly note: string | null
}

function chosenHost(
  { name, usable }: MailHost,
  dane: Dane,
  facts: { domain: string; policy: StsPolicy | null; demand: TlsDemand },
): ChosenHost | HostsFailure {
  const { domain, policy, demand } = facts
  if (dane.kind === 'unknown') return incomplete(domain, dane.fault.message)
  const chosen = tlsOf({ domain, name, dane, sts: policy, demand })
  // RFC 8461 §5: it waits, for the policy or the MX records to be mended.
  if ('refused' in chosen) return deferred('4.7.5', chosen.refused)
  const { tls, note } = chosen
  return { targets: usable.map((address) => ({ name, address, tls })), note }
}

/** RFC 5321 §4.1.3, and §5.1: nothing is looked up. */
async function targetOfLiteral(
  literal: string,
  { outgoing, isOurself, demand }: HostsOptions,
): Promise<FoundTargets | HostsFailure> {
  const address = addressInLiteral(literal)
  const { port } = outgoing
  if (isOurself({ name: null, address, port }))
    return failed('5.4.6', `remote host address is the local host: ${literal}`)
  const { usable, leftOut } = usableAddresses([address], outgoing)
  if (usable.length === 0) {
    const text = `no usable address for ${literal}: ${leftOut?.text ?? 'it is none'}`
    return leftOut?.isFinal === false ? deferred('4.4.4', text) : failed('5.4.4', text)
  }
  const chosen = tlsOf({
    domain: literal,
    name: address,
    dane: { kind: 'none' },
    sts: null,
    demand,
  })
  if ('refused' in chosen) return deferred('4.7.5', chosen.refused)
  return { targets: [{ name: null, address, port, tls: chosen.tls }], notes: [] }
}

function incomplete(place: string, why: string): HostsFailure {
  return deferred('4.4.3', `host lookup did not complete for ${place}: ${why}`)
}

function deferred(status: string, text: string): HostsFailure {
  return { failure: { kind: 'deferred', phase: 'dns', text, reply: null, status, scope: 'host' } }
}

function failed(status: string, text: string): HostsFailure {
  return { failure: { kind: 'failed', phase: 'dns', text, reply: null, status, scope: 'host' } }
}
