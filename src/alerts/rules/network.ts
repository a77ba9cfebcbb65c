/** What only others know: what the doctor's checks found when they asked. */
import { type FindingRule, asFound } from './rule.ts'
import type { Finding } from '../../doctor/types.ts'

const certificate: FindingRule = {
  name: 'certificate',
  source: 'findings',
  checks: ['tls.expiry'],
  condition: ({ certificateDays }) => `a certificate expires within ${certificateDays} days`,
  isUrgent: false,
  command: 'waybill doctor --only tls',
  look(findings, { certificateDays }) {
    return findings.flatMap((finding) => {
      const { daysLeft } = finding.figures
      const isClose = typeof daysLeft === 'number' && daysLeft < certificateDays
      return isClose && isTrouble(finding) ? asFound(this.subjectOf(finding), finding) : []
    })
  },
  subjectOf: ({ subject }) => subject ?? '',
}

const blocklist: FindingRule = {
  name: 'blocklist',
  source: 'findings',
  checks: ['dns.blocklists'],
  condition: () => 'an address or a domain of ours is on a blocklist',
  isUrgent: false,
  command: 'waybill doctor --only dns.blocklists',
  look(findings) {
    return findings.filter(isTrouble).map((finding) => asFound(this.subjectOf(finding), finding))
  },
  subjectOf: ({ subject }) => subject ?? '',
}

/** Not what never was well: the doctor says that. */
const dns: FindingRule = {
  name: 'dns',
  source: 'findings',
  checks: ['dns'],
  condition: () => 'a record in DNS was well, and is not any more',
  isUrgent: false,
  command: 'waybill doctor --only dns',
  look(findings, _limits, { wellDns }) {
    return findings.flatMap((finding) => {
      const subject = this.subjectOf(finding)
      return isTrouble(finding) && isRecord(finding) && wellDns.has(subject)
        ? asFound(subject, finding)
        : []
    })
  },
  subjectOf: ({ check, subject }) => (subject === null ? check : `${check} ${subject}`),
}

/** Blocklists have a rule of their own. */
function isRecord({ check }: Finding): boolean {
  return !blocklist.checks.includes(check)
}

function isTrouble({ verdict }: Finding): boolean {
  return verdict === 'warning' || verdict === 'failing'
}

/** What of DNS is well in these findings, as the rule of DNS remembers it. */
export function wellDnsIn(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter((finding) => finding.verdict === 'ok' && isOf(dns, finding) && isRecord(finding))
    .map((finding) => dns.subjectOf(finding))
}

/** Is this finding of one of the checks that the rule looks at? */
export function isOf({ checks }: FindingRule, { check }: Pick<Finding, 'check'>): boolean {
  return checks.some((one) => check === one || check.startsWith(`${one}.`))
}

export const NETWORK_RULES = [certificate, blocklist, dns]
