/** `waybill report`: how the server is, what became of its mail, and what to do next. */

import { Command, Option } from 'commander'

import { systemClock } from '../../base/clock.ts'
import { counted } from '../../base/counted.ts'
import { printable } from '../../journal/exim/escape.ts'
import type { LogFormat } from '../../journal/reader.ts'
import { figuresOf, type OwnFacts, type ReportFacts } from '../../report/facts.ts'
import { type LogFacts, logFacts } from '../../report/log-facts.ts'
import { ownFacts, REPORT_TOPIC, type Stretch } from '../../report/own-facts.ts'
import { withoutProbes } from '../../report/probes.ts'
import { reportFrom } from '../../report/report.ts'
import type { Report } from '../../report/types.ts'
import { tryAddress } from '../../syntax/address/address.ts'
import type { LogInput } from '../../trace/source/source.ts'
import { type Cli, commonOptions, configOf, withOffice } from '../cli.ts'
import { becomeServerAfterLooking } from '../doctor/as-root.ts'
import { lookAround } from '../doctor/looking.ts'
import { UsageFault } from '../faults.ts'
import { jsonText } from '../json.ts'
import { countAll } from '../log/counting.ts'
import { inputBy, type LogFormatChoice } from '../log/inputs.ts'
import { withSpooled } from '../log/spool.ts'
import { watchServers } from '../log-stats/servers.ts'
import { replaceFile } from '../log-stats/output.ts'
import { operator } from '../queue/steer.ts'
import { htmlOf } from './html.ts'
import { mailOf } from './mail.ts'
import { markdownOf } from './markdown.ts'
import { writeReport } from './terminal.ts'

interface ReportOptions {
  readonly since: string
  readonly until?: string
  readonly format?: Format
  readonly fromLog?: LogFormatChoice
  readonly output?: string
  readonly mail?: string
}

const FORMATS = ['terminal', 'markdown', 'html', 'json'] as const
type Format = (typeof FORMATS)[number]

export function reportCommand(cli: Cli): Command {
  const command = new Command('report')
    .argument('[files...]', 'with --from-log: logs, also packed ones; - is standard input')
    .option('--since <time>', 'from then on: 24h, 7d, yesterday, "2026-01-08 14:30"', '24h')
    .option('--until <time>', 'up to then (default: now)')
    .addOption(new Option('--format <format>', 'how it is written').choices(FORMATS))
    .addOption(
      new Option('--from-log <server>', 'of logs alone, of any server').choices([
        ...['auto', 'exim', 'postfix', 'dovecot'],
      ]),
    )
    .option('-o, --output <file>', 'write there instead of printing')
    .option('--mail <address>', 'send it there, as text and as a page')
    .addHelpText(
      'after',
      `
Examples:
  waybill report
  waybill report --since 7d --format html -o week.html
  waybill report --mail postmaster@example.com
  waybill report --format markdown --from-log exim /var/log/exim4/mainlog`,
    )
    .action((files: string[], options: ReportOptions) => report(cli, command, files, options))
  return command
}

async function report(
  cli: Cli,
  command: Command,
  files: readonly string[],
  options: ReportOptions,
): Promise<void> {
  const { fromLog, mail } = options
  if (fromLog === undefined && files.length > 0)
    throw new UsageFault('to report of files, say whose logs they are: --from-log exim, or auto')
  if (fromLog !== undefined && files.length === 0)
    throw new UsageFault('--from-log needs the files: waybill report --from-log exim mainlog')
  if (commonOptions(command).json === true && (options.format ?? 'json') !== 'json')
    throw new UsageFault(`--json and --format ${options.format}: give one of them`)
  if (mail !== undefined && tryAddress(mail) === null)
    throw new UsageFault(`--mail ${JSON.stringify(mail)} is not an address`)
  const facts =
    fromLog === undefined
      ? await factsOfServer(cli, command, options)
      : await factsOfLogs(cli, command, files, { ...options, fromLog })
  const made = reportFrom(facts)
  if (mail !== undefined) await send(cli, command, mail, made)
  print(cli, command, made, facts, options)
  // A check that hung may hang on.
  cli.leave?.()
}

/** What is mailed is printed too only where somebody asks for it. */
function print(
  cli: Cli,
  command: Command,
  made: Report,
  facts: ReportFacts,
  { output, mail, format: named }: ReportOptions,
): void {
  const isJson = commonOptions(command).json === true
  const format = named ?? (isJson ? 'json' : 'terminal')
  if (output !== undefined) replaceFile(output, textOf(made, facts, format))
  else if (mail !== undefined && named === undefined && !isJson) return
  else if (format === 'terminal') writeReport(cli.out, made)
  else cli.out.write(textOf(made, facts, format))
}

/** From the postmaster of this server, through its queue. */
async function send(cli: Cli, command: Command, to: string, made: Report): Promise<void> {
  const { config } = configOf(command)
  const { submit } = await import('../sendmail/submit.ts')
  await withOffice(command, async (office) => {
    const { id } = await submit(office, config.dataFolder, mailOf(made, to, systemClock.nowMs()), {
      ...{ from: 'postmaster', fullName: 'Waybill', recipients: [to], user: operator() },
      ...{ needsFrom: true, needsMessageId: true, notify: null, ret: null, envelopeId: null },
    })
    // Of cron, what is printed would be one mail more.
    if (cli.out.columns !== undefined) cli.out.write(`The report goes to ${printable(to)}: ${id}\n`)
  })
}

async function factsOfServer(
  cli: Cli,
  command: Command,
  { since, until }: ReportOptions,
): Promise<ReportFacts> {
  const loaded = configOf(command)
  const { OWN_CHECKS } = await import('../../doctor/own-checks.ts')
  const { openWorld } = await import('../../doctor-world.ts')
  const asRoot = await becomeServerAfterLooking(loaded)
  await using world = await openWorld(loaded, { asRoot })
  const asked = until === undefined ? { since } : { since, until }
  // Before the doctor looks: that leaves lines of its own.
  const input = withoutProbes(await inputBy(cli, command, [], { format: 'exim', ...asked }))
  const stretch = stretchOf(input)
  const log = await logFacts(input, await countAll(input), { zone: input.zone, server: 'waybill' })
  const { findings } = await lookAround(cli, OWN_CHECKS, world, systemClock.monotonicMs())
  const own: OwnFacts = await ownFacts(world, findings, stretch)
  const facts = { host: loaded.config.hostName, zone: input.zone, ...stretch, log, own }
  if (until === undefined && world.store !== null)
    await world.ask('remember', { topic: REPORT_TOPIC, value: { ...figuresOf(facts) } })
  return facts
}

async function factsOfLogs(
  cli: Cli,
  command: Command,
  files: readonly string[],
  { since, until, fromLog }: ReportOptions & { readonly fromLog: LogFormatChoice },
): Promise<ReportFacts> {
  // Of a log that was given, all is meant, but for what is asked for.
  const isAsked = command.getOptionValueSource('since') !== 'default'
  const input = await inputBy(cli, command, files, {
    format: fromLog,
    ...(isAsked ? { since } : {}),
    ...(until === undefined ? {} : { until }),
  })
  return await withSpooled(input, async (again) => await factsOfInput(again, fromLog))
}

/** Reads it twice: first what is counted, then its messages. */
/** Praise of a log that nobody understood would be worse than none. @throws UsageFault */
function requireKnownLines(
  { sources }: LogInput,
  { statistics: { totals } }: LogFacts,
  fromLog: LogFormatChoice,
): void {
  const strange = totals.unknownLines + totals.otherLines
  if (totals.lines === 0 || strange < totals.lines) return
  const names = sources.map(({ name }) => name).join(', ')
  const [whose, hint] =
    fromLog === 'auto' ? ['a mail server', ''] : [fromLog, '; try --from-log auto']
  throw new UsageFault(`no line of ${names} is one of ${whose}’s log${hint}`)
}

async function factsOfInput(input: LogInput, fromLog: LogFormatChoice): Promise<ReportFacts> {
  const watched = watchServers(input)
  const statistics = await countAll(watched.input)
  const server = fromLog === 'auto' ? onlyOne(await watched.seen) : fromLog
  const log = await logFacts(input, statistics, { zone: input.zone, server })
  requireKnownLines(input, log, fromLog)
  const { firstMs, lastMs } = log.statistics
  const nowMs = systemClock.nowMs()
  const sinceMs = input.sinceMs ?? firstMs ?? nowMs
  const untilMs = input.untilMs ?? lastMs ?? Math.max(nowMs, sinceMs)
  const [first = 'a log', ...more] = input.sources.map(({ name }) => name)
  const host = more.length === 0 ? first : `${first} and ${counted(more.length, 'other log')}`
  return { host, zone: input.zone, sinceMs, untilMs, log, own: null }
}

/** Dovecot beside another has its mailboxes: what is said of mail is the other's. Null: nobody knows. */
function onlyOne(seen: ReadonlySet<LogFormat>): LogFormat | null {
  if (seen.size === 1) return [...seen][0] ?? null
  const [mail, ...more] = [...seen].filter((one) => one !== 'dovecot')
  return mail === undefined || more.length > 0 ? null : mail
}

function stretchOf({ sinceMs, untilMs }: LogInput): Stretch {
  const nowMs = systemClock.nowMs()
  return { sinceMs: sinceMs ?? nowMs, untilMs: untilMs ?? nowMs }
}

function textOf(made: Report, facts: ReportFacts, format: Format): string {
  if (format === 'markdown') return markdownOf(made)
  if (format === 'html') return htmlOf(made)
  if (format === 'json') return `${jsonText({ ...made, figures: figuresOf(facts) }, 2)}\n`
  const texts: string[] = []
  writeReport({ write: (text) => void texts.push(text), columns: undefined, colours: false }, made)
  return texts.join('')
}
