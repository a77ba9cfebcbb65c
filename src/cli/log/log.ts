/** `waybill log`: what happened to mail, from the log. */
import { join } from 'node:path'

import { Command, InvalidArgumentError } from 'commander'

import { systemCodeOf, systemReason } from '../../base/faults.ts'
import { printable } from '../../journal/exim/escape.ts'
import { readLine } from '../../journal/exim/read.ts'
import { isMessageId } from '../../journal/message-id.ts'
import { formatTime, type Zone } from '../../journal/zone.ts'
import { localZone } from '../../local-zone.ts'
import { followLines } from '../../trace/follow.ts'
import type { Journey } from '../../trace/journey.ts'
import { findByMessageId, findJourney, lastJourneys, lastLines } from '../../trace/trace.ts'
import { answer, type Cli, commonOptions, configOf } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { describeEvent, fateColour, outcomeOf, recipientsOf } from './words.ts'
import { becomeOwnerOf } from '../privileges.ts'
import { paint, writeTable } from '../table.ts'

/** `waybill log`, on the log of the server that is meant. */
export function logCommand(cli: Cli): Command {
  const log = new Command('log')
  // A command of its own, so that its -n is not that of `tail`.
  log
    .command('list', { isDefault: true })
    .description('Show what happened to the last messages, newest last (the default)')
    .option('-n, --number <count>', 'how many messages', count, 50)
    // A word that is no command comes here too.
    .allowExcessArguments()
    .action(({ number }: { number: number }, command: Command) => {
      const [word] = command.args
      if (word !== undefined) throw new UsageFault(noSuchCommand(word))
      return onLog(command, (place) => list(cli, command, place, number))
    })
  log
    .command('trace')
    .description('Tell the story of one message')
    .argument('<id>', 'its id in the log, or its Message-ID')
    .action((id: string, _options, command: Command) =>
      onLog(command, (place) => trace(cli, command, place, id)),
    )
  log
    .command('tail')
    .description('Print the last lines of the log')
    .option('-n, --number <count>', 'how many lines', count, 10)
    .option('-f, --follow', 'go on with new lines as they come')
    .action((options: TailOptions, command: Command) =>
      onLog(command, (place) => tail(cli, command, place, options)),
    )
  return log
}

function noSuchCommand(word: string): string {
  const begun = `waybill log has no command "${word}"`
  return isMessageId(word)
    ? `${begun}; for the message of this id: waybill log trace ${word}`
    : `${begun}; it has list, trace and tail`
}

/** Where a log is, and the zone that its times are in. */
interface LogPlace {
  readonly folder: string
  readonly zone: Zone
}

interface TailOptions {
  readonly number: number
  readonly follow?: boolean
}

/** @throws UsageFault when the log is not there or cannot be read */
async function onLog(command: Command, use: (place: LogPlace) => Promise<void>): Promise<void> {
  const { dataFolder } = configOf(command).config
  becomeOwnerOf(dataFolder)
  const folder = join(dataFolder, 'log')
  try {
    await use({ folder, zone: localZone() })
  } catch (error) {
    throw new UsageFault(
      systemCodeOf(error) === 'ENOENT'
        ? `there is no log in ${folder}: start the server once, or name its data folder with --data`
        : `the log in ${folder} cannot be read: ${systemReason(error)}`,
    )
  }
}

async function list(
  cli: Cli,
  command: Command,
  { folder, zone }: LogPlace,
  number: number,
): Promise<void> {
  const journeys = await lastJourneys(folder, number, zone)
  answer(cli, command, journeys, () => {
    if (journeys.length === 0) return cli.out.write('No message has come yet.\n')
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
      cli.out,
    )
  })
}

async function trace(
  cli: Cli,
  command: Command,
  { folder, zone }: LogPlace,
  wanted: string,
): Promise<void> {
  const journeys = await find(folder, wanted, zone)
  if (journeys.length === 0) {
    cli.errors.write(`waybill: no message in ${folder} has the id ${printable(wanted)}\n`)
    return cli.exit(1)
  }
  answer(cli, command, journeys, () => {
    for (const [index, journey] of journeys.entries()) {
      if (index > 0) cli.out.write('\n')
      writeStory(cli, journey, zone)
    }
  })
}

async function find(folder: string, wanted: string, zone: Zone): Promise<readonly Journey[]> {
  if (!isMessageId(wanted)) return findByMessageId(folder, wanted.replace(/^<(.*)>$/, '$1'), zone)
  const journey = await findJourney(folder, wanted, zone)
  return journey === undefined ? [] : [journey]
}

function writeStory({ out }: Cli, journey: Journey, zone: Zone): void {
  const { id, arrival, events } = journey
  const outcome = paint(out, fateColour(journey) ?? 'dim', printable(outcomeOf(journey)))
  out.write(`${paint(out, 'bold', id)}  ${outcome}\n`)
  if (arrival?.subject) out.write(`Subject: ${printable(arrival.subject)}\n`)
  const rows = events.flatMap((event) =>
    describeEvent(event).map((text, index) => ({
      time: index === 0 && event.atMs !== null ? formatTime(event.atMs, zone) : '',
      text,
    })),
  )
  const columns = [
    { heading: '', of: ({ time }: { time: string }) => time },
    { heading: '', of: ({ text }: { text: string }) => text },
  ]
  writeTable(columns, rows, { ...out, columns: undefined })
}

/** With `--json` one event a line: it may go on for ever. */
async function tail(
  cli: Cli,
  command: Command,
  { folder, zone }: LogPlace,
  { number, follow }: TailOptions,
): Promise<void> {
  const { json } = commonOptions(command)
  const print = (line: string) => {
    const text = json ? JSON.stringify(readLine(line, zone)) : printable(line)
    cli.out.write(`${text}\n`)
  }
  for (const line of await lastLines(folder, number)) print(line)
  if (!follow) return
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  for await (const line of followLines(join(folder, 'mainlog'), stop.signal)) print(line)
}

function count(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000_000)
    throw new InvalidArgumentError('it must be a whole number from 1 to 1000000.')
  return value
}
