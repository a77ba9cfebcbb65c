/** Checks of what DNS says of this server, and of each domain here. */
import { ErrorReply } from '../../dns/error-reply.ts'
import { type Resolver, ResolverFault } from '../../dns/resolver.ts'
import { skipped, step, warning } from '../findings.ts'
import { nameInCommand } from '../in-command.ts'
import { isTrial } from '../places.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'
import { boundedResolver } from './bounded.ts'
import { isLocalName } from './ours.ts'
import { shown } from '../shown.ts'

/** What a look has at hand. */
export interface DnsLook {
  readonly world: World
  /** Answers within a few seconds, or never. */
  readonly resolver: Resolver
  readonly signal: AbortSignal
}

export interface DomainLook extends DnsLook {
  /** A-labels. */
  readonly domain: string
}

type Of = Pick<Check<World>, 'id' | 'title' | 'explain'>

/** Of the server as a whole. @param look  may throw ResolverFault: that is said */
export function serverCheck(
  of: Of,
  look: (at: DnsLook) => Promise<readonly Finding[]>,
): Check<World> {
  return {
    ...of,
    group: 'dns',
    isNetwork: true,
    async look(world, signal) {
      if (isTrial(world)) return [trial(of)]
      const resolver = boundedResolver(world, signal)
      return await guarded(of, null, isAnswering(resolver), () => look({ world, resolver, signal }))
    },
  }
}

/** Of each domain. @param look  may throw ResolverFault: that is said */
export function domainCheck(
  of: Of,
  look: (at: DomainLook) => Promise<readonly Finding[]>,
): Check<World> {
  return {
    ...of,
    group: 'dns',
    isNetwork: true,
    async look(world, signal) {
      if (isTrial(world)) return [trial(of)]
      const domains = await servedDomains(world)
      if (domains.length === 0) return [skipped(of, noDomain(world))]
      const resolver = boundedResolver(world, signal)
      const answers = isAnswering(resolver)
      const endMs = world.clock.monotonicMs() + WHOLE_MS
      const lookAt = async (domain: string) => {
        if (isLocalName(domain)) return [skipped(of, LOCAL_NAME, domain)]
        // What is known of the others is said, however many they are.
        if (world.clock.monotonicMs() >= endMs) return [skipped(of, noTime(of, domain), domain)]
        const findings = await guarded(of, domain, answers, () =>
          look({ domain, world, resolver, signal }),
        )
        return findings.map((one) => ({ ...one, subject: one.subject ?? domain }))
      }
      return (await eachOf(domains, lookAt)).flat()
    },
  }
}

/** Those that are looked at: all, or the one that is asked for, A-labels. */
export async function servedDomains(world: World): Promise<readonly string[]> {
  const domains = (await world.ask('domain.list', {})).map(({ name }) => name)
  return world.domain === null ? domains : domains.filter((name) => name === world.domain)
}

function noDomain({ domain }: World): string {
  return domain === null
    ? 'no domain is served here yet: waybill domain add example.com'
    : `${domain} is no domain of this server: waybill domain list`
}

function noTime({ id }: Of, domain: string): string {
  return `DNS is slow and there are many domains, so that this one was not looked at: waybill doctor --only ${id} --domain ${domain}`
}

function trial(of: Of): Finding {
  return skipped(of, 'this server is for trying things out (waybill dev): no DNS leads to it')
}

const LOCAL_NAME = 'this name is for use within a network: no DNS of others has it'

/** Says when a question got no answer. */
async function guarded(
  of: Of,
  subject: string | null,
  answers: Promise<boolean>,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof ResolverFault)) throw error
    if (await answers) return [unanswered(of, subject, error)]
    return [skipped(of, 'DNS answers nothing here at the moment: see dns.resolver', subject)]
  }
}

/** Other questions are answered, so the fault is in the zone asked about. */
function unanswered(of: Of, subject: string | null, fault: ResolverFault): Finding {
  const asked = fault.message.replace('no answer from DNS for ', '')
  const [name = '', type = ''] = asked.split(' ')
  const typed = `${nameInCommand(name)} ${type}`.trimEnd()
  const why = fault.cause instanceof Error ? [shown(fault.cause.message)] : []
  const code = errorCodeOf(fault)
  return warning(of, {
    subject,
    summary:
      code === null
        ? `DNS gives no answer for ${shown(asked)}`
        : `DNS answers ${code} for ${shown(asked)}${code === 'SERVFAIL' ? `: ${BROKEN_ZONE}` : ''}`,
    evidence: [shown(fault.message), ...why],
    meaning:
      'If the name servers of the zone are at fault, other servers get no answer either, and put mail off.',
    remedy: [
      step('See which name server does not answer', `dig +trace ${typed}`),
      step('Look for faults of DNSSEC in the zone', `delv ${typed}`),
    ],
  })
}

const BROKEN_ZONE = 'its DNSSEC may be broken, or its name servers are not to be reached'

/** `SERVFAIL`, where a server said so; null: none said anything. */
export function errorCodeOf({ cause }: ResolverFault): string | null {
  return cause instanceof ErrorReply ? cause.code : null
}

/** Whether DNS answers at all: asks for a name that will always be there (RFC 6761 §6.5). */
export async function isAnswering(resolver: Pick<Resolver, 'mxAnswer'>): Promise<boolean> {
  return (await faultOf(resolver)) === null
}

/** As {@link isAnswering}; null: it does. */
export async function faultOf(resolver: Pick<Resolver, 'mxAnswer'>): Promise<ResolverFault | null> {
  try {
    await resolver.mxAnswer('example.org')
    return null
  } catch (error) {
    if (error instanceof ResolverFault) return error
    throw error
  }
}

/** A few at once; what comes of each, in their order. */
export async function eachOf<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  const next = items.entries()
  const worker = async () => {
    for (const [index, item] of next) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
  return results
}

const AT_ONCE = 8
/** One look more may take as long as an answer; then a check is still within its time. */
const WHOLE_MS = 5_500
