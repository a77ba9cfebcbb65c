/** `waybill queue show`: one message, its envelope, its octets. */
import { Command } from 'commander'

import type { QueueView } from '../../control/queue-types.ts'
import type { Host, MessageId } from '../../journal/event.ts'
import { printable } from '../../journal/exim/escape.ts'
import type { DestinationRow } from '../../queue/destinations.ts'
import type { QueuedRecipient } from '../../queue/list.ts'
import type { DestinationName } from '../../queue/types.ts'
import { sizeWords } from '../../trace/words.ts'
import { type Cli, commonOptions, withOffice } from '../cli.ts'
import { type Row, writeRows } from '../log/explanation.ts'
import { jsonText } from '../json.ts'
import { contentOf, writeContent } from './content.ts'
import {
  givenUpWords,
  messageIdOf,
  reasonWords,
  stateWords,
  stopWords,
  timeWords,
} from './words.ts'

interface ShowOptions {
  readonly headers?: boolean
  readonly body?: boolean
  readonly log?: boolean
}

export function addShow(cli: Cli, queue: Command): void {
  queue
    .command('show')
    .description('Show one message: its envelope and what became of each recipient so far')
    .argument('<id>')
    .option('--headers', 'its header instead')
    .option('--body', 'its body instead; with --headers: all of it')
    .option('--log', 'also what the log tells of it')
    .addHelpText('after', SHOW_HELP)
    .action((id: string, options: ShowOptions, self: Command) => show(cli, self, id, options))
}

const SHOW_HELP = `
  waybill queue show 1vnYk2-00000000BQ5-1EaB                             who, for whom, how far
  waybill queue show 1vnYk2-00000000BQ5-1EaB --headers --body > it.eml   the message itself`

async function show(cli: Cli, command: Command, text: string, options: ShowOptions) {
  const id = messageIdOf(text)
  const { json } = commonOptions(command)
  if (json) return await showJson(cli, command, id, options)
  if (options.headers || options.body)
    await withOffice(command, (office) => writeContent(cli.out, office, id, options))
  else {
    const view = await withOffice(command, (office) => office.run('queue.show', { id }))
    writeView(cli, view)
  }
  if (!options.log) return
  cli.out.write('\n')
  await writeLog(cli, command, id)
}

/** One object, whatever was asked for. */
async function showJson(cli: Cli, command: Command, id: MessageId, options: ShowOptions) {
  const shown = await withOffice(command, async (office) => ({
    ...(await office.run('queue.show', { id })),
    ...(options.headers || options.body ? await contentOf(office, id, options) : {}),
  }))
  const log = options.log ? { log: await loggedJson(cli, command, id) } : {}
  cli.out.write(`${jsonText({ ...shown, ...log }, 2)}\n`)
}

/** What `waybill log trace --json` prints; null: the log has nothing of it. */
async function loggedJson(cli: Cli, command: Command, id: MessageId): Promise<unknown> {
  const pieces: string[] = []
  const out = { ...cli.out, write: (text: string) => void pieces.push(text) }
  await writeLog({ ...cli, out }, command, id)
  return pieces.length === 0 ? null : JSON.parse(pieces.join(''))
}

/** As `waybill log trace` tells it. */
async function writeLog(cli: Cli, command: Command, id: MessageId): Promise<void> {
  const { config, data, json } = commonOptions(command)
  const { traceCommand } = await import('../log/trace.ts')
  const root = new Command('waybill')
    .option('--config <file>')
    .option('--data <folder>')
    .option('--json')
    .addCommand(traceCommand(cli))
  const options = [
    ...(config === undefined ? [] : ['--config', config]),
    ...(data === undefined ? [] : ['--data', data]),
    ...(json ? ['--json'] : []),
  ]
  await root.parseAsync([...options, 'trace', id], { from: 'user' })
}

function writeView({ out }: Cli, view: QueueView): void {
  const { message, nowMs } = view
  const stop = stopWords(message)
  const blocked = new Map(view.destinations.map((one) => [one.name, one]))
  const wishes = [
    ...(message.requireTls ? ['only with TLS'] : []),
    ...(message.smtputf8 ? ['SMTPUTF8'] : []),
    ...(message.eightBit ? ['8BITMIME'] : []),
    ...(message.ret === null ? [] : [`RET=${message.ret}`]),
    ...(message.envelopeId === null ? [] : [`ENVID=${message.envelopeId}`]),
  ]
  const rows: Row[] = [
    ['Message', message.messageId],
    ['From', message.sender ?? '<>'],
    ...(message.login === null ? [] : [['Login', message.login] as Row]),
    ['Size', sizeWords(message.sizeOctets)],
    ['Since', timeWords(message.arrivedMs, nowMs)],
    ['Given up', givenUpWords(message, nowMs)],
    ...(message.delayNoticeMs === null
      ? []
      : [['Notice', `of delay to the sender ${timeWords(message.delayNoticeMs, nowMs)}`] as Row]),
    ...(stop === null ? [] : [['Stopped', stop] as Row]),
    ...(wishes.length === 0 ? [] : [['Wishes', wishes.join(', ')] as Row]),
  ]
  writeRows(out, rows.map(safe))
  for (const one of message.recipients) {
    out.write('\n')
    writeRows(out, recipientRows(one, blocked, nowMs).map(safe))
  }
}

function recipientRows(
  one: QueuedRecipient,
  blocked: ReadonlyMap<DestinationName, DestinationRow>,
  nowMs: number,
): readonly Row[] {
  const { address, parents, destination, attempts, triedMs, outcome } = one
  const of = parents.length === 0 ? '' : ` (for ${parents.join(', ')})`
  const tried = TIMES[attempts] ?? `tried ${attempts} times`
  const host = outcome?.host ? ` at ${hostText(outcome.host)}` : ''
  const reason = reasonWords(one, blocked)
  const isOwn = outcome !== null
  return [
    ['For', `${address}${of}`],
    ['', `by ${destination}, ${tried}, ${stateWords(one, blocked, nowMs)}`],
    ...(triedMs === null ? [] : [['', `last ${timeWords(triedMs, nowMs)}${host}`] as Row]),
    ...(reason === null ? [] : [['', isOwn ? reason : `mail there waits: ${reason}`] as Row]),
  ]
}

const TIMES = ['not tried', 'tried once', 'tried twice']

/** `mx.example.net [192.0.2.1]:25`, as in the log. */
function hostText({ name, address, port }: Host): string {
  const at = address === null ? '' : `[${address}]${port === null ? '' : `:${port}`}`
  return [name, at].filter(Boolean).join(' ')
}

function safe([label, text]: Row): Row {
  return [label, printable(text)]
}
