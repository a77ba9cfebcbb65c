/** What people read: one text for mail and chats, short, with what to do. Plain text, no secrets. */
import { counted } from '../base/counted.ts'
import { commandAt, withServer } from '../doctor/for-this-server.ts'
import { quoted } from '../doctor/in-command.ts'
import { durationWords } from '../doctor/words.ts'
import { ruleOf } from './rules.ts'
import type { Alert, Telling } from './types.ts'
import { timeWords } from './words.ts'

/** One thing to say, by every way. */
export interface Notice {
  readonly kind: 'firing' | 'resolved' | 'test' | 'daily'
  readonly hostName: string
  readonly nowMs: number
  /** In commands, so that they mean this server wherever they are typed: ` --config FILE`, or nothing. */
  readonly sameServer: string
  /** Empty for a test. Of a daily notice: all that changed. */
  readonly tellings: readonly Telling[]
}

/** `[FIRING] mail.example.com: the relay prov refuses our login, and 2 more`; one line. */
export function subjectOf({ kind, hostName, tellings }: Notice): string {
  const [first, ...more] = tellings
  const rest = more.length > 0 ? `, and ${more.length} more` : ''
  const what = first === undefined ? 'this is a test of alerts' : `${titleOf(first.alert)}${rest}`
  if (kind === 'daily')
    return `[DAILY] ${hostName}: ${counted(tellings.length, 'thing')} changed since yesterday`
  return `[${kind.toUpperCase()}] ${hostName}: ${what}`
}

/** With what it is about, where the sentence does not name it. */
function titleOf({ subject, said: { summary } }: Pick<Alert, 'subject' | 'said'>): string {
  return subject === '' || summary.includes(subject) ? summary : `${subject}: ${summary}`
}

/** Lines without an end of line; a line can be long. */
export function textOf(notice: Notice): string {
  const { kind, hostName, tellings, sameServer } = notice
  if (kind === 'test')
    return [
      `This is a test from ${hostName}: alerts of Waybill reach you by this way.`,
      `Nothing is wrong. What is looked at: ${commandAt('waybill alerts rules', sameServer)}`,
    ].join('\n')
  // Of fifty at once nobody reads all, and chats cut it: the rest by name.
  const rest = tellings.slice(MOST_WHOLE)
  const shown = rest.length > 1 ? tellings.slice(0, MOST_WHOLE) : tellings
  const paragraphs = shown.map((telling) => paragraphOf(telling, notice))
  if (rest.length > 1) paragraphs.push(restOf(rest, sameServer).join('\n'))
  return paragraphs.join('\n\n')
}

function restOf(rest: readonly Telling[], sameServer: string): readonly string[] {
  const names = rest.slice(0, MOST_NAMED).map(({ alert }) => {
    const over = alert.state === 'resolved' ? 'over: ' : ''
    return `- ${over}${titleOf(alert)}`
  })
  const more = rest.length - names.length
  return [
    `And ${rest.length} more:`,
    ...names,
    ...(more > 0 ? [`- and ${more} that are not named here`] : []),
    'What to do about each of them:',
    `    ${commandAt('waybill alerts list --all', sameServer)}`,
  ]
}

function paragraphOf(telling: Telling, { kind, nowMs, sameServer }: Notice): string {
  const { alert, isAgain } = telling
  const again = isAgain
    ? ['You may have been told of this before: the server ended while it told you.']
    : []
  if (alert.state === 'resolved') return [...resolvedLines(alert), ...again].join('\n')
  const { evidence, meaning, remedy } = alert.said
  const since = `Since ${timeWords(alert.sinceMs)}, ${durationWords(Math.max(0, nowMs - alert.sinceMs))} ago.`
  const state = kind === 'daily' ? 'STILL WRONG: ' : ''
  return [
    `${state}${capital(titleOf(alert))}.`,
    `${since} ${meaning ?? ''}`.trimEnd(),
    ...evidence.map((line) => `  seen: ${line}`),
    ...remedy.flatMap((one) => {
      const { text, command } = withServer(one, sameServer)
      return command === null ? [`- ${text}.`] : [`- ${text}:`, `    ${command}`]
    }),
    '- Look further:',
    `    ${commandAt(ruleOf(alert.rule).command, sameServer)}`,
    '- Hear nothing of it for a while:',
    `    ${commandAt(snoozeCommand(alert), sameServer)}`,
    ...again,
  ].join('\n')
}

function resolvedLines(alert: Alert): readonly string[] {
  const { sinceMs, changedMs } = alert
  return [
    `It is over: ${titleOf(alert)}.`,
    `It began at ${timeWords(sinceMs)} and took ${durationWords(Math.max(0, changedMs - sinceMs))}.`,
  ]
}

/** For an alert as an object: what programs get. */
export function plainOf(
  { alert, isAgain }: Telling,
  sameServer: string,
): Readonly<Record<string, unknown>> {
  const { rule, subject, state, sinceMs, changedMs, said } = alert
  return {
    ...{ rule, subject: subject === '' ? null : subject, state },
    since: new Date(sinceMs).toISOString(),
    changed: new Date(changedMs).toISOString(),
    ...said,
    remedy: said.remedy.map((one) => withServer(one, sameServer)),
    command: commandAt(ruleOf(rule).command, sameServer),
    perhapsToldBefore: isAgain,
  }
}

function snoozeCommand({ rule, subject }: Alert): string {
  const about = subject === '' ? '' : ` ${quoted(subject)}`
  return `waybill alerts snooze ${rule}${about} --for 4h`
}

/** More than that are only named. */
const MOST_WHOLE = 5
const MOST_NAMED = 50

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
