/** Sections of a report that any server's log can fill. */
import { counted } from '../base/counted.ts'
import { DAY_MS } from '../base/durations.ts'
import type { ReasonCount } from '../diagnosis/reason-counts.ts'
import type { Actor } from '../diagnosis/reasons/types.ts'
import { durationWords } from '../doctor/words.ts'
import type { Zone } from '../journal/zone.ts'
import type { ReportRow, ReportTable } from '../trace/statistics/report.ts'
import { text } from './blocks.ts'
import type { ReportFacts } from './facts.ts'
import { isLogin, isMended, refusingRelays, sentence } from './judge.ts'
import type { LastDelivery } from './last-delivery.ts'
import type { LogFacts } from './log-facts.ts'
import { isOfRemoved, isRemoved } from './removed-relays.ts'
import type { Bars, Block, Section } from './types.ts'
import { minuteText } from './words.ts'

export function activity({ log, zone, untilMs }: ReportFacts): Section {
  const { statistics, lastDelivery } = log
  const { remoteDelays } = statistics
  const { totals } = statistics
  if (totals.received + totals.deliveredAddresses + totals.deferrals + totals.failures === 0)
    return { name: 'activity', title: 'Recent activity', blocks: [text('There was no mail.')] }
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
    const where = WHERE[lastDelivery.where]
    const ago = durationWords(Math.max(0, untilMs - lastDelivery.atMs))
    blocks.push(
      text(
        `The last delivery ${where} was at ${minuteText(lastDelivery.atMs, zone)}, ${ago} before the end of this report. ${storyOf(lastDelivery)}`,
      ),
      { kind: 'lines', lines: lastDelivery.lines },
    )
  }
  return { name: 'activity', title: 'Recent activity', blocks }
}

/** The whole transaction, in a sentence. */
function storyOf({ atMs, arrivedMs, from, to, host, confirmation }: LastDelivery): string {
  const who = from === undefined ? `To ${to}` : `From ${from ?? '<>'} to ${to}`
  const waited = arrivedMs === null ? null : timeWords(Math.max(0, atMs - arrivedMs))
  const took = waited === null ? '' : `, ${waited} after it came`
  const where = host === null ? '' : `, taken by ${host}`
  const said = confirmation === null ? '' : `, which said: ${confirmation}`
  return sentence(`${who}${took}${where}${host === null ? '' : said}`)
}

function mailByTime(log: LogFacts, zone: Zone): Bars {
  return {
    title: 'Mail by time',
    isOnlyDrawn: false,
    parts: [
      { name: 'delivered', tone: 'good' },
      { name: 'deferred', tone: 'warn' },
      { name: 'failed', tone: 'bad' },
    ],
    bars: slotsOf(log, zone).map(({ label, delivered, deferred, failed }) => ({
      label,
      values: [delivered, deferred, failed],
    })),
  }
}

function failuresByTime(log: LogFacts, zone: Zone): Bars {
  return {
    title: 'Logins by time',
    isOnlyDrawn: true,
    parts: [{ name: 'failed', tone: 'bad' }],
    bars: slotsOf(log, zone).map(({ label, authenticationFailures }) => ({
      label,
      values: [authenticationFailures],
    })),
  }
}

/** By hour, or by day when that would be too much to look at. */
function slotsOf({ statistics: { timeline, days } }: LogFacts, zone: Zone) {
  return timeline.points.length > MOST_BARS || timeline.stepMs >= DAY_MS
    ? days.map((slot) => ({ ...slot, label: slot.day }))
    : timeline.points.map((slot) => ({ ...slot, label: minuteText(slot.atMs, zone).slice(5) }))
}

export function authentication(facts: ReportFacts): Section {
  const { log } = facts
  const { totals, tables } = log.statistics
  const { logins, authenticationFailures } = totals
  const blocks: Block[] = [...outbound(facts)]
  blocks.push(
    text(
      logins + totals.receivedAuthenticated + authenticationFailures === 0
        ? 'Inbound: nobody logged in or tried to.'
        : `Inbound: ${logins === 0 ? '' : `${counted(logins, 'login')} of readers worked, `}${counted(totals.receivedAuthenticated, 'message')} came after a login, and ${counted(authenticationFailures, 'login')} failed.`,
    ),
    { kind: 'bars', bars: failuresByTime(log, facts.zone) },
    ...guessing(log.nets),
    ...failureTable('Most failures from', tables.loginFailuresByAddress),
    ...failureTable('Account aimed at', tables.loginFailuresByAccount),
  )
  return { name: 'authentication', title: 'Authentication', blocks }
}

/** How other servers took our login. */
function outbound(facts: ReportFacts): Block[] {
  const { log } = facts
  const refused = log.reasons.filter(
    ({ reason, counts }) => isLogin(reason.category) && counts.deferred + counts.failed > 0,
  )
  const taken = log.outboundLogins
    .slice(0, MOST_GUESSED)
    .map(
      ({ host, deliveries }) =>
        `${host} (${deliveries} ${deliveries === 1 ? 'delivery' : 'deliveries'}${removedWords(host, facts)})`,
    )
  const worked =
    taken.length === 0 ? [] : [text(`Outbound: our login was taken by ${taken.join(', ')}.`)]
  const failed = refused.map((one) => {
    const count = counted(one.counts.deferred + one.counts.failed, 'time')
    const [host] = log.outages
    const by = host === undefined ? '' : ` by ${host.host}`
    const isOver = isMended(one, facts)
    if (host !== undefined && isOfRemoved(host, facts))
      return text(`Outbound: our login was refused ${count}${by}, a relay that was removed since.`)
    const over = isOver ? '. It takes it again' : ''
    return text(`Outbound: our login was refused ${count}${by}${over}.`)
  })
  return [...worked, ...failed]
}

function removedWords(host: string, facts: ReportFacts): string {
  return isRemoved(host, facts) ? ', removed since' : ''
}

/** A user who mistypes logs in at last; whoever guesses fails more than that. */
function guessing(all: LogFacts['nets']): Block[] {
  const nets = all.filter(({ failures, successes }) => failures > successes)
  if (nets.length === 0) return []
  const entered = nets.filter(({ successes }) => successes > 0)
  const sum = nets.reduce((total, { failures }) => total + failures, 0)
  const end =
    entered.length === 0
      ? 'None of them got in.'
      : `Logins worked from ${entered.map(({ net }) => net).join(', ')}: see whether those are yours.`
  const shown = nets.slice(0, MOST_ROWS)
  const more = nets.length > shown.length ? ` The busiest ${shown.length} of them:` : ''
  return [
    text(
      `Passwords were tried from ${counted(nets.length, 'network')}, ${counted(sum, 'time')}. ${end}${more}`,
    ),
    {
      kind: 'table',
      headings: ['Guessing from', 'Addresses', 'Failed', 'Worked'],
      rows: shown.map(({ net, addresses, failures, successes }) => [
        ...[net, String(addresses), String(failures), String(successes)],
      ]),
    },
  ]
}

function failureTable(heading: string, table: ReportTable): Block[] {
  const failed = table.rows.filter((row) => number(row, 'failures') > 0).slice(0, MOST_GUESSED)
  if (failed.length === 0) return []
  const rows = failed.map((row) => [row.key, String(row['failures']), String(row['successes'])])
  return [{ kind: 'table', headings: [heading, 'Failed', 'Worked'], rows }]
}

export function errors(facts: ReportFacts): Section {
  const { reasons } = facts.log
  if (reasons.length === 0)
    return { name: 'errors', title: 'Errors by reason', blocks: [text('There were none.')] }
  const rows = reasons
    .slice(0, MOST_ROWS)
    .map((one) => [
      one.reason.title,
      String(one.count),
      isMended(one, facts) ? 'it is over' : ACTORS[one.reason.actor],
    ])
  const blocks: Block[] = [
    { kind: 'table', headings: ['Reason', 'Count', 'Who can end it'], rows },
    ...explained(reasons.filter((one) => !isMended(one, facts))).flatMap(
      ({ reason, example }): Block[] => [
        text(`${reason.title}. ${reason.meaning}`),
        { kind: 'lines', lines: [example] },
        ...remedyOf(reason, facts),
      ],
    ),
  ]
  return { name: 'errors', title: 'Errors by reason', blocks }
}

/** Of a relay of ours that refuses us the next steps say it with its name. */
function remedyOf({ category, remedy }: ReasonCount['reason'], facts: ReportFacts): Block[] {
  if (isLogin(category) && refusingRelays(facts).length > 0) return []
  return [{ kind: 'steps', steps: remedy.map((step) => ({ text: step, command: null })) }]
}

/**
 * What is ours to mend comes first, then what our users' mail met. What strangers met here is
 * theirs to mend, or nobody's: most of it is spam.
 */
function explained(reasons: LogFacts['reasons']): LogFacts['reasons'] {
  const isOurs = ({ reason }: (typeof reasons)[number]) => reason.actor === 'you'
  const others = reasons.filter(
    (one) =>
      !isOurs(one) &&
      one.reason.actor !== 'nobody' &&
      one.counts.failed + one.counts.deferred + one.counts.notFiled > 0,
  )
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

const WHERE: Readonly<Record<LastDelivery['where'], string>> = {
  elsewhere: 'to another server',
  machine: 'to a program on this machine',
  mailbox: 'to a mailbox here',
}
const ACTORS: Readonly<Record<Actor, string>> = {
  you: 'you',
  sender: 'the sender',
  recipient: 'the recipient',
  recipientProvider: 'the recipient’s provider',
  relayProvider: 'the relay’s provider',
  nobody: 'nobody has to',
}
const MOST_ROWS = 10
/** The networks say more. */
const MOST_GUESSED = 5
const MOST_BARS = 48
const MOST_EXPLAINED = 5
