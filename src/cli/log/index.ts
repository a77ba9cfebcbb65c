/** `waybill log index`: takes logs into the index, in which messages are found at once. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { Command, InvalidArgumentError } from 'commander'

import { counted } from '../../base/counted.ts'
import { messageOf, systemCodeOf } from '../../base/faults.ts'
import { isOutside, storageFaultOf } from '../../db/faults.ts'
import type { LogFormat } from '../../journal/reader.ts'
import { formatTime } from '../../journal/zone.ts'
import { localZone } from '../../local-zone.ts'
import { ingestFiles, ingestFolder, type IngestReport } from '../../trace/index/ingest.ts'
import {
  type IndexPlace,
  OtherFile,
  readTraceIndex,
  removeIndex,
  withTraceIndex,
} from '../../trace/index/open.ts'
import { isDamagedIndex } from '../../trace/index/packing.ts'
import { TRACE_FILE } from '../../trace/index/place.ts'
import { forgetBefore } from '../../trace/index/retention.ts'
import { type IndexStatus, readStatus } from '../../trace/index/status.ts'
import { openSources, STANDARD_INPUT } from '../../trace/source/source.ts'
import { sizeWords } from '../../trace/words.ts'
import { answer, type Cli, configOf } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { becomeOwnerOf } from '../privileges.ts'
import { runFilter } from './filter-program.ts'
import { formatOption } from './inputs.ts'
import { clearProgress, ingestOptions, keepFrom } from './own-index.ts'

interface IndexOptions {
  readonly db?: string
  readonly keepDays?: number
  readonly rebuild?: boolean
  readonly status?: boolean
  readonly format: LogFormat | 'auto'
}

export function indexCommand(cli: Cli): Command {
  return new Command('index')
    .description('Take logs into the index, from where it stopped; a running server does it itself')
    .argument(
      '[files...]',
      'logs to take, rotated and compressed ones too; without: those of this server',
    )
    .option('--db <file>', 'the index; without: trace.db in the data folder')
    .option('--keep-days <days>', 'forget older lines; 0 keeps all; without: log.trace_days', days)
    .option('--rebuild', 'begin with an empty index')
    .option('--status', 'only show what the index has')
    .addOption(formatOption())
    .addHelpText('after', HELP)
    .action((files: string[], options: IndexOptions, command: Command) =>
      index(cli, command, files, options),
    )
}

const HELP = `
A log is known again when it is renamed, compressed, copied or cut, so this can run as often as you
like, and beside the server: no line is taken twice.

  waybill log index /var/log/exim4/mainlog*
  waybill log index --db /tmp/january/trace.db --keep-days 0 mail.log.*.gz
  waybill log trace jane@example.com --data /tmp/january           asks this index`

async function index(
  cli: Cli,
  command: Command,
  files: readonly string[],
  options: IndexOptions,
): Promise<void> {
  const { dataFolder } = configOf(command).config
  const isOwn = options.db === undefined
  const file = options.db ?? join(dataFolder, TRACE_FILE)
  requirePlace(options.db, dataFolder)
  leaveRoot(file, files)
  if (files.length === 0 && !options.status) becomeOwnerOf(dataFolder)
  try {
    if (options.status) showStatus(cli, command, file)
    else await take(cli, command, files, { file, isOwn }, options)
  } catch (error) {
    throw sentenceOf(error, { file, isOwn })
  }
}

/**
 * Whoever owns the folder of the index could lead root anywhere in it, so root writes there as its
 * owner, for good.
 * @throws UsageFault when the owner may not read these logs
 */
function leaveRoot(file: string, files: readonly string[]): void {
  const folder = dirname(file)
  const userId = process.getuid?.()
  becomeOwnerOf(folder)
  if (process.getuid?.() === userId) return
  for (const path of files)
    try {
      accessSync(path, constants.R_OK)
    } catch (error) {
      if (systemCodeOf(error) !== 'EACCES') throw error
      throw new UsageFault(
        `the owner of ${folder}, as whom root writes there, may not read ${path}: ` +
          'let this user read it, or name an index in a folder of root with --db',
      )
    }
}

/** What the disk refuses is no bug of ours. */
function sentenceOf(error: unknown, { file, isOwn }: IndexPlace): unknown {
  const remedy = isOwn
    ? `whatever needs it next moves it to ${file}.damaged and makes it anew, as waybill log index does`
    : 'make it anew, --rebuild'
  if (isDamagedIndex(error))
    return new UsageFault(`the index ${file} is damaged: ${messageOf(error)}; ${remedy}`)
  if (isOwn && error instanceof OtherFile)
    return new UsageFault(`${file} is no index of Waybill, or damaged beyond knowing; ${remedy}`)
  if (storageFaultOf(error) === 'full')
    return new UsageFault(
      `the disk of the index ${file} is full: make room and run it again; ` +
        'what was taken until now is kept',
    )
  return isOutside(error)
    ? new UsageFault(`the index ${file} cannot be used: ${messageOf(error)}`)
    : error
}

async function take(
  cli: Cli,
  command: Command,
  files: readonly string[],
  place: IndexPlace,
  options: IndexOptions,
): Promise<void> {
  const { dataFolder, log } = configOf(command).config
  const { file } = place
  const keepDays = options.keepDays ?? log.traceDays
  const paths = await pathsInOrder(cli, files, options.format)
  const report = (text: string) => cli.errors.write(`waybill: ${text}\n`)
  if (options.rebuild) removeIndex(place, report)
  const result = await withTraceIndex(place, report, async (connection) => {
    const ingest = { ...ingestOptions(cli, keepDays), format: options.format }
    const taken =
      files.length > 0
        ? await ingestFiles(connection, paths, ingest)
        : await ingestFolder(connection, join(dataFolder, 'log'), ingest)
    clearProgress(cli)
    const forgotten = await forgetBefore(connection, keepFrom(keepDays))
    return { ...summaryOf(taken), forgotten: taken.old + forgotten }
  })
  answer(cli, command, { index: file, ...result }, () => say(cli, result, keepDays))
}

function requirePlace(named: string | undefined, dataFolder: string): void {
  if (named !== undefined || existsSync(dataFolder)) return
  throw new UsageFault(
    `there is no data folder ${dataFolder}: name it with --data, or the index with --db`,
  )
}

/** Older logs first. @throws LogFault for a file that is no log, before any is taken */
async function pathsInOrder(
  { input }: Cli,
  files: readonly string[],
  format: LogFormat | 'auto',
): Promise<readonly string[]> {
  if (files.includes(STANDARD_INPUT))
    throw new UsageFault('standard input cannot be indexed: it could not be known again')
  // To look into a FIFO would wait for a writer, and take what it says from who comes next.
  for (const path of files)
    if (existsSync(path) && statSync(path).isFIFO())
      throw new UsageFault(`${path} cannot be indexed: it is not a file`)
  const world = { format, zone: localZone(), nowMs: Date.now(), input, run: runFilter }
  return (await openSources(files, world)).map(({ name }) => name)
}

interface Result extends ReturnType<typeof summaryOf> {
  /** Lines that are too old to be kept. */
  readonly forgotten: number
}

function summaryOf({ files, lines, known, unknown, unfinished, lost }: IngestReport) {
  return { files, lines, known, unknown, unfinished, lost }
}

function say({ out, errors }: Cli, result: Result, keepDays: number): void {
  const { files, lines, known, unknown, unfinished, lost, forgotten } = result
  for (const path of lost)
    errors.write(
      `waybill: what ${path} held before is nowhere beside it; its last lines may be missing\n`,
    )
  const parts = [`${counted(lines, 'line')} taken`, `${known} known already`, `${unknown} unknown`]
  if (unfinished.length > 0) parts.push(`${counted(unfinished.length, 'unfinished line')} waiting`)
  if (forgotten > 0) parts.push(`${forgotten} older than ${counted(keepDays, 'day')} not kept`)
  out.write(`${counted(files, 'file')}: ${parts.join(', ')}\n`)
}

function showStatus(cli: Cli, command: Command, file: string): void {
  if (!existsSync(file)) throw new UsageFault(`there is no index ${file}`)
  const status = readTraceIndex(file, readStatus()) ?? NOTHING
  const sizeOctets = statSync(file).size
  answer(cli, command, { index: file, sizeOctets, ...status }, () =>
    cli.out.write(`${file}: ${wordsOf(status, sizeOctets)}\n`),
  )
}

const NOTHING: IndexStatus = {
  ...{ sources: 0, lines: 0, unknown: 0, octets: 0 },
  ...{ firstMs: null, lastMs: null },
}

function wordsOf(status: IndexStatus, sizeOctets: number): string {
  const { firstMs, lastMs, lines, unknown, octets, sources } = status
  if (firstMs === null || lastMs === null) return 'empty'
  const zone = localZone()
  return (
    `${counted(lines, 'line')} of ${counted(sources, 'log')}, ` +
    `from ${formatTime(firstMs, zone)} to ${formatTime(lastMs, zone)}, ` +
    `${unknown} unknown; ${sizeWords(octets)} in ${sizeWords(sizeOctets)}`
  )
}

function days(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > 36_500)
    throw new InvalidArgumentError('it must be a whole number of days from 0 to 36500.')
  return value
}
