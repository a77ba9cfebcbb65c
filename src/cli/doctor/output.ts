/** What the doctor found: for a terminal, and for machines. */
import type { Examination, Finding, Verdict } from '../../doctor/types.ts'
import { durationWords } from '../../doctor/words.ts'
import type { Fixed } from './fix.ts'
import type { Change } from './results.ts'
import { printable } from '../../journal/exim/escape.ts'
import { wrap } from '../log/wrap.ts'
import { type Colour, paint, type Terminal } from '../table.ts'

/** The worst that was found: 0 all is well, 1 warnings, 2 something fails. */
export function exitCodeOf({ findings }: Examination): 0 | 1 | 2 {
  if (findings.some(({ verdict }) => verdict === 'failing')) return 2
  return findings.some(({ verdict }) => verdict === 'warning') ? 1 : 0
}

/** What is said beside the findings. */
export interface Said {
  /** What `--fix` did; null: nobody wanted it. */
  readonly fixed: readonly Fixed[] | null
  /** Null: there is nothing to compare with. */
  readonly change: Change | null
}

/** As JSON: everything but what is to be run by `--fix`. */
export function plainOf(
  { startedMs, endedMs, findings }: Examination,
  { fixed, change }: Said,
): unknown {
  return {
    startedMs,
    endedMs,
    ...(fixed === null ? {} : { fixed }),
    ...(change === null ? {} : { change }),
    findings: findings.map(({ fix, ...finding }) => ({ ...finding, fix: fix?.what ?? null })),
  }
}

export function writeExamination(
  out: Terminal,
  examination: Examination,
  { isAll: isWanted, change }: { readonly isAll: boolean } & Pick<Said, 'change'>,
): void {
  // Why nothing at all was looked at is all that can be said.
  const isAll = isWanted || examination.findings.every(({ verdict }) => verdict === 'skipped')
  let group = ''
  for (const finding of examination.findings) {
    if (!isAll && (finding.verdict === 'ok' || finding.verdict === 'skipped')) continue
    const [first = ''] = finding.check.split('.')
    if (first !== group) out.write(`${group === '' ? '' : '\n'}${paint(out, 'bold', first)}\n`)
    group = first
    writeFinding(out, finding, isAll)
  }
  if (group !== '') out.write('\n')
  if (!isAll) writeUnseen(out, examination.findings)
  out.write(`${summaryOf(examination)}\n`)
  if (change !== null) writeChange(out, change, examination.endedMs)
}

/** What could be looked at if something were done: after all that is wrong, and each step once. */
function writeUnseen(out: Terminal, findings: readonly Finding[]): void {
  const bySteps = new Map<string, Finding[]>()
  for (const finding of findings) {
    if (finding.verdict !== 'skipped' || finding.remedy.length === 0) continue
    const steps = JSON.stringify(finding.remedy)
    bySteps.set(steps, [...(bySteps.get(steps) ?? []), finding])
  }
  if (bySteps.size === 0) return
  out.write(`${paint(out, 'bold', 'not looked at')}\n`)
  for (const same of bySteps.values()) {
    for (const { check, subject, summary } of same.slice(0, MOST_UNSEEN)) {
      const about = printable(subject === null ? check : `${check} ${subject}`)
      lines(out, '  ', `${MARKS.skipped} ${about}: ${summary}`)
    }
    if (same.length > MOST_UNSEEN)
      out.write(`  ${MARKS.skipped} and ${same.length - MOST_UNSEEN} more\n`)
    writeSteps(out, same[0]?.remedy ?? [])
  }
  out.write('\n')
}

function writeChange(out: Terminal, { sinceMs, come, gone }: Change, nowMs: number): void {
  const ago = durationWords(Math.max(0, nowMs - sinceMs))
  if (come.length > 0) lines(out, '', `New since ${ago} ago: ${come.join(', ')}`)
  if (gone.length > 0) lines(out, '', `Gone since ${ago} ago: ${gone.join(', ')}`)
}

function writeFinding(out: Terminal, finding: Finding, isAll: boolean): void {
  const { verdict, subject, summary, evidence, meaning, remedy, fix } = finding
  // The group stands above.
  const what = finding.check.split('.').slice(1).join('.')
  const about = printable(subject === null ? what : `${what} ${subject}`)
  const [mark, colour] = [MARKS[verdict], COLOURS[verdict]]
  lines(out, '  ', `${mark} ${about}: ${summary}`, (line, index) => {
    if (index > 0) return line
    // A long name goes on in the next line, and is then left plain.
    const rest = line.startsWith(`${mark} ${about}`)
      ? ` ${paint(out, 'bold', about)}${line.slice(mark.length + 1 + about.length)}`
      : line.slice(mark.length)
    return `${paint(out, colour, mark)}${rest}`
  })
  const isTrouble = verdict === 'warning' || verdict === 'failing'
  if (isTrouble || isAll)
    for (const one of evidence) lines(out, '      ', one, (line) => paint(out, 'dim', line))
  if (meaning !== null) lines(out, '      ', meaning)
  writeSteps(out, remedy)
  if (fix !== null) lines(out, '      ', `→ waybill doctor --fix would ${fix.what}`)
}

function writeSteps(out: Terminal, remedy: Finding['remedy']): void {
  for (const { text, command } of remedy) {
    lines(out, '      ', `→ ${text}${command === null ? '' : ':'}`)
    // Never wrapped: it is to be copied.
    if (command !== null) out.write(`          ${command}\n`)
  }
}

/** @param coloured  what is painted before would be wrapped, and shown as text */
function lines(
  out: Terminal,
  indent: string,
  text: string,
  coloured: (line: string, index: number) => string = (line) => line,
): void {
  const width = (out.columns ?? Number.POSITIVE_INFINITY) - indent.length
  for (const [index, line] of wrap(text, width, true).entries())
    out.write(`${indent}${coloured(line, index)}\n`)
}

function summaryOf({ findings, startedMs, endedMs }: Examination): string {
  const count = (verdict: Verdict) => findings.filter((one) => one.verdict === verdict).length
  const parts = [
    `${count('ok')} ok`,
    ...(['failing', 'warning', 'skipped'] as const)
      .filter((verdict) => count(verdict) > 0)
      .map((verdict) => `${count(verdict)} ${WORDS[verdict]}`),
  ]
  const seconds = ((endedMs - startedMs) / 1000).toFixed(1)
  return `${parts.join(', ')}, in ${seconds} s`
}

const WORDS = { failing: 'failing', warning: 'to look at', skipped: 'skipped' } as const
const MOST_UNSEEN = 3
const MARKS: Readonly<Record<Verdict, string>> = {
  ok: '✓',
  skipped: '–',
  warning: '!',
  failing: '✗',
}
const COLOURS: Readonly<Record<Verdict, Colour>> = {
  ok: 'green',
  skipped: 'dim',
  warning: 'yellow',
  failing: 'red',
}
