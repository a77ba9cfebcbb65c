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
import { paint } from '../table.ts'
import { type FilterOptions, filterOf, withFilters } from './filters.ts'
import { idsOf, type Listed, listed } from './pages.ts'
import { ageWords, isOpen, reasonWords, stateWords, stopWords } from './words.ts'

interface ListOptions extends FilterOptions {
  readonly count?: boolean
  readonly ids?: boolean
  readonly mailq?: boolean
}

export function addList(cli: Cli, queue: Command): void {
  const command = queue
    .command('list')
    .description(
      'List what waits, the oldest first: for how long, its size, id, sender; for whom, and why',
    )
    .option('-c, --count', 'only how many')
    .option('-i, --ids', 'only the ids')
    .option('--mailq', "in the form of Exim's mailq, for programs that read that")
    .action((options: ListOptions, self: Command) => list(cli, self, options))
  withFilters(command)
}

async function list(cli: Cli, command: Command, options: ListOptions): Promise<void> {
  const { json } = commonOptions(command)
  if ([options.count, options.ids, options.mailq].filter(Boolean).length > 1)
    throw new UsageFault('--count, --ids and --mailq cannot all be meant; give one')
  const filter = filterOf(options, Date.now())
  await withOffice(command, async (office) => {
    if (options.count || options.ids) {
      let found = 0
      for await (const ids of idsOf(office, filter)) {
        found += ids.length
        if (options.ids) for (const id of ids) cli.out.write(json ? `"${id}"\n` : `${id}\n`)
      }
      if (options.count) cli.out.write(`${found}\n`)
      return
    }
    if (options.mailq) return await writeMailq(cli, office, filter)
    let found = 0
    for await (const one of listed(office, filter)) {
      if (json) cli.out.write(`${found === 0 ? '[' : ','}\n${jsonText(one.message)}`)
      else writeMessage(cli, one, Date.now())
      found++
    }
    if (json) cli.out.write(found === 0 ? '[]\n' : '\n]\n')
    else if (found === 0) cli.out.write('Nothing waits.\n')
  })
}

function writeMessage({ out }: Cli, { message, blocked }: Listed, nowMs: number): void {
  const age = ageWords(nowMs - message.arrivedMs).padStart(4)
  const size = sizeWords(message.sizeOctets).padStart(8)
  const stop = stopWords(message)
  const sender = printable(message.sender ?? '<>')
  const note = stop === null ? '' : `  ${paint(out, 'yellow', printable(stop))}`
  out.write(`${age}  ${size}  ${paint(out, 'bold', message.messageId)}  ${sender}${note}\n`)
  const open = message.recipients.filter(isOpen)
  for (const recipient of open.slice(0, MOST_RECIPIENTS)) {
    const reason = reasonWords(recipient, blocked)
    const state = stop === null ? `, ${stateWords(recipient, blocked, nowMs)}` : ''
    const why = reason === null ? '' : `: ${reason}`
    out.write(
      `${cut(`${INDENT}${printable(`${recipient.address}${state}${why}`)}`, out.columns)}\n`,
    )
  }
  if (open.length > MOST_RECIPIENTS)
    out.write(`${INDENT}and ${open.length - MOST_RECIPIENTS} more recipients\n`)
}

const INDENT = ' '.repeat(16)
/** `waybill queue show` has all. */
const MOST_RECIPIENTS = 5

function cut(text: string, columns: number | undefined): string {
  return columns === undefined || text.length <= columns ? text : `${text.slice(0, columns - 1)}…`
}

/** @param isShown  of which recipients to tell: all, unless it is given */
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
  const head = `${age} ${eximSize(sizeOctets)} ${messageId} <${escapeText(sender ?? '')}>${frozen}\n`
  const lines = recipients.map(
    (one) => `        ${isOpen(one) ? ' ' : 'D'} ${escapeText(one.address)}\n`,
  )
  return `${head}${lines.join('')}\n`
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
