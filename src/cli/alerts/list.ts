/** Alerts on a terminal. */
import type { AlertShown, AlertsShown } from '../../control/types.ts'
import { durationWords } from '../../doctor/words.ts'
import { printable } from '../../journal/exim/escape.ts'
import { formatTime } from '../../journal/zone.ts'
import { localZone } from '../../local-zone.ts'
import { wrap } from '../log/wrap.ts'
import { type Colour, paint, type Terminal } from '../table.ts'

/** @param blind  why nobody looks: what is kept then is of before; null: the server looks */
export function writeAlerts(
  out: Terminal,
  shown: AlertsShown,
  isAll: boolean,
  blind: string | null = null,
): void {
  const { alerts, snoozes, nowMs } = shown
  const wanted = alerts.filter(({ state }) => isAll || state === 'firing')
  if (blind !== null) out.write(`${blind}${wanted.length > 0 ? ' What was seen last:\n' : ''}\n`)
  for (const alert of wanted) writeAlert(out, alert, nowMs)
  if (wanted.length === 0 && blind === null) out.write('Nothing is wrong.\n')
  const once = alerts.filter(({ state }) => state === 'seen').length
  if (!isAll && once > 0)
    out.write(`\n${once} more ${once === 1 ? 'was' : 'were'} seen only once so far: --all\n`)
  if (snoozes.length > 0) {
    out.write('\n')
    saySnoozes(out, shown)
  }
}

function writeAlert(out: Terminal, alert: AlertShown, nowMs: number): void {
  const { rule, subject, state, summary, evidence, remedy, command } = alert
  const about = subject === '' || summary.includes(subject) ? '' : `${subject}: `
  const word = WORDS[state]
  lines(out, '', `${word} ${about}${summary}`, (line) =>
    line.startsWith(word) ? `${paint(out, COLOURS[state], word)}${line.slice(word.length)}` : line,
  )
  const which = subject === '' ? rule : `${rule}, ${subject}`
  const dim = (line: string) => paint(out, 'dim', line)
  lines(out, '    ', `${which}: ${sinceWords(alert, nowMs)}`, dim)
  if (state === 'resolved') return
  for (const one of evidence) lines(out, '    ', one, dim)
  for (const step of remedy) {
    lines(out, '    ', `→ ${step.text}${step.command === null ? '' : ':'}`)
    if (step.command !== null) out.write(`        ${printable(step.command)}\n`)
  }
  lines(out, '    ', '→ Look further:')
  out.write(`        ${command}\n`)
}

function sinceWords({ state, sinceMs, changedMs, toldMs }: AlertShown, nowMs: number): string {
  const ago = (atMs: number) => `${durationWords(Math.max(0, nowMs - atMs))} ago`
  if (state === 'seen') return `seen ${ago(sinceMs)}, once`
  const told = toldMs === null ? 'nobody was told yet' : `told ${ago(toldMs)}`
  if (state === 'firing') return `began ${ago(sinceMs)}, ${told}`
  return `over since ${ago(changedMs)}, after ${durationWords(Math.max(0, changedMs - sinceMs))}`
}

export function saySnoozes(out: Terminal, { snoozes }: AlertsShown): void {
  for (const { rule, subject, untilMs, by } of snoozes) {
    const about = subject === '' ? rule : `${rule} ${printable(subject)}`
    const until = formatTime(untilMs, localZone())
    out.write(`Snoozed: ${about}, until ${until}, by ${printable(by)}.\n`)
  }
}

/** Wrapped and made printable; what is painted before would be shown as text. */
function lines(
  out: Terminal,
  indent: string,
  text: string,
  coloured: (line: string) => string = (line) => line,
): void {
  const width = (out.columns ?? Number.POSITIVE_INFINITY) - indent.length
  for (const line of wrap(text, width, true)) out.write(`${indent}${coloured(line)}\n`)
}

const WORDS = { firing: '[FIRING]', resolved: '[RESOLVED]', seen: '[SEEN ONCE]' } as const
const COLOURS: { readonly [S in AlertShown['state']]: Colour } = {
  firing: 'red',
  resolved: 'green',
  seen: 'yellow',
}
