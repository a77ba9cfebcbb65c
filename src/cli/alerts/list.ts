/** Alerts on a terminal. */
import type { AlertShown, AlertsShown } from '../../control/types.ts'
import { durationWords } from '../../doctor/words.ts'
import { printable } from '../../journal/exim/escape.ts'
import { formatTime } from '../../journal/zone.ts'
import { localZone } from '../../local-zone.ts'
import { wrap } from '../log/wrap.ts'
import { type Colour, paint, type Terminal } from '../table.ts'

export function writeAlerts(out: Terminal, shown: AlertsShown, isAll: boolean): void {
  const { alerts, snoozes, nowMs } = shown
  const wanted = alerts.filter(({ state }) => isAll || state === 'firing')
  for (const alert of wanted) writeAlert(out, alert, nowMs)
  if (wanted.length === 0) out.write('Nothing is wrong.\n')
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
  lines(out, '', `${paint(out, COLOURS[state], WORDS[state])} ${printable(`${about}${summary}`)}`)
  const which = subject === '' ? rule : `${rule}, ${printable(subject)}`
  lines(out, '    ', paint(out, 'dim', `${which}: ${sinceWords(alert, nowMs)}`))
  if (state === 'resolved') return
  for (const one of evidence) lines(out, '    ', paint(out, 'dim', printable(one)))
  for (const step of remedy) {
    lines(out, '    ', `→ ${printable(step.text)}${step.command === null ? '' : ':'}`)
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

function lines(out: Terminal, indent: string, text: string): void {
  const width = (out.columns ?? Number.POSITIVE_INFINITY) - indent.length
  for (const line of wrap(text, width, true)) out.write(`${indent}${line}\n`)
}

const WORDS = { firing: '[FIRING]', resolved: '[RESOLVED]', seen: '[SEEN ONCE]' } as const
const COLOURS: { readonly [S in AlertShown['state']]: Colour } = {
  firing: 'red',
  resolved: 'green',
  seen: 'yellow',
}
