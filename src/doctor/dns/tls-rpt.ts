/** TLSRPT of each domain: where others report that TLS failed. RFC 8460 §3. */
import { ok, step, warning } from '../findings.ts'
import { domainCheck } from './domain-check.ts'
import { shown } from '../shown.ts'
import { readTags, reportUris } from './tags.ts'

export const tlsReports = domainCheck(
  { id: 'dns.tls-rpt', title: 'TLSRPT records', explain: ['dig _smtp._tls.DOMAIN TXT'] },
  async ({ domain, resolver }) => {
    const name = `_smtp._tls.${domain}`
    const records = (await resolver.txt(name)).filter((record) => /^v=TLSRPTv1/i.test(record))
    const [record] = records
    if (record === undefined)
      return [
        ok(tlsReports, 'nobody is asked for reports about TLS, which is allowed', [
          `no TLSRPT record at ${name}`,
        ]),
      ]
    const evidence = records.map((one) => `${name} TXT ${shown(one)}`)
    const fault = records.length > 1 ? `there are ${records.length} of them` : faultOf(record)
    if (fault === null) return [ok(tlsReports, 'others are asked for reports about TLS', evidence)]
    return [
      warning(tlsReports, {
        summary: `the TLSRPT record is not in order: ${shown(fault)}`,
        evidence,
        meaning: 'Nobody sends reports of TLS that failed. Mail is not affected.',
        remedy: [step('Publish the one that this shows', `waybill dns records ${domain}`)],
      }),
    ]
  },
)

/** Null: it is in order. */
function faultOf(record: string): string | null {
  const { values, fault } = readTags(record)
  if (fault !== null) return fault
  if (!record.startsWith('v=TLSRPTv1;')) return 'it has to begin with v=TLSRPTv1;'
  const rua = values.get('rua')
  if (rua === undefined) return 'it has no address (rua=)'
  const bad = reportUris(rua).find(
    ({ uri, address }) => address === null && !/^https:\/\/\S+$/i.test(uri),
  )
  return bad === undefined ? null : `${bad.uri} is neither mailto: with an address nor https:`
}
