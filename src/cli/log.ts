/** `waybill log`: what happened to mail, from the log. */
import { join } from 'node:path'

import { Command, InvalidArgumentError } from 'commander'

import { messageOf } from '../base/faults.ts'
import { readLine } from '../journal/exim/read.ts'
import { printable } from '../journal/exim/escape.ts'
import { isMessageId } from '../journal/message-id.ts'
import { formatTime, UTC, type Zone } from '../journal/zone.ts'
import { followLines } from '../trace/follow.ts'
import type { Journey } from '../trace/journey.ts'
import { findByMessageId, findJourney, lastJourneys, lastLines } from '../trace/trace.ts'
import { describeEvent, fateColour, outcomeOf, recipientsOf } from './log-words.ts'
import { paint, type Terminal, terminalOf, writeTable } from './table.ts'

/** What the command needs from outside; a test gives its own. */
export interface LogSurroundings {
  readonly terminal: Terminal
  readonly errors: { write(text: string): void }
  /** The data folder, from the global `--data` or without it. */
  readonly dataFolder: (given: string | undefined) => string | Promise<string>
  /** The zone that the log is written in. */
  readonly zone: Zone
  /** 1: found nothing; 2: could not look. */
  readonly exit: (code: 1 | 2) => void
  /** Ends `tail --follow`. */
  readonly signal: AbortSignal
}

interface Options {
  readonly data?: string
  readonly json?: boolean
  readonly number?: number
  readonly follow?: boolean
}

export function logCommand(given: Partial<LogSurroundings> = {}): Command {
  const around: LogSurroundings = {
    terminal: terminalOf(process.stdout),
    errors: process.stderr,
    dataFolder: (folder) => folder ?? DEFAULT_DATA_FOLDER,
    zone: UTC,
    exit: (code) => {
      process.exitCode = code
    },
    signal: new AbortController().signal,
    ...given,
  }
  const log = new Command('log')
  // A command of its own, so that its -n is not that of `tail`.
  log
    .command('list', { isDefault: true })
    .description('Show what happened to the last messages, newest last (the default)')
    .option('-n, --number <count>', 'how many messages', count, 50)
    .action((_options, command: Command) => run(around, command, list))
  log
    .command('trace')
    .description('Tell the story of one message')
    .argument('<id>', 'its id in the log, or its Message-ID')
    .action((id: string, _options, command: Command) =>
      run(around, command, (surroundings, folder, options) =>
        trace(surroundings, folder, options, id),
      ),
    )
  log
    .command('tail')
    .description('Print the last lines of the log')
    .option('-n, --number <count>', 'how many lines', count, 10)
    .option('-f, --follow', 'go on with new lines as they come')
    .action((_options, command: Command) => run(around, command, tail))
  return log
}

type Action = (around: LogSurroundings, folder: string, options: Options) => Promise<void>

async function run(around: LogSurroundings, command: Command, action: Action): Promise<void> {
  const options: Options = command.optsWithGlobals()
  const folder = join(await around.dataFolder(options.data), 'log')
  try {
    await action(around, folder, options)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const message = isMissing
      ? `there is no log in ${folder}: start the server once, or name its data folder with --data`
      : `the log in ${folder} cannot be read: ${messageOf(error)}`
    around.errors.write(`waybill: ${message}\n`)
    around.exit(2)
  }
}

const list: Action = async ({ terminal, zone }, folder, { number, json }) => {
  const journeys = await lastJourneys(folder, number ?? 50, zone)
  if (json) return terminal.write(`${JSON.stringify(journeys, null, 2)}\n`)
  if (journeys.length === 0) return terminal.write('No message has come yet.\n')
  writeTable<Journey>(
    [
      { heading: 'Time', of: ({ arrival }) => formatTime(arrival?.atMs ?? 0, zone) },
      { heading: 'Id', of: ({ id }) => id, colour: () => 'dim' },
      { heading: 'From', of: ({ arrival }) => arrival?.from ?? '<>', shrinks: true },
      { heading: '', of: () => '→' },
      { heading: 'To', of: recipientsOf, shrinks: true },
      { heading: 'Outcome', of: outcomeOf, shrinks: true, colour: fateColour },
    ],
    journeys,
    terminal,
  )
}

async function trace(
  around: LogSurroundings,
  folder: string,
  { json }: Options,
  wanted: string,
): Promise<void> {
  const { terminal, zone, errors } = around
  const journeys = await find(folder, wanted, zone)
  if (journeys.length === 0) {
    errors.write(`waybill: no message in ${folder} has the id ${printable(wanted)}\n`)
    return around.exit(1)
  }
  if (json) return terminal.write(`${JSON.stringify(journeys, null, 2)}\n`)
  for (const [index, journey] of journeys.entries()) {
    if (index > 0) terminal.write('\n')
    writeStory(journey, terminal, zone)
  }
}

async function find(folder: string, wanted: string, zone: Zone): Promise<readonly Journey[]> {
  if (!isMessageId(wanted)) return findByMessageId(folder, wanted.replace(/^<(.*)>$/, '$1'), zone)
  const journey = await findJourney(folder, wanted, zone)
  return journey === undefined ? [] : [journey]
}

function writeStory(journey: Journey, terminal: Terminal, zone: Zone): void {
  const { id, arrival, events } = journey
  const outcome = paint(terminal, fateColour(journey) ?? 'dim', printable(outcomeOf(journey)))
  terminal.write(`${paint(terminal, 'bold', id)}  ${outcome}\n`)
  if (arrival?.subject) terminal.write(`Subject: ${printable(arrival.subject)}\n`)
  const rows = events.flatMap((event) =>
    describeEvent(event).map((text, index) => ({
      time: index === 0 ? formatTime(event.atMs, zone) : '',
      text,
    })),
  )
  const columns = [
    { heading: '', of: ({ time }: { time: string }) => time },
    { heading: '', of: ({ text }: { text: string }) => text },
  ]
  writeTable(columns, rows, { ...terminal, columns: undefined })
}

/** With `--json` one event a line: it may go on for ever. */
const tail: Action = async ({ terminal, zone, signal }, folder, { number, follow, json }) => {
  const print = (line: string) => {
    const text = json ? JSON.stringify(readLine(line, zone)) : printable(line)
    terminal.write(`${text}\n`)
  }
  for (const line of await lastLines(folder, number ?? 10)) print(line)
  if (!follow) return
  for await (const line of followLines(join(folder, 'mainlog'), signal)) print(line)
}

function count(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000_000)
    throw new InvalidArgumentError('it must be a whole number from 1 to 1000000.')
  return value
}

/** As `npm start` uses it. */
const DEFAULT_DATA_FOLDER = 'var'
