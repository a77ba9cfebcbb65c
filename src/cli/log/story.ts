/** One journey as a story: what happened, in order; where the message is now; why, and what to do. */
import { explainEvent } from '../../diagnosis/event-error.ts'
import type { Explanation, MailServer } from '../../diagnosis/reasons/types.ts'
import { serverOf, serverOfJourney } from '../../diagnosis/server.ts'
import type { Event, QueueAction, Unknown } from '../../journal/event.ts'
import { printable } from '../../journal/exim/escape.ts'
import { formatTime, type Zone } from '../../journal/zone.ts'
import type { Journey, RecipientJourney, Relative } from '../../trace/journey.ts'
import { fateWord, LOG_ENDS, outcomeOf } from '../../trace/words.ts'
import { type Terminal, writeTable } from '../table.ts'
import { fateColour, stepColour } from './colours.ts'
import type { Explainer } from './explanation.ts'
import { foldRepeats } from './fold.ts'
import { writeHanging } from './wrap.ts'

/** What went wrong for these recipients, and why. */
export interface Trouble {
  readonly recipients: readonly string[]
  readonly explanation: Explanation
}

/**
 * Whose log a story is of. Our lines look like Exim's, so where nothing in it tells, it is ours when
 * it was found in our own log.
 */
export function serverIn(journey: Journey, isOwnLog: boolean): MailServer | null {
  const server = serverOfJourney(journey)
  return isOwnLog && (server === null || server === 'exim') ? ownOr(server, journey) : server
}

/** Exim's log can have been taken into our index: its routers then tell. */
function ownOr(server: MailServer | null, { events }: Journey): MailServer {
  return events.some((event) => serverOf(event) === 'exim') ? (server ?? 'waybill') : 'waybill'
}

/** The errors of a journey that are not overcome, each reason once. */
export function troublesOf(
  { recipients, events, state }: Journey,
  log: MailServer | null,
): readonly Trouble[] {
  const troubles = new Map<string, { recipients: string[]; explanation: Explanation }>()
  const add = (recipient: string | null, event: Event | Unknown | undefined) => {
    const explanation = event === undefined ? null : explainEvent(event, log)
    if (explanation === null) return
    const known = troubles.get(explanation.reason.id)
    const names = recipient === null ? [] : [recipient]
    if (known === undefined) troubles.set(explanation.reason.id, { recipients: names, explanation })
    else known.recipients.push(...names)
  }
  const end = events.findLast((event) => event.type === 'queueAction' && isEnd(event))
  for (const { original, fate, attempts } of recipients) {
    const last = attempts.at(-1)
    // What was given up is not waiting any more, whatever its last try said.
    if (fate === 'failed') add(original, last?.type === 'failed' ? last : (end ?? last))
    if (fate === 'waiting') add(original, last)
  }
  // Why nothing came through is why it was frozen: to be frozen is a reason only where no other is known.
  const isFrozenOnly = state === 'frozen' && troubles.size === 0
  for (const event of events) {
    const isAlarm = event.type === 'panic' || (event.type === 'filed' && event.action === 'failed')
    const isStop = isFrozenOnly && event.type === 'queueAction'
    const isRefusal = state === 'rejected' && event.type === 'rejected'
    if (isAlarm || isStop || isRefusal) add(null, event)
  }
  return [...troubles.values()]
}

function isEnd({ action }: QueueAction): boolean {
  return action === 'expired' || action === 'cancelled'
}

/** How a story is told. */
export interface Telling {
  readonly zone: Zone
  /** The time at which it is cut although the log goes on; null when it is whole. */
  readonly cutMs: number | null
  /** The log goes on to this moment; else it is told how things were when it ended. */
  readonly isLive: boolean
}

export function writeStory(
  out: Terminal,
  journey: Journey,
  { zone, cutMs, isLive }: Telling,
  explainer: Explainer,
): void {
  const { ids, arrival, events, relatives } = journey
  const colour = fateColour(journey) ?? 'dim'
  writeHanging(out, `${ids.join(' → ')}  `, asOf(cutMs, outcomeOf(journey)), {
    start: 'bold',
    text: colour,
  })
  if (arrival?.subject) writeHanging(out, 'Subject: ', arrival.subject)
  writeSteps(out, events, zone)
  if (journey.recipients.length > 1) writeRecipients(out, journey.recipients, cutMs)
  const server = serverIn(journey, isLive)
  const now = cutMs === null ? whereNow(journey, server) : null
  if (cutMs !== null) writeHanging(out, 'Cut       ', cutWords(cutMs, zone), { start: 'bold' })
  if (now !== null) writeHanging(out, isLive ? 'Now       ' : 'Log ends  ', now, { start: 'bold' })
  if (arrival?.from === null && journey.recipients.some(({ fate }) => fate === 'failed'))
    writeHanging(
      out,
      'Note      ',
      'it has no sender: it is a bounce or a notice itself, so nobody is told that it failed',
    )
  for (const relative of relatives) out.write(`${relativeWords(relative)}\n`)
  for (const { recipients, explanation } of troublesOf(journey, server)) {
    const whom =
      recipients.length === 0 || journey.recipients.length < 2 ? '' : recipients.join(', ')
    out.write(whom === '' ? '\n' : `\nFor ${printable(whom)}\n`)
    explainer.write(explanation)
  }
}

/** Events as lines of time and text; on a terminal, long ones go on below the text. */
export function writeSteps(out: Terminal, events: readonly (Event | Unknown)[], zone: Zone): void {
  const rows = foldRepeats(events).flatMap(({ event, texts, more, lastMs }) => {
    const time = event.atMs === null ? '' : formatTime(event.atMs, zone)
    const last = lastMs === null ? '' : `, the last on ${formatTime(lastMs, zone)}`
    return [
      ...texts.map((text, index) => ({
        time: index === 0 ? time : '',
        text,
        colour: stepColour(event),
      })),
      ...(more === 0
        ? []
        : [{ time: '', text: `… and ${more} more like it${last}`, colour: 'dim' as const }]),
    ]
  })
  const timeCells = Math.max(0, ...rows.map(({ time }) => time.length))
  for (const { time, text, colour } of rows)
    writeHanging(out, `${time.padEnd(timeCells)}  `, text, { text: colour })
}

function cutWords(cutMs: number, zone: Zone): string {
  return `by --until: this was so on ${formatTime(cutMs, zone)}; the log goes on to tell of it`
}

/** The log does not end where it is only cut. */
function asOf(cutMs: number | null, outcome: string): string {
  return cutMs === null ? outcome : outcome.replaceAll(LOG_ENDS, 'cut by --until')
}

function writeRecipients(
  out: Terminal,
  recipients: readonly RecipientJourney[],
  cutMs: number | null,
): void {
  out.write('\n')
  writeTable<RecipientJourney>(
    [
      { heading: 'Recipient', of: ({ original }) => original, shrinks: true },
      ...(recipients.some(isRewritten) ? [DELIVERED_AS] : []),
      { heading: 'Fate', of: (recipient) => asOf(cutMs, fateWord(recipient)) },
      { heading: 'Attempts', of: ({ attempts }) => String(attempts.length), align: 'right' },
    ],
    recipients,
    out,
  )
}

const DELIVERED_AS = {
  heading: 'Delivered as',
  of: (recipient: RecipientJourney) => (isRewritten(recipient) ? recipient.final : ''),
}

function isRewritten({ original, final }: RecipientJourney): boolean {
  return final !== original
}

/** Where a message is that has not come to its end; null for one that has. */
function whereNow({ id, state, recipients }: Journey, server: MailServer | null): string | null {
  const waiting = recipients
    .filter(({ fate }) => fate === 'waiting')
    .map(({ original }) => original)
  const whom = waiting.length === 0 ? '' : `, for ${waiting.join(', ')}`
  const { thaw, release, remove } = COMMANDS[server ?? 'exim'] ?? COMMANDS.exim
  switch (state) {
    case 'waiting':
      return server === 'waybill'
        ? `in the queue${whom}: what it waits for says waybill queue why ${id}`
        : `in the queue${whom}: it is tried again by itself`
    case 'frozen':
      return `frozen in the queue${whom}: it is not tried again until somebody thaws it (${thaw} ${id}) or removes it (${remove} ${id})`
    case 'held':
      return `on hold in the queue${whom}: it is not tried until somebody releases it (${release} ${id})`
    case 'logEnds':
      return 'here: what came later stands in a newer file'
    default:
      return null
  }
}

interface QueueCommands {
  readonly thaw: string
  readonly release: string
  readonly remove: string
}

/** By whose log it is: the commands of that server. */
const COMMANDS: { readonly exim: QueueCommands } & { readonly [S in MailServer]?: QueueCommands } =
  {
    waybill: {
      thaw: 'waybill queue thaw',
      release: 'waybill queue release',
      remove: 'waybill queue remove',
    },
    // What is on hold in Exim's log is frozen there.
    exim: { thaw: 'exim -Mt', release: 'exim -Mt', remove: 'exim -Mrm' },
    postfix: { thaw: 'postsuper -H', release: 'postsuper -H', remove: 'postsuper -d' },
  }

function relativeWords({ id, relation }: Relative): string {
  return `${RELATIVES[relation]} ${printable(id)}`
}

const RELATIVES: { readonly [R in Relative['relation']]: string } = {
  bounceOf: 'It is the bounce of',
  bounce: 'The bounce of it is',
  delayNotice: 'The notice of its delay is',
  successNotice: 'The notice of its delivery is',
  copy: 'A list or a user sent a copy of it, with another sender:',
  sameMessage: 'The same message is also',
}
