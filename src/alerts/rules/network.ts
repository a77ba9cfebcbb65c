/** What only others know: what the doctor's checks found when they asked. */
import { step } from '../../doctor/findings.ts'
import type { Finding } from '../../doctor/types.ts'
import { asFound, type FindingRule, wrongOf } from './rule.ts'

const certificate: FindingRule = {
  name: 'certificate',
  source: 'findings',
  checks: ['tls.certificate'],
  condition: ({ certificateDays }) => `a certificate expires within ${certificateDays} days`,
  isUrgent: false,
  command: 'waybill doctor --only tls',
  look(findings, { certificateDays }) {
    return findings.flatMap((finding) => {
      const { daysLeft, isExpiring } = finding.figures
      if (typeof daysLeft !== 'number' || daysLeft >= certificateDays) return []
      // Those that last a few days only are always close to it: the doctor knows when it is too close.
      if (isExpiring !== true && certificateDays <= DOCTORS_DAYS) return []
      const name = this.subjectOf(finding)
      const found = wrongOf(name, {
        verdict: daysLeft < 0 ? 'failing' : 'warning',
        summary:
          daysLeft < 0
            ? `the certificate for ${name} has expired`
            : `the certificate for ${name} expires within ${certificateDays} days`,
        evidence: finding.evidence,
        meaning: 'Once it has expired, mail programs refuse to connect.',
        remedy: [
          step('Renew it now, and see why that did not happen by itself', 'certbot renew'),
          step('Changed files are noticed; see what is served now', 'waybill doctor --only tls -a'),
        ],
      })
      // One who was told two weeks before hears of it again when it becomes urgent.
      return [{ ...found, mark: String(REMINDERS_DAYS.find((days) => daysLeft < days) ?? '') }]
    })
  },
  subjectOf: ({ subject }) => subject ?? '',
}
/** From where on the doctor itself says that one expires. */
const DOCTORS_DAYS = 14
const REMINDERS_DAYS = [1, 3, 7]

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
