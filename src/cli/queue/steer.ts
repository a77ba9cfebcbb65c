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
import { answer, type Cli, withOffice } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { confirm } from '../password.ts'
import { type FilterOptions, filterOf, isFiltered, withFilters } from './filters.ts'
import { idsOf } from './pages.ts'
import { ageWords, isOpen } from './words.ts'

interface SteerOptions extends FilterOptions {
  readonly all?: boolean
  readonly yes?: boolean
}

interface DeedWords {
  readonly deed: Deed
  readonly description: string
  readonly done: string
  /** The question before it; undefined: nothing is lost by it. */
  readonly question?: (messages: string) => string
}

const DEEDS: readonly DeedWords[] = [
  { deed: 'hold', description: 'Keep messages from going, until they are released', done: 'Held' },
  { deed: 'release', description: 'Let held messages go', done: 'Released' },
  {
    deed: 'freeze',
    description: 'Keep messages from going until somebody has looked at them',
    done: 'Froze',
  },
  { deed: 'thaw', description: 'Let frozen messages go', done: 'Thawed' },
  {
    deed: 'remove',
    description: 'Throw messages away; nobody is told',
    done: 'Removed',
    question: (messages) => `This throws ${messages} away, and tells nobody.`,
  },
  {
    deed: 'bounce',
    description: 'Give messages back to their senders as not delivered',
    done: 'Gave back',
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
  { deed, done, question }: DeedWords,
  texts: readonly string[],
  options: SteerOptions,
): Promise<void> {
  const by = operator()
  await withOffice(command, async (office) => {
    const ids = await chosen(office, texts, options)
    if (question !== undefined && !options.yes && ids.length > 0) {
      await preview(cli, office, ids)
      await confirm(cli, false, question(counted(ids.length, 'message')))
    }
    const results = await inBatches(ids, (batch) => office.run(`queue.${deed}`, { ids: batch, by }))
    report(cli, command, done, results)
  })
}

async function run(
  cli: Cli,
  command: Command,
  texts: readonly string[],
  options: SteerOptions & { readonly now?: boolean },
): Promise<void> {
  await withOffice(command, async (office) => {
    const ids = await chosen(office, texts, { ...options, all: true })
    const now = options.now === true
    const results = await inBatches(ids, (batch) => office.run('queue.run', { ids: batch, now }))
    // Without any message it still says whether there is a server that could try.
    if (ids.length === 0) await office.run('queue.run', { ids: [], now })
    report(cli, command, 'Trying', results)
  })
}

/** The messages that are named, or found by the options. @throws UsageFault when nothing says which */
export async function chosen(
  office: Office,
  texts: readonly string[],
  options: SteerOptions,
): Promise<readonly MessageId[]> {
  const wrong = texts.find((text) => !isMessageId(text))
  if (wrong !== undefined)
    throw new UsageFault(`"${wrong}" is no id of a message, such as 1vnYk2-00000000BQ5-1EaB`)
  if (texts.length > 0 && isFiltered(options))
    throw new UsageFault('name messages or say which with options, not both')
  if (texts.length > 0) return [...new Set(texts as MessageId[])]
  if (!isFiltered(options) && !options.all)
    throw new UsageFault('name messages, or say which: --domain, --from, --to, --older … or --all')
  return await everyId(office, filterOf(options, Date.now()))
}

async function everyId(office: Office, filter: PageFilter): Promise<MessageId[]> {
  const found: MessageId[] = []
  for await (const ids of idsOf(office, filter)) found.push(...ids)
  return found
}

/** Shows the first of them, before a question. */
async function preview(cli: Cli, office: Office, ids: readonly MessageId[]): Promise<void> {
  const nowMs = Date.now()
  for (const id of ids.slice(0, MOST_SHOWN)) {
    const { message } = await office.run('queue.show', { id })
    const [first, ...more] = message.recipients.filter(isOpen).map(({ address }) => address)
    const rest = more.length > 0 ? ` and ${more.length} more` : ''
    const size = sizeWords(message.sizeOctets)
    const line = `${id}  ${ageWords(nowMs - message.arrivedMs)}  ${size}  ${message.sender ?? '<>'} → ${first}${rest}`
    cli.errors.write(`${printable(line)}\n`)
  }
  if (ids.length > MOST_SHOWN) cli.errors.write(`and ${ids.length - MOST_SHOWN} more\n`)
}

const MOST_SHOWN = 10

/** Many messages a few at a time, so that mail comes and goes meanwhile. */
export async function inBatches(
  ids: readonly MessageId[],
  steer: (batch: readonly MessageId[]) => Promise<SteerAnswer>,
): Promise<readonly SteerOutcome[]> {
  const results: SteerOutcome[] = []
  for (let at = 0; at < ids.length; at += MOST_STEERED)
    results.push(...(await steer(ids.slice(at, at + MOST_STEERED))).results)
  return results
}

/** Says what was done and what was not. The exit code is 1 when something was not. */
export function report(
  cli: Cli,
  command: Command,
  done: string,
  results: readonly SteerOutcome[],
): void {
  const of = (became: SteerOutcome['became']) => results.filter((one) => one.became === became)
  const [changed, unchanged, busy, gone] = [of('changed'), of('unchanged'), of('busy'), of('gone')]
  answer(cli, command, results, () => {
    cli.out.write(`${done} ${counted(changed.length, 'message')}.\n`)
    if (unchanged.length > 0)
      cli.out.write(`${counted(unchanged.length, 'message')} left as before.\n`)
    say(cli, busy, 'is being sent at this moment; try again in a minute')
    say(cli, gone, 'is not in the queue')
  })
  if (busy.length + gone.length > 0) cli.exit(1)
}

function say(cli: Cli, some: readonly SteerOutcome[], what: string): void {
  for (const { id } of some.slice(0, MOST_SHOWN)) cli.errors.write(`waybill: ${id} ${what}\n`)
  if (some.length > MOST_SHOWN)
    cli.errors.write(`waybill: and ${some.length - MOST_SHOWN} more: each ${what}\n`)
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
