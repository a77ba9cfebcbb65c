/** `waybill queue list`. */
import type { Command } from 'commander'

import type { PageFilter, ShownMessage } from '../../control/queue-types.ts'
import { escapeText, printable } from '../../journal/exim/escape.ts'
import type { QueuedRecipient } from '../../queue/list.ts'
import type { Office } from '../../office.ts'
import { sizeWords } from '../../trace/words.ts'
import { type Cli, commonOptions, withOffice } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { jsonText } from '../json.ts'
import { cellWidth, fit, paint } from '../table.ts'
import { type FilterOptions, filterOf, isFiltered, nothingWords, withFilters } from './filters.ts'
import { idsOf, type Listed, listed } from './pages.ts'
import { ageWords, isOpen, reasonWords, stateWords, stopWords } from './words.ts'

interface ListOptions extends FilterOptions {
  readonly count?: boolean
  readonly ids?: boolean
  readonly mailq?: boolean
}

/** Adds `list`. */
export function addList(cli: Cli, queue: Command): void {
  const command = queue
    .command('list')
    .description(
      'List what waits, the oldest first: for how long, its size, id, sender; for whom, and why',
    )
    .option('-c, --count', 'only how many')
    .option('-i, --ids', 'only the ids')
    .option('--mailq', "in the form of Exim's mailq, for programs that read that")
    .addHelpText('after', HELP)
    .action((options: ListOptions, self: Command) => list(cli, self, options))
  withFilters(command)
}

const HELP = `
  waybill queue list --older 1h                 what waits for longer than an hour
  waybill queue list --to @example.net --held   what is held, for a domain
  waybill queue list --from '<>' -c             how many bounces wait
  waybill queue list --size 10MB -i             the ids of the big ones`

async function list(cli: Cli, command: Command, options: ListOptions): Promise<void> {
  const { json = false } = commonOptions(command)
  if ([options.count, options.ids, options.mailq].filter(Boolean).length > 1)
    throw new UsageFault('--count, --ids and --mailq cannot all be meant; give one')
  if (options.mailq && json)
    throw new UsageFault('--mailq and --json cannot both be meant; give one')
  const filter = filterOf(options, Date.now())
  await withOffice(command, async (office) => {
    if (options.count) return await writeCount(cli, office, filter, isFiltered(options))
    if (options.ids) return await writeIds(cli, office, filter, json)
    if (options.mailq) return await writeMailq(cli, office, filter)
    if (json) return await writeArray(cli, messagesOf(office, filter))
    let found = 0
    for await (const one of listed(office, filter)) {
      writeMessage(cli, one, Date.now())
      found++
    }
    if (found === 0) cli.out.write(`${nothingWords(options)}\n`)
  })
}

async function writeCount({ out }: Cli, office: Office, filter: PageFilter, isFilter: boolean) {
  let found = isFilter ? 0 : await office.run('queue.count', {})
  if (isFilter) for await (const ids of idsOf(office, filter)) found += ids.length
  out.write(`${found}\n`)
}

async function writeIds(cli: Cli, office: Office, filter: PageFilter, json: boolean) {
  if (json) return await writeArray(cli, eachOf(idsOf(office, filter)))
  for await (const ids of idsOf(office, filter)) for (const id of ids) cli.out.write(`${id}\n`)
}

async function* eachOf<One>(pages: AsyncIterable<readonly One[]>): AsyncGenerator<One> {
  for await (const page of pages) yield* page
}

async function* messagesOf(office: Office, filter: PageFilter): AsyncGenerator<ShownMessage> {
  for await (const { message } of listed(office, filter)) yield message
}

/** A JSON array, one element a line, written as it comes. */
async function writeArray({ out }: Cli, elements: AsyncIterable<unknown>): Promise<void> {
  let before = '['
  for await (const element of elements) {
    out.write(`${before}\n${jsonText(element)}`)
    before = ','
  }
  out.write(before === '[' ? '[]\n' : '\n]\n')
}

function writeMessage({ out }: Cli, { message, blocked }: Listed, nowMs: number): void {
  const age = ageWords(nowMs - message.arrivedMs).padStart(4)
  const size = sizeWords(message.sizeOctets).padStart(8)
  const stop = stopWords(message)
  const note = stop === null ? '' : `  ${printable(stop)}`
  const width = INDENT.length + message.messageId.length + 2 + cellWidth(note)
  const room = Math.max(MIN_SENDER, (out.columns ?? Number.POSITIVE_INFINITY) - width)
  const sender = fit(printable(message.sender ?? '<>'), room)
  const id = paint(out, 'bold', message.messageId)
  out.write(`${age}  ${size}  ${id}  ${sender}${paint(out, 'yellow', note)}\n`)
  const open = message.recipients.filter(isOpen)
  for (const recipient of open.slice(0, MOST_RECIPIENTS)) {
    const reason = reasonWords(recipient, blocked)
    const state = stop === null ? `, ${stateWords(recipient, blocked, nowMs)}` : ''
    const why = reason === null ? '' : `: ${reason}`
    const line = `${INDENT}${printable(`${recipient.address}${wayWords(recipient)}${state}${why}`)}`
    out.write(`${fit(line, out.columns ?? Number.POSITIVE_INFINITY)}\n`)
  }
  if (open.length > MOST_RECIPIENTS)
    out.write(`${INDENT}and ${open.length - MOST_RECIPIENTS} more recipients\n`)
}

/** Where it goes, unless that is the address's own domain. */
function wayWords({ address, destination }: QueuedRecipient): string {
  const domain = address.slice(address.lastIndexOf('@') + 1)
  return destination.toLowerCase() === `mx:${domain.toLowerCase()}` ? '' : ` by ${destination}`
}

const INDENT = ' '.repeat(16)
/** Cells of the sender that are shown on the narrowest terminal. */
const MIN_SENDER = 8
/** `waybill queue show` has all. */
const MOST_RECIPIENTS = 5

/**
 * The list in the form of Exim's mailq.
 * @param isShown  of which recipients to tell: all, unless it is given
 */
export async function writeMailq(
  cli: Cli,
  office: Office,
  filter: PageFilter,
  isShown: (recipient: QueuedRecipient) => boolean = () => true,
): Promise<void> {
  for await (const { message } of listed(office, filter))
    cli.out.write(mailqText(message, message.recipients.filter(isShown), Date.now()))
}

/** A message as `exim -bp` prints it; recipients that are done are marked with D. */
function mailqText(
  { arrivedMs, sizeOctets, messageId, sender, stopped }: ShownMessage,
  recipients: readonly QueuedRecipient[],
  nowMs: number,
): string {
  const age = ageWords(nowMs - arrivedMs).padStart(3)
  const frozen = stopped === null ? '' : ' *** frozen ***'
  const head = `${age} ${eximSize(sizeOctets)} ${messageId} <${shownAddress(sender ?? '')}>${frozen}\n`
  const lines = recipients.map(
    (one) => `        ${isOpen(one) ? ' ' : 'D'} ${shownAddress(one.address)}\n`,
  )
  return `${head}${lines.join('')}\n`
}

/** Can be read back as from the log, and has nothing that a terminal would not show. */
function shownAddress(address: string): string {
  return printable(escapeText(address))
}

/** Exim's way to write sizes, five characters wide. */
function eximSize(octets: number): string {
  if (octets < 1024) return String(octets).padStart(5)
  for (const [unit, letter] of [
    [1024, 'K'],
    [1024 ** 2, 'M'],
  ] as const) {
    if (octets < 10 * unit) return `${(octets / unit).toFixed(1).padStart(4)}${letter}`
    if (octets < 1024 * unit || letter === 'M')
      return `${String(Math.floor((octets + unit / 2) / unit)).padStart(4)}${letter}`
  }
  return '     '
}
