/** SRV records, by which mail programs find where to read and to send: RFC 6186 §3, RFC 8314 §5.1. */
import type { SrvRecord } from '../../dns/resolver.ts'
import type { DnsRecord } from '../../trust/publish/records.ts'
import { ok, skipped, step, warning } from '../findings.ts'
import { domainCheck } from './domain-check.ts'
import { wantedRecords } from './facts.ts'
import { shown } from '../shown.ts'

/** All that we publish records for. */
const SERVICES = ['submissions', 'submission', 'imaps', 'imap'] as const

export const srv = domainCheck(
  {
    id: 'dns.srv',
    title: 'SRV records for mail programs',
    explain: SERVICES.map((service) => `dig _${service}._tcp.DOMAIN SRV`),
  },
  async (at) => {
    const { domain, resolver } = at
    const wanted = (await wantedRecords(at, 'srv')).filter((one) => one.type === 'SRV')
    if (wanted.length === 0)
      return [
        skipped(
          srv,
          'nothing is known to publish: host_name is no full name, or no listener is for users',
        ),
      ]
    const seen = await Promise.all(
      SERVICES.map(async (service) => {
        const name = `_${service}._tcp.${domain}`
        return {
          name,
          wanted: wanted.find((one) => one.name === name),
          records: await resolver.srv(name),
        }
      }),
    )
    const evidence = seen.flatMap(({ name, records }) =>
      records.map(
        (one) =>
          `${name} SRV ${one.priority} ${one.weight} ${one.port} ${one.target === '' ? '.' : shown(one.target)}`,
      ),
    )
    if (evidence.length === 0)
      return [
        ok(
          srv,
          'no SRV records are published: mail programs find the server by other ways, or ask for it',
          [
            `no SRV record of ${SERVICES.map((service) => `_${service}._tcp`).join(', ')} at ${domain}`,
          ],
        ),
      ]
    const faults = seen.flatMap(faultsOf)
    if (faults.length === 0)
      return [ok(srv, 'mail programs find this server by SRV records', evidence)]
    return [
      warning(srv, {
        summary: faults[0] ?? '',
        evidence: [...faults.slice(1), ...evidence],
        meaning:
          'Mail programs that set accounts up by themselves try the wrong place, and fail or find nothing.',
        remedy: [step('Publish the SRV records that this shows', `waybill dns records ${domain}`)],
      }),
    ]
  },
)

interface Seen {
  readonly name: string
  readonly wanted: (DnsRecord & { readonly type: 'SRV' }) | undefined
  readonly records: readonly SrvRecord[]
}

/** What leads elsewhere than here. Another priority or weight is the administrator's to choose. */
function faultsOf({ name, wanted, records }: Seen): readonly string[] {
  const service = name.split('.', 1)[0]
  return records.flatMap(({ port, target }) => {
    if (wanted === undefined)
      return target === ''
        ? []
        : [`${service} leads to ${shown(target)}:${port}, and no listener here is for it`]
    if (target === '')
      return [
        `${service} says that there is no such service, and there is one on port ${wanted.port}`,
      ]
    if (target !== wanted.target)
      return [`${service} leads to ${shown(target)}, not to ${wanted.target}`]
    return port === wanted.port
      ? []
      : [`${service} names port ${port}, and the listener is on ${wanted.port}`]
  })
}
