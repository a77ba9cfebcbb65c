/** Sections of a report that any server's log can fill. */
import { counted } from '../base/counted.ts'
import { DAY_MS } from '../base/durations.ts'
import type { Actor } from '../diagnosis/reasons/types.ts'
import { durationWords } from '../doctor/words.ts'
import { formatTime, type Zone } from '../journal/zone.ts'
import type { ReportRow, ReportTable } from '../trace/statistics/report.ts'
import type { ReportFacts } from './facts.ts'
import type { Bars, Block, Section } from './types.ts'

export function activity({ log, zone, untilMs }: ReportFacts): Section {
  const { statistics, lastDelivery } = log
  const { remoteDelays } = statistics
  const blocks: Block[] = [{ kind: 'bars', bars: mailByTime(log, zone) }]
  if (remoteDelays.median !== null && remoteDelays.p95 !== null)
    blocks.push(
      text(
        `Half of the mail to other servers was there within ${timeWords(remoteDelays.median)}, ` +
          `95 of 100 within ${timeWords(remoteDelays.p95)}.`,
      ),
    )
  if (lastDelivery === null) blocks.push(text('Nothing was delivered.'))
  else {
    const where = lastDelivery.isRemote ? 'to another server' : 'to a mailbox here'
    const ago = durationWords(Math.max(0, untilMs - lastDelivery.atMs))
    blocks.push(text(`The last delivery ${where} was ${ago} before the end:`), {
      kind: 'lines',
      lines: lastDelivery.lines,
    })
  }
  return { name: 'activity', title: 'Recent activity', blocks }
}

/** By hour, or by day when that would be too much to look at. */
function mailByTime({ statistics: { timeline, days } }: ReportFacts['log'], zone: Zone): Bars {
  const isDays = timeline.points.length > MOST_BARS || timeline.stepMs >= DAY_MS
  const slots = isDays
    ? days.map((slot) => ({ ...slot, label: slot.day }))
    : timeline.points.map((slot) => ({
        ...slot,
        label: formatTime(slot.atMs, zone).slice(5, 16),
      }))
  return {
    title: 'Mail by time',
    parts: [
      { name: 'delivered', tone: 'good' },
      { name: 'deferred', tone: 'warn' },
      { name: 'failed', tone: 'bad' },
    ],
    bars: slots.map(({ label, delivered, deferred, failed }) => ({
      label,
      values: [delivered, deferred, failed],
    })),
  }
}

export function authentication({ log }: ReportFacts): Section {
  const { totals, tables } = log.statistics
  const blocks: Block[] = [
    text(
      `Clients: ${counted(totals.logins, 'login')} worked, ${totals.authenticationFailures} failed.`,
    ),
  ]
  const outbound = log.reasons.filter(
    ({ reason, counts }) => LOGIN.has(reason.category) && counts.deferred + counts.failed > 0,
  )
  for (const { reason, count, example } of outbound)
    blocks.push(text(`At other servers: ${reason.title}, ${counted(count, 'time')}: ${example}`))
  blocks.push(...netTable(log.nets))
  blocks.push(...failureTable('Address', tables.loginFailuresByAddress))
  blocks.push(...failureTable('Account aimed at', tables.loginFailuresByAccount))
  return { name: 'authentication', title: 'Authentication', blocks }
}

function netTable(nets: ReportFacts['log']['nets']): Block[] {
  if (nets.length === 0) return []
  const rows = nets
    .slice(0, MOST_ROWS)
    .map(({ net, addresses, failures }) => [net, String(addresses), String(failures)])
  return [{ kind: 'table', headings: ['Guessing from', 'Addresses', 'Failures'], rows }]
}

function failureTable(heading: string, table: ReportTable): Block[] {
  const failed = table.rows.filter((row) => number(row, 'failures') > 0).slice(0, MOST_ROWS)
  if (failed.length === 0) return []
  const rows = failed.map((row) => [row.key, String(row['failures']), String(row['successes'])])
  return [{ kind: 'table', headings: [heading, 'Failed', 'Worked'], rows }]
}

export function errors({ log }: ReportFacts): Section {
  const { reasons } = log
  if (reasons.length === 0)
    return { name: 'errors', title: 'Errors', blocks: [text('There were none.')] }
  const rows = reasons
    .slice(0, MOST_ROWS)
    .map(({ count, reason }) => [reason.title, String(count), ACTORS[reason.actor]])
  const blocks: Block[] = [
    { kind: 'table', headings: ['Reason', 'Count', 'Who can end it'], rows },
    ...explained(reasons).flatMap(({ reason, example }): Block[] => [
      text(`${reason.title}. ${reason.meaning}`),
      { kind: 'lines', lines: [example] },
      {
        kind: 'steps',
        steps: reason.remedy.map((step) => ({ text: step, command: null })),
      },
    ]),
  ]
  return { name: 'errors', title: 'Errors by reason', blocks }
}

/** What is ours to mend comes first. */
function explained(reasons: ReportFacts['log']['reasons']): ReportFacts['log']['reasons'] {
  const isOurs = ({ reason }: (typeof reasons)[number]) => reason.actor === 'you'
  const others = reasons.filter((one) => !isOurs(one) && one.reason.actor !== 'nobody')
  return [...reasons.filter(isOurs), ...others].slice(0, MOST_EXPLAINED)
}

export function users({ log }: ReportFacts): Section | null {
  if (log.users.length === 0) return null
  const rows = log.users
    .slice(0, MOST_ROWS)
    .map(({ login, messages, failed, waiting, reason }) => [
      ...[login, String(messages), String(failed), String(waiting), reason],
    ])
  const headings = ['User', 'Messages', 'Failed', 'Put off', 'Mostly because']
  return {
    name: 'users',
    title: 'Users whose mail did not get through',
    blocks: [{ kind: 'table', headings, rows }],
  }
}

function number(row: ReportRow, field: string): number {
  return Number(row[field] ?? 0)
}

function timeWords(ms: number): string {
  return ms < 1000 ? 'a second' : durationWords(ms)
}

function text(words: string): Block {
  return { kind: 'text', text: words }
}

const ACTORS: Readonly<Record<Actor, string>> = {
  you: 'you',
  sender: 'the sender',
  recipient: 'the recipient',
  recipientProvider: 'the recipient’s provider',
  relayProvider: 'the relay’s provider',
  nobody: 'nobody has to',
}
const LOGIN: ReadonlySet<string> = new Set(['loginFailed', 'authenticationRequired'])
const MOST_ROWS = 10
const MOST_BARS = 48
const MOST_EXPLAINED = 5
