/** A check of what DNS says of each domain here. */
import { type Resolver, ResolverFault } from '../../dns/resolver.ts'
import { skipped, step, warning } from '../findings.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'
import { boundedResolver } from './bounded.ts'
import { isLocalName } from './ours.ts'
import { shown } from './shown.ts'

/** One domain, and what is asked about it. */
export interface DomainLook {
  /** A-labels. */
  readonly domain: string
  readonly world: World
  /** Answers within a few seconds, or never. */
  readonly resolver: Resolver
  readonly signal: AbortSignal
}

/** @param look  may throw ResolverFault: that is said */
export function domainCheck(
  of: Pick<Check<World>, 'id' | 'title' | 'explain'>,
  look: (at: DomainLook) => Promise<readonly Finding[]>,
): Check<World> {
  return {
    ...of,
    group: 'dns',
    isNetwork: true,
    async look(world, signal) {
      const domains = await world.ask('domain.list', {})
      if (domains.length === 0)
        return [skipped(of, 'no domain is served here yet: waybill domain add example.com')]
      const resolver = boundedResolver(world.resolver, signal)
      const answers = isAnswering(resolver)
      const look1 = ({ name }: { readonly name: string }) =>
        guarded(of, name, answers, () => look({ domain: name, world, resolver, signal }))
      return (await eachOf(domains, look1)).flat()
    },
  }
}

/** Says when a question got no answer, and leaves out what is in no DNS. */
async function guarded(
  of: Pick<Check<World>, 'id'>,
  domain: string,
  answers: Promise<boolean>,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  if (isLocalName(domain))
    return [skipped(of, 'this name is for use within a network: no DNS of others has it', domain)]
  try {
    const findings = await look()
    return findings.map((one) => ({ ...one, subject: one.subject ?? domain }))
  } catch (error) {
    if (!(error instanceof ResolverFault)) throw error
    if (!(await answers))
      return [skipped(of, 'DNS answers nothing here at the moment: see dns.resolver', domain)]
    return [unanswered(of, domain, error)]
  }
}

/** Other questions are answered, so the fault is in the zone asked about. */
export function unanswered(
  of: Pick<Check<World>, 'id'>,
  subject: string,
  fault: ResolverFault,
): Finding {
  const asked = fault.message.replace('no answer from DNS for ', '')
  const [name = '', type = ''] = asked.split(' ')
  const asTyped = PLAIN_NAME.test(name) ? `${name} ${type}`.trimEnd() : 'NAME TYPE'
  const why = fault.cause instanceof Error ? [fault.cause.message] : []
  return warning(of, {
    subject,
    summary: `DNS gives no answer for ${shown(asked)}`,
    evidence: [shown(fault.message), ...why],
    meaning:
      'Other servers get none either, if the name servers of the zone are at fault; then they put mail off.',
    remedy: [
      step('See which name server does not answer', `dig +trace ${asTyped}`),
      step('Look for faults of DNSSEC in the zone', `delv ${asTyped}`),
    ],
  })
}

/** What may stand in a command that is copied: a stranger's zone may have other names. */
const PLAIN_NAME = /^[a-z0-9_][a-z0-9._-]*$/i

/** Whether DNS answers at all: a name of the root's own people that will stay (RFC 6761 §6.5). */
export async function isAnswering(resolver: Pick<Resolver, 'mxAnswer'>): Promise<boolean> {
  try {
    await resolver.mxAnswer('example.org')
    return true
  } catch (error) {
    if (error instanceof ResolverFault) return false
    throw error
  }
}

/** A few at once, in order. */
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
