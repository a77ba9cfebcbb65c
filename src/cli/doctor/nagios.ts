/**
 * For Nagios, Icinga, Zabbix and the like: one line, figures behind the bar, and their exit codes.
 * https://nagios-plugins.org/doc/guidelines.html
 */
import { counted } from '../../base/counted.ts'
import type { Examination, Finding, Verdict } from '../../doctor/types.ts'

/** 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
export type NagiosCode = 0 | 1 | 2 | 3

export interface NagiosLine {
  readonly code: NagiosCode
  readonly line: string
}

export function nagiosOf(examination: Examination): NagiosLine {
  const { findings, startedMs, endedMs } = examination
  const of = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict)
  const [failing, warnings, fine] = [of('failing'), of('warning'), of('ok')]
  const trouble = [...failing, ...warnings]
  const figures = [
    ...[`ok=${fine.length}`, `failing=${failing.length}`, `warning=${warnings.length}`],
    ...[`skipped=${of('skipped').length}`, `time=${((endedMs - startedMs) / 1000).toFixed(2)}s`],
    ...findings.flatMap(figuresOf),
  ]
  const code = failing.length > 0 ? 2 : warnings.length > 0 ? 1 : fine.length > 0 ? 0 : 3
  const what =
    trouble.length > 0
      ? trouble.slice(0, MOST).map(sentenceOf).join('; ') + more(trouble.length - MOST)
      : code === 0
        ? `all well: ${counted(fine.length, 'finding')}`
        : 'nothing could be looked at'
  return { code, line: `${nameOf(code)} - ${plain(what)} | ${figures.join(' ')}` }
}

/** When there is nothing to be said of the server. */
export function nagiosUnknown(why: string): NagiosLine {
  return { code: 3, line: `${nameOf(3)} - ${plain(why)}` }
}

function nameOf(code: NagiosCode): string {
  return `WAYBILL ${(['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const)[code]}`
}

function sentenceOf({ check, subject, summary }: Finding): string {
  return `${check}${subject === null ? '' : ` ${subject}`}: ${summary}`
}

/** Numbers with a unit, where the name of the figure has one. */
function figuresOf({ check, subject, figures }: Finding): string[] {
  return Object.entries(figures).flatMap(([name, value]) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return []
    const label = [check, subject, name].filter((part) => part !== null).join('.')
    const unit = UNITS.find(([ending]) => name.endsWith(ending))?.[1] ?? ''
    return [`'${label.replaceAll(/['=|\s]/g, '_')}'=${Math.round(value * 1_000) / 1_000}${unit}`]
  })
}

function more(count: number): string {
  return count > 0 ? `; and ${count} more` : ''
}

/** A bar would begin the figures. */
function plain(text: string): string {
  return text.replaceAll('|', '/').replaceAll(/\s+/g, ' ')
}

const UNITS = [
  ['Ms', 'ms'],
  ['Octets', 'B'],
  ['Percent', '%'],
] as const
const MOST = 5
