/** What `waybill queue` does to messages: which ones, are you sure, and what became of them. */
import { userInfo } from 'node:os'

import type { Command } from 'commander'

import { counted } from '../../base/counted.ts'
import {
  type Deed,
  MOST_STEERED,
  type PageFilter,
  type SteerAnswer,
  type SteerOutcome,
} from '../../control/queue-types.ts'
import type { MessageId } from '../../journal/event.ts'
import { printable } from '../../journal/exim/escape.ts'
import { isMessageId } from '../../journal/message-id.ts'
import type { Office } from '../../office.ts'
import { sizeWords } from '../../trace/words.ts'
import { answer, type Cli, commonOptions, withOffice } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { confirm } from '../password.ts'
import { type FilterOptions, filterOf, isFiltered, nothingWords, withFilters } from './filters.ts'
import { durationWords } from '../log-stats/words.ts'
import { idPages } from './pages.ts'
import { ageWords, isOpen } from './words.ts'

interface SteerOptions extends FilterOptions {
  readonly all?: boolean
  readonly yes?: boolean
}

interface DeedWords {
  readonly deed: Deed
  readonly description: string
  readonly done: string
  /** `it will be … unless the host accepts it`. */
  readonly later: string
  /** The question before it; undefined: nothing is lost by it. */
  readonly question?: (messages: string) => string
}

const DEEDS: readonly DeedWords[] = [
  {
    deed: 'hold',
    description: 'Keep messages from going, until they are released',
    done: 'Held',
    later: 'held',
  },
  { deed: 'release', description: 'Let held messages go', done: 'Released', later: 'released' },
  {
    deed: 'freeze',
    description: 'Keep messages from going until somebody has looked at them',
    done: 'Froze',
    later: 'frozen',
  },
  { deed: 'thaw', description: 'Let frozen messages go', done: 'Thawed', later: 'thawed' },
  {
    deed: 'remove',
    description: 'Throw messages away; nobody is told',
    done: 'Removed',
    later: 'removed',
    question: (messages) => `This throws ${messages} away, and tells nobody.`,
  },
  {
    deed: 'bounce',
    description: 'Give messages back to their senders as not delivered',
    done: 'Gave back',
    later: 'given back',
    question: (messages) => `This gives ${messages} back to the sender as not delivered.`,
  },
]

export function addDeeds(cli: Cli, queue: Command): void {
  for (const words of DEEDS) {
    const command = queue
      .command(words.deed)
      .description(words.description)
      .argument('[ids...]', 'messages; or say which with the options')
      .option('--all', 'everything that waits')
      .action((ids: string[], options: SteerOptions, self: Command) =>
        steer(cli, self, words, ids, options),
      )
    if (words.question !== undefined) command.option('--yes', 'do not ask')
    withFilters(command)
  }
}

export function addRun(cli: Cli, queue: Command): void {
  const command = queue
    .command('run')
    .description('Try now what waits: these messages, those of a domain, or all')
    .argument('[ids...]', 'messages; without, and without options: all')
    .option('--now', 'also where all mail waits because the other server did not answer')
    .action((ids: string[], options: SteerOptions & { now?: boolean }, self: Command) =>
      run(cli, self, ids, options),
    )
  withFilters(command)
}

async function steer(
  cli: Cli,
  command: Command,
  { deed, done, later, question }: DeedWords,
  texts: readonly string[],
  options: SteerOptions,
): Promise<void> {
  const by = operator()
  await withOffice(command, async (office) => {
    const chosen = await choose(office, texts, options)
    if (question !== undefined && !options.yes && chosen.count > 0) {
      await preview(cli, office, chosen)
      await confirm(cli, false, question(counted(chosen.count, 'message')))
    }
    const tally = await inBatches(cli, command, chosen, (ids) =>
      office.run(`queue.${deed}`, { ids, by }),
    )
    report(cli, command, { done, later, nothing: nothingWords(options) }, tally)
  })
}

async function run(
  cli: Cli,
  command: Command,
  texts: readonly string[],
  options: SteerOptions & { readonly now?: boolean },
): Promise<void> {
  await withOffice(command, async (office) => {
    const chosen = await choose(office, texts, { ...options, all: true })
    const now = options.now === true
    // Without any message it still says whether there is a server that could try.
    if (chosen.count === 0) await office.run('queue.run', { ids: [], now })
    const tally = await inBatches(cli, command, chosen, (ids) =>
      office.run('queue.run', { ids, now }),
    )
    const nothing = nothingWords(options)
    report(cli, command, { done: 'Trying', later: 'tried', nothing }, tally)
  })
}

/** Which messages are meant: how many, and they themselves a page at a time. */
export interface Chosen {
  readonly count: number
  /** The first of them, to be shown. */
  readonly first: readonly MessageId[]
  batches(): AsyncGenerator<readonly MessageId[]> | Generator<readonly MessageId[]>
}

/** The messages that are named, or found by the options. @throws UsageFault when nothing says which */
export async function choose(
  office: Office,
  texts: readonly string[],
  options: SteerOptions,
): Promise<Chosen> {
  const wrong = texts.find((text) => !isMessageId(text))
  if (wrong !== undefined)
    throw new UsageFault(`"${wrong}" is no id of a message, such as 1vnYk2-00000000BQ5-1EaB`)
  if (texts.length > 0 && isFiltered(options))
    throw new UsageFault('name messages or say which with options, not both')
  if (texts.length > 0) return named([...new Set(texts as MessageId[])])
  if (!isFiltered(options) && !options.all)
    throw new UsageFault('name messages, or say which: --domain, --from, --to, --older … or --all')
  return await found(office, filterOf(options, Date.now()))
}

/** These and no others. */
export function named(ids: readonly MessageId[]): Chosen {
  return { count: ids.length, first: ids, batches: () => pieces(ids) }
}

/** Counted first, and looked up again page by page: what came in since the count is not meant. */
async function found(office: Office, filter: PageFilter): Promise<Chosen> {
  const first: MessageId[] = []
  let count = 0
  let last = 0
  for await (const { ids, queueIds } of idPages(office, filter)) {
    count += ids.length
    last = queueIds.at(-1) ?? last
    if (first.length < MOST_SHOWN) first.push(...ids.slice(0, MOST_SHOWN))
  }
  async function* batches() {
    for await (const { ids, queueIds } of idPages(office, filter)) {
      yield* pieces(ids.filter((_, index) => (queueIds[index] ?? 0) <= last))
      if ((queueIds.at(-1) ?? 0) >= last) return
    }
  }
  return { count, first, batches }
}

/** As many as one request may name. */
export function* pieces(ids: readonly MessageId[]): Generator<readonly MessageId[]> {
  for (let at = 0; at < ids.length; at += MOST_STEERED) yield ids.slice(at, at + MOST_STEERED)
}

/** Shows the first of them, before a question. */
async function preview(cli: Cli, office: Office, { count, first }: Chosen): Promise<void> {
  const nowMs = Date.now()
  const shown = first.slice(0, MOST_SHOWN)
  for (const id of shown) {
    const { message } = await office.run('queue.show', { id })
    const [address, ...more] = message.recipients.filter(isOpen).map((one) => one.address)
    const rest = more.length > 0 ? ` and ${more.length} more` : ''
    const size = sizeWords(message.sizeOctets)
    const line = `${id}  ${ageWords(nowMs - message.arrivedMs)}  ${size}  ${message.sender ?? '<>'} → ${address}${rest}`
    cli.errors.write(`${printable(line)}\n`)
  }
  if (count > shown.length) cli.errors.write(`and ${count - shown.length} more\n`)
}

const MOST_SHOWN = 10

/** What became of many messages, of which most did what was wanted. */
export interface Tally {
  readonly counts: { readonly [Became in SteerOutcome['became']]: number }
  /** The first of those of which something is to be said. */
  readonly named: { readonly [Became in SteerOutcome['became']]: readonly SteerOutcome[] }
  /** Every one of them; empty where nobody asked for that. */
  readonly all: readonly SteerOutcome[]
}

/** Many messages a few at a time, so that mail comes and goes meanwhile; a terminal sees how far it is. */
export async function inBatches(
  cli: Cli,
  command: Command,
  chosen: Chosen,
  steer: (batch: readonly MessageId[]) => Promise<SteerAnswer>,
): Promise<Tally> {
  const isJson = commonOptions(command).json === true
  const counts = { changed: 0, unchanged: 0, busy: 0, gone: 0, underway: 0 }
  const named = { changed: [], unchanged: [], busy: [], gone: [], underway: [] } as {
    [Became in SteerOutcome['became']]: SteerOutcome[]
  }
  const all: SteerOutcome[] = []
  let done = 0
  let isShown = false
  for await (const batch of chosen.batches()) {
    const { results } = await steer(batch)
    for (const one of results) {
      counts[one.became]++
      if (named[one.became].length < MOST_SHOWN) named[one.became].push(one)
      if (isJson) all.push(one)
    }
    done += batch.length
    if (cli.errors.columns === undefined || done >= chosen.count) continue
    cli.errors.write(`\r${done} of ${chosen.count} `)
    isShown = true
  }
  if (isShown) cli.errors.write('\r\x1b[K')
  return { counts, named, all }
}

/**
 * Says what was done and what was not; `nothing` when there was no message. The exit code is 1 when
 * something was not.
 */
export function report(
  cli: Cli,
  command: Command,
  { done, later, nothing }: Pick<DeedWords, 'done' | 'later'> & { readonly nothing?: string },
  { counts, named, all }: Tally,
): void {
  const { changed, unchanged, busy, gone, underway } = counts
  const isNothing = Object.values(counts).every((count) => count === 0)
  answer(cli, command, all, () => {
    if (isNothing && nothing !== undefined) return void cli.out.write(`${nothing}\n`)
    cli.out.write(`${done} ${counted(changed, 'message')}.\n`)
    if (unchanged > 0) cli.out.write(`${counted(unchanged, 'message')} left as before.\n`)
    say(cli, underway, named.underway, (one) => underwayWords(one, later))
    say(cli, busy, named.busy, () => 'is being sent at this moment; try again in a minute')
    say(cli, gone, named.gone, () => 'is not in the queue')
  })
  if (busy + gone + underway > 0) cli.exit(1)
}

/** The server and the command line are on one machine, and so are their clocks. */
function underwayWords({ underway }: SteerOutcome, later: string): string {
  const host = underway?.host ?? 'another server'
  const time = durationWords(Math.max(0, Date.now() - (underway?.sinceMs ?? Date.now())))
  return `is being sent to ${printable(host)} for ${time}; it will be ${later} unless the host accepts it`
}

function say(
  cli: Cli,
  count: number,
  some: readonly SteerOutcome[],
  what: (one: SteerOutcome) => string,
): void {
  for (const one of some) cli.errors.write(`waybill: ${one.id} ${what(one)}\n`)
  const [first] = some
  if (first !== undefined && count > some.length)
    cli.errors.write(`waybill: and ${count - some.length} more: each ${what(first)}\n`)
}

/** Who calls, for the log. To be asked before root becomes the server's user. */
export function operator(): string {
  try {
    return userInfo().username
  } catch {
    // A container can run under a number that has no name.
    return `uid${process.getuid?.() ?? ''}`
  }
}
