/** `waybill queue show` and `why`: one message, and its prospects. */
import { Command } from 'commander'

import { counted } from '../../base/counted.ts'
import { explainError } from '../../diagnosis/reasons/explain.ts'
import { factsOf } from '../../diagnosis/reasons/facts.ts'
import type { ContentPiece, QueueView } from '../../control/queue-types.ts'
import type { MessageId } from '../../journal/event.ts'
import { printable } from '../../journal/exim/escape.ts'
import { isMessageId } from '../../journal/message-id.ts'
import type { Office } from '../../office.ts'
import { sizeWords } from '../../trace/words.ts'
import { answer, type Cli, commonOptions, withOffice } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { Explainer, type Row, writeRows } from '../log/explanation.ts'
import { forecasts } from './forecast.ts'
import { givenUpWords, reasonWords, stateWords, stopWords, timeWords } from './words.ts'

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
    .action((id: string, options: ShowOptions, self: Command) => show(cli, self, id, options))
  queue
    .command('why')
    .description('Say what a message waits for, when it is tried next, and whether run --now helps')
    .argument('<id>')
    .action((id: string, _options, self: Command) => why(cli, self, id))
}

async function show(cli: Cli, command: Command, text: string, options: ShowOptions) {
  const id = idOf(text)
  if (options.headers || options.body) {
    await withOffice(command, (office) => writeContent(cli, office, id, options))
  } else {
    const view = await withOffice(command, (office) => office.run('queue.show', { id }))
    answer(cli, command, view, () => writeView(cli, view))
  }
  if (!options.log) return
  cli.out.write('\n')
  await writeLog(cli, command, id)
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
    const reason = reasonWords(one, blocked)
    const tried = one.attempts === 0 ? 'not tried' : `tried ${counted(one.attempts, 'time')}`
    const parents = one.parents.length === 0 ? '' : ` (for ${one.parents.join(', ')})`
    out.write('\n')
    const rest: Row[] = [
      ['For', `${one.address}${parents}`],
      ['', `by ${one.destination}, ${tried}, ${stateWords(one, blocked, nowMs)}`],
      ...(reason === null ? [] : [['', reason] as Row]),
    ]
    writeRows(out, rest.map(safe))
  }
}

function safe([label, text]: Row): Row {
  return [label, printable(text)]
}

async function why(cli: Cli, command: Command, text: string): Promise<void> {
  const view = await withOffice(command, (office) => office.run('queue.show', { id: idOf(text) }))
  const told = forecasts(view).map((forecast) => ({
    ...forecast,
    explanation:
      forecast.lastError === null
        ? null
        : explainError(factsOf(forecast.lastError, { direction: 'outbound', temporary: true })),
  }))
  answer(cli, command, { id: view.message.messageId, recipients: told }, () => {
    const explainer = new Explainer(cli.out)
    for (const [index, one] of told.entries()) {
      if (index > 0) cli.out.write('\n')
      const [first, ...more] = one.addresses
      const rest = more.length > 0 ? ` and ${more.length} more` : ''
      const rows: Row[] = [
        ['For', `${first}${rest}, by ${one.destination}`],
        ['Waits for', one.waitsFor],
        [
          'Next try',
          one.nextTryMs === null ? 'not by itself' : timeWords(one.nextTryMs, view.nowMs),
        ],
        ['Run --now', one.runNow],
        ['Given up', givenUpWords(view.message, view.nowMs)],
        ...(one.lastTryMs === null
          ? []
          : [['Last try', timeWords(one.lastTryMs, view.nowMs)] as Row]),
        ...(one.lastError === null ? [] : [['Error', one.lastError] as Row]),
      ]
      writeRows(cli.out, rows.map(safe))
      if (one.explanation !== null) explainer.write(one.explanation)
    }
  })
}

/** The octets as they are, or in printable lines on a terminal. */
async function writeContent(
  cli: Cli,
  office: Office,
  id: MessageId,
  { headers = false, body = false }: ShowOptions,
): Promise<void> {
  const cutter = new HeaderCutter()
  let offset: number | null = 0
  do {
    const piece: ContentPiece = await office.run('queue.content', { id, offset })
    const [head, rest] = cutter.take(Buffer.from(piece.base64, 'base64'))
    if (headers) writeOctets(cli, head)
    if (body) writeOctets(cli, rest)
    offset = body || !cutter.isPast ? piece.next : null
  } while (offset !== null)
}

/** Parts a message at its first empty line, which goes with the header. */
class HeaderCutter {
  #before = ''
  isPast = false

  take(octets: Buffer): [head: Buffer, body: Buffer] {
    if (this.isPast) return [NOTHING, octets]
    const text = this.#before + octets.toString('latin1')
    const end = /\r?\n\r?\n/.exec(text)
    if (end === null) {
      this.#before = text.slice(-3)
      return [octets, NOTHING]
    }
    this.isPast = true
    const at = Math.max(0, end.index + end[0].length - this.#before.length)
    return [octets.subarray(0, at), octets.subarray(at)]
  }
}

const NOTHING = Buffer.alloc(0)

function writeOctets({ out }: Cli, octets: Buffer): void {
  if (octets.length === 0) return
  if (out.columns === undefined && out.writeOctets !== undefined) out.writeOctets(octets)
  else
    out.write(
      octets
        .toString('utf8')
        .split('\n')
        .map((line) => printable(line.replace(/\r$/, '')))
        .join('\n'),
    )
}

function idOf(text: string): MessageId {
  if (isMessageId(text)) return text
  throw new UsageFault(`"${text}" is no id of a message, such as 1vnYk2-00000000BQ5-1EaB`)
}
