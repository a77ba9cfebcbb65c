import type { ReasonCount } from '../diagnosis/reason-counts.ts'
import type { Actor } from '../diagnosis/reasons/types.ts'
import { durationWords } from '../doctor/words.ts'
import type { Zone } from '../journal/zone.ts'
import { text } from './blocks.ts'
import type { ReportFacts } from './facts.ts'
import { filedText } from './filed.ts'
import { isLogin, isMended, refusingRelays, sentence } from './judge.ts'
import type { LastDelivery } from './last-delivery.ts'
import type { LogFacts } from './log-facts.ts'
import { slotsOf } from './slots.ts'
import type { Bars, Block, Section } from './types.ts'
import { minuteText } from './words.ts'

export function activity({ log, zone, untilMs }: ReportFacts): Section {
  const { statistics, lastDelivery } = log
  const { remoteDelays } = statistics
  const { totals } = statistics
  if (totals.received + totals.deliveredAddresses + totals.deferrals + totals.failures === 0)
    return { name: 'activity', title: 'Recent activity', blocks: filedBlocks(log, zone) }
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

/** Without mail that came or went there is what Dovecot did with it, or nothing. */
function filedBlocks(log: LogFacts, zone: Zone): readonly Block[] {
  const filed = filedText(log)
  if (filed === null) return [text('No mail came or went.')]
  const bars = slotsOf(log, zone).map(({ label, saved }) => ({ label, values: [saved] }))
  const parts = [{ name: 'saved', tone: 'good' }] as const
  const saved: Bars = { title: 'Mail saved by time', isOnlyDrawn: false, parts, bars }
  return bars.some(({ values }) => values.some((value) => value > 0))
    ? [text(filed), { kind: 'bars', bars: saved }]
    : [text(filed)]
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
const MOST_EXPLAINED = 5
