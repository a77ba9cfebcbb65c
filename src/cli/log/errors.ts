/** The errors of a log, each reason once, the most frequent first. */
import { counted } from '../../base/counted.ts'
import type { ErrorGroup, ErrorSummary } from '../../diagnosis/summary.ts'
import { formatTime, type Zone } from '../../journal/zone.ts'
import { paint, type Terminal } from '../table.ts'
import { numberWords } from '../log-stats/words.ts'
import { Explainer } from './explanation.ts'
import { writeHanging } from './wrap.ts'

export function writeErrors(out: Terminal, summary: ErrorSummary, zone: Zone): void {
  const groups = summary.groups()
  if (groups.length === 0) {
    out.write(`${lineWords(summary.lines)}, and no error among them.\n`)
    return
  }
  const total = groups.reduce((sum, { count }) => sum + count, 0)
  const tell = total === 1 ? 'tells' : 'tell'
  out.write(
    `${numberWords(total)} of ${lineWords(summary.lines)} ${tell} of an error, ` +
      `for ${counted(groups.length, 'reason')}.\n`,
  )
  const explainer = new Explainer(out)
  for (const group of groups) {
    writeGroup(out, group, zone)
    explainer.write(group.explanation)
  }
}

function lineWords(lines: number): string {
  return `${numberWords(lines)} ${lines === 1 ? 'line' : 'lines'}`
}

function writeGroup(out: Terminal, group: ErrorGroup, zone: Zone): void {
  const { count, lastMs, example } = group
  const last = lastMs === null ? '' : `, the last at ${formatTime(lastMs, zone)}`
  out.write(
    `\n${paint(out, 'bold', count === 1 ? 'Once' : `${numberWords(count)} times`)}${last}\n`,
  )
  writeHanging(out, '', example, { text: 'dim' })
}
