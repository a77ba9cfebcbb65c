/** The MTA-STS policy of each domain: record and policy, and whether it names where mail goes. RFC 8461. */
import { messageOf } from '../../base/faults.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { type FetchPolicy, httpsFetchPolicy } from '../../smtp-client/sts-fetch.ts'
import {
  matchesStsPolicy,
  parseStsPolicy,
  type StsPolicy,
  stsPolicyId,
} from '../../syntax/sts/policy.ts'
import { failing, ok, step, warning } from '../findings.ts'
import type { Check, Finding, Step } from '../types.ts'
import type { World } from '../world.ts'
import { type DomainLook, domainCheck } from './domain-check.ts'
import { shown } from '../shown.ts'
import { type StsCertificate, stsCertificates } from './sts-certificate.ts'

/** How a policy is fetched; tests have a web server of their own. */
export type Fetcher = (resolver: Resolver, world: World) => FetchPolicy

const overHttps: Fetcher = (resolver, { loaded }) =>
  httpsFetchPolicy({ resolver, rules: () => loaded.config.outgoing, timeoutMs: FETCH_MS })

export function mtaStsCheck(fetcher: Fetcher): Check<World> {
  const check = domainCheck(
    {
      id: 'dns.mta-sts',
      title: 'MTA-STS policies',
      explain: [
        'dig _mta-sts.DOMAIN TXT',
        'curl https://mta-sts.DOMAIN/.well-known/mta-sts.txt',
        'dig DOMAIN MX',
      ],
    },
    (at) => look(check, at, fetcher),
  )
  return check
}

export const mtaSts = mtaStsCheck(overHttps)

async function look(
  check: Check<World>,
  at: DomainLook,
  fetcher: Fetcher,
): Promise<readonly Finding[]> {
  const { domain, resolver, world } = at
  const name = `_mta-sts.${domain}`
  const records = (await resolver.txt(name)).filter((record) => record.startsWith('v=STSv1'))
  if (records.length === 0)
    return [
      ok(check, 'no MTA-STS policy is published, which is allowed', [
        `no MTA-STS record at ${name}`,
      ]),
    ]
  const evidence = records.map((record) => `${name} TXT ${shown(record)}`)
  if (stsPolicyId(records) === null)
    return [
      warning(check, {
        summary:
          records.length > 1
            ? `there are ${records.length} MTA-STS records`
            : 'the MTA-STS record is not in order',
        evidence,
        meaning:
          'Others take the domain for one without a policy, once the one they keep is too old.',
        remedy: [step(`Let the one record be: v=STSv1; id=${idOf(world)}`), ...publish(domain)],
      }),
    ]
  const place = `https://mta-sts.${domain}/.well-known/mta-sts.txt`
  const found = await policyOf(fetcher(resolver, world), domain)
  if ('fault' in found)
    return [
      failing(check, {
        summary: `the MTA-STS policy cannot be had: ${shown(found.fault)}`,
        evidence: [...evidence, `${place}: ${shown(found.fault)}`],
        meaning:
          'Others keep to the policy that they have from before as long as it lasts, and then bring mail without it.',
        remedy: [
          step('See what a web server there says', `curl -v ${place}`),
          step(
            'Let it answer with the text that this shows, as text/plain and with a valid certificate',
            `waybill dns records ${domain}`,
          ),
        ],
      }),
    ]
  const { policy } = found
  const seen = [
    ...evidence,
    `${place}: mode ${policy.mode}, mx ${policy.mx.map((mx) => shown(mx)).join(', ')}, max_age ${policy.maxAgeSeconds}`,
  ]
  return [await judged(check, at, policy, seen)]
}

async function policyOf(
  fetch: FetchPolicy,
  domain: string,
): Promise<{ readonly policy: StsPolicy } | { readonly fault: string }> {
  try {
    const policy = parseStsPolicy(await fetch(domain))
    return policy === null ? { fault: 'what is there is not a policy' } : { policy }
  } catch (error) {
    return { fault: messageOf(error) }
  }
}

async function judged(
  check: Check<World>,
  at: DomainLook,
  policy: StsPolicy,
  evidence: readonly string[],
): Promise<Finding> {
  const { domain, resolver, world } = at
  if (policy.mode === 'none')
    return ok(check, 'the MTA-STS policy asks for nothing (mode: none)', evidence)
  const exchanges = (await resolver.mx(domain)).map(({ exchange }) => exchange)
  const strange = exchanges.filter((exchange) => !matchesStsPolicy(policy, exchange))
  if (strange.length > 0) {
    const isEnforced = policy.mode === 'enforce'
    return (isEnforced ? failing : warning)(check, {
      summary: `the MTA-STS policy does not name ${shown(strange.join(', '))}, where MX records send mail`,
      evidence: [...evidence, `MX of ${domain}: ${shown(exchanges.join(', '))}`],
      meaning: isEnforced
        ? 'Large providers bring no mail there: it waits with them, and comes back after days.'
        : 'Nothing yet, as the mode is testing; with mode: enforce no mail would arrive there.',
      remedy: [
        step(
          `Add the line mx: ${shown(strange[0] ?? '')} to the policy, and give the TXT record another id: ${idOf(world)}`,
        ),
      ],
    })
  }
  const certificates = await stsCertificates(at, exchanges)
  const bad = certificates.find(({ fault }) => fault !== null)
  const seen = [...evidence, ...certificates.map((one) => one.evidence)]
  if (bad !== undefined) return badCertificate(check, policy, bad, seen)
  if (policy.mode === 'enforce' && policy.maxAgeSeconds < DAY_SECONDS)
    return warning(check, {
      summary: `the MTA-STS policy is to be kept for ${policy.maxAgeSeconds} seconds only`,
      evidence: seen,
      meaning: 'It protects little: who wants to get round it has to wait only so long.',
      remedy: [step('Let max_age be 604800 or more (RFC 8461 §3.2)')],
    })
  const note = policy.mode === 'testing' ? ', which only asks for reports' : ''
  return ok(
    check,
    `the MTA-STS policy names the mail servers of the domain (mode: ${policy.mode}${note})`,
    seen,
  )
}

function badCertificate(
  check: Check<World>,
  { mode }: StsPolicy,
  { exchange, fault }: StsCertificate,
  evidence: readonly string[],
): Finding {
  const isEnforced = mode === 'enforce'
  return (isEnforced ? failing : warning)(check, {
    summary: `the MTA-STS policy asks for a certificate that ${exchange} does not show: ${shown(fault ?? '')}`,
    evidence,
    meaning: isEnforced
      ? 'Large providers bring no mail here: it waits with them, and comes back after days.'
      : 'Nothing yet, as the mode is testing; with mode: enforce no mail would arrive here.',
    remedy: [
      step('See what is wrong with the certificate', 'waybill doctor --only tls'),
      step(
        'Until it is mended, let the policy say mode: testing, and give the TXT record another id',
      ),
    ],
  })
}

function publish(domain: string): readonly Step[] {
  return [step('Publish what this shows', `waybill dns records ${domain}`)]
}

/** An id that was not there before. */
function idOf({ clock }: World): string {
  return new Date(clock.nowMs()).toISOString().replace(/\D/g, '').slice(0, 14)
}

const FETCH_MS = 4_000
const DAY_SECONDS = 86_400
