/** `waybill log tail`: the last steps of the log, and those that come. */
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { Command } from 'commander'

import { DAY_MS } from '../../base/durations.ts'
import { systemCodeOf, systemReason } from '../../base/faults.ts'
import type { LogLine } from '../../journal/event.ts'
import { printable } from '../../journal/exim/escape.ts'
import { type LogReader, logReader } from '../../journal/reader.ts'
import { formatTime, type Zone } from '../../journal/zone.ts'
import { localZone } from '../../local-zone.ts'
import { followLines } from '../../trace/source/follow.ts'
import { endOfLines } from '../../trace/source/lines.ts'
import { withoutSecrets } from '../../trace/secrets.ts'
import { lastLines, mainlogs } from '../../trace/trace.ts'
import { describeEvent } from '../../trace/words.ts'
import { type Cli, commonOptions } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { jsonText } from '../json.ts'
import { paint } from '../table.ts'
import { stepColour } from './colours.ts'
import { formatOption, inputOf, type LogFormatChoice } from './inputs.ts'
import { count } from './numbers.ts'
import { ownLogFolder, readOwnLog } from './own-log.ts'

interface TailOptions {
  readonly number: number
  readonly follow?: boolean
  readonly raw?: boolean
  readonly format: LogFormatChoice
}

export function tailCommand(cli: Cli): Command {
  return new Command('tail')
    .description('Show the last steps of the log, one line each, and with -f those that come')
    .argument('[file]', 'the log; without: that of this server')
    .option('-n, --number <count>', 'how many lines', count, 10)
    .option('-f, --follow', 'go on with new lines as they come, also after a rotation')
    .option('--raw', 'the very lines of the log, only passwords are hidden')
    .addOption(formatOption())
    .action((file: string | undefined, options: TailOptions, command: Command) =>
      tail(cli, command, file, options),
    )
}

async function tail(
  cli: Cli,
  command: Command,
  file: string | undefined,
  { number, follow, raw, format }: TailOptions,
): Promise<void> {
  const zone = localZone()
  const show = printer(cli, commonOptions(command).json ?? false, raw ?? false, zone, format)
  if (file !== undefined) await requireFile(file)
  const paths = file === undefined ? await ownPaths(command) : [file]
  const path = paths.at(-1) ?? ''
  const packed = file === undefined ? null : await lastOfPacked(cli, command, file, number)
  if (packed !== null) {
    if (follow) throw new UsageFault(`${file} is compressed: nothing is added to it`)
    for (const line of packed) show(line)
    return
  }
  // Following goes on where the last lines end, so that none is missed in between, or told twice.
  const end = await endOfLines(path)
  const stop = new AbortController()
  // Nobody reads any more, or what is printed cannot be kept.
  process.stdout.once('error', () => stop.abort())
  for (const line of await lastLines(paths, number, end)) show(line)
  if (!follow) return
  process.once('SIGINT', () => stop.abort())
  for await (const line of followLines(path, end, stop.signal)) show(line)
}

/** The main log of this server, oldest file first. */
async function ownPaths(command: Command): Promise<readonly string[]> {
  const folder = ownLogFolder(command)
  const paths = await readOwnLog(folder, () => mainlogs(folder))
  const current = join(folder, 'mainlog')
  return paths.at(-1) === current ? paths : [...paths, current]
}

/** The last lines of a compressed log; null when it is a plain one. @throws LogFault for no log at all */
async function lastOfPacked(
  cli: Cli,
  command: Command,
  file: string,
  number: number,
): Promise<readonly string[] | null> {
  const [source] = (await inputOf(cli, command, [file])).sources
  if (source === undefined || source.plainFile !== null) return null
  let last: string[] = []
  for await (const text of source.texts())
    last = [...last, ...text.split('\n').slice(0, -1)].slice(-number)
  return last
}

async function requireFile(path: string): Promise<void> {
  if (path === '-')
    throw new UsageFault('tail reads a file; for standard input there is log search')
  try {
    if ((await stat(path)).isDirectory())
      throw new UsageFault(`${path} is a folder; name a log in it`)
    await (await open(path, 'r')).close()
  } catch (error) {
    if (error instanceof UsageFault) throw error
    throw new UsageFault(
      systemCodeOf(error) === 'ENOENT'
        ? `there is no file ${path}`
        : `${path} cannot be read: ${systemReason(error)}`,
    )
  }
}

/** With `--json` one event a line: it may go on for ever. */
function printer(
  { out }: Cli,
  isJson: boolean,
  isRaw: boolean,
  zone: Zone,
  format: LogFormatChoice,
): (line: string) => void {
  const reader: LogReader = logReader({
    ...{ format, zone, log: 'main' },
    latestMs: Date.now() + DAY_MS,
  })
  return (whole) => {
    const line = withoutSecrets(whole)
    const event = reader.read(line, 0, line.length)
    if (isJson) out.write(`${jsonText(event)}\n`)
    else if (isRaw) out.write(`${printable(line)}\n`)
    else out.write(`${stepLine(event, zone, (text, of) => paintStep(text, of))}\n`)
  }

  function paintStep(text: string, event: LogLine): string {
    const colour = event.type === 'continuation' ? 'dim' : stepColour(event)
    return colour === undefined ? text : paint(out, colour, text)
  }
}

/** `09:00:06  1vnYk2-…  delivered to bob@example.net …`. */
function stepLine(
  event: LogLine,
  zone: Zone,
  painted: (text: string, event: LogLine) => string,
): string {
  if (event.type === 'continuation') return painted(printable(`  ${event.line}`), event)
  const words = printable(describeEvent(event).join(', '))
  if (event.type === 'unknown') return painted(words, event)
  const id = 'id' in event && event.id !== null ? `${event.id}  ` : ''
  return `${formatTime(event.atMs, zone)}  ${printable(id)}${painted(words, event)}`
}
