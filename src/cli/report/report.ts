/** `waybill report`: how the server is, what became of its mail, and what to do next. */
import { Command, Option } from 'commander'

import { figuresOf, type ReportFacts } from '../../report/facts.ts'
import { reportFrom } from '../../report/report.ts'
import type { Report } from '../../report/types.ts'
import { tryAddress } from '../../syntax/address/address.ts'
import { type Cli, commonOptions } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { jsonText } from '../json.ts'
import type { LogFormatChoice } from '../log/inputs.ts'
import { replaceFile } from '../log-stats/output.ts'
import { factsOfLogs } from './facts-of-logs.ts'
import { factsOfServer } from './facts-of-server.ts'
import { htmlOf } from './html.ts'
import { markdownOf } from './markdown.ts'
import { requireRecipient, send } from './send.ts'
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
    .addOption(
      new Option('--since <time>', 'from then on: 24h, 7d, yesterday, "2026-01-08 14:30"').default(
        ...['24h', '24h; with --from-log all of the log'],
      ),
    )
    .option('--until <time>', 'up to then (default: now; with --from-log the end of the log)')
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
  const prepare = async () => {
    if (mail !== undefined) await requireRecipient(command, mail)
  }
  const facts =
    fromLog === undefined
      ? await factsOfServer(cli, command, { ...options, prepare })
      : await factsOfLogs(cli, command, files, { ...options, fromLog })
  const made = reportFrom(facts)
  const queued = mail === undefined ? null : await send(command, mail, made)
  const isPrinted = print(cli, command, made, facts, options)
  // What is printed may be read by a program.
  if (queued !== null) (isPrinted ? cli.errors : cli.out).write(`${queued}\n`)
  // A check that hung may hang on.
  cli.leave?.()
}

/**
 * What is mailed is printed too only where somebody asks for it.
 * @returns whether anything was printed
 */
function print(
  cli: Cli,
  command: Command,
  made: Report,
  facts: ReportFacts,
  { output, mail, format: named }: ReportOptions,
): boolean {
  const isJson = commonOptions(command).json === true
  const format = named ?? (isJson ? 'json' : 'terminal')
  if (output !== undefined) {
    replaceFile(output, textOf(made, facts, format))
    return false
  }
  if (mail !== undefined && named === undefined && !isJson) return false
  if (format === 'terminal') writeReport(cli.out, made)
  else cli.out.write(textOf(made, facts, format))
  return true
}

function textOf(made: Report, facts: ReportFacts, format: Format): string {
  if (format === 'markdown') return markdownOf(made)
  if (format === 'html') return htmlOf(made)
  if (format === 'json') return `${jsonText({ ...made, figures: figuresOf(facts) }, 2)}\n`
  const texts: string[] = []
  writeReport({ write: (text) => void texts.push(text), columns: undefined, colours: false }, made)
  return texts.join('')
}
