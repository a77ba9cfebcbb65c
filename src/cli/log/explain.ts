/** `waybill log explain`: what a line, a log or a bounce says, why, and what to do. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'

import { Command } from 'commander'

import { DAY_MS } from '../../base/durations.ts'
import { systemReason } from '../../base/faults.ts'
import { textOfOctets } from '../../base/utf8.ts'
import { explainLine, type LineExplanation } from '../../diagnosis/lines/explain-line.ts'
import { ErrorSummary } from '../../diagnosis/summary.ts'
import { lineEnd } from '../../journal/line-end.ts'
import { isMessageId } from '../../journal/message-id.ts'
import { logReader } from '../../journal/reader.ts'
import { localZone } from '../../local-zone.ts'
import { readReport } from '../../syntax/dsn/report.ts'
import { isInTime, readerOf } from '../../trace/source/reading.ts'
import { type LogInput, STANDARD_INPUT } from '../../trace/source/source.ts'
import { compressionOf } from '../../trace/source/unpack.ts'
import { answer, type Cli } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { writeBounce, bounceOf } from './bounce.ts'
import { Explainer } from './explanation.ts'
import { inputOf, type LogFormatChoice, withInputOptions } from './inputs.ts'
import { writeErrors } from './errors.ts'
import { writeHanging, writeWrapped } from './wrap.ts'

export function explainCommand(cli: Cli): Command {
  const command = new Command('explain')
    .description('Say what a line of a log means, field by field, and why an error came')
    .argument('[what...]', 'lines, error texts, log files, bounce messages; - is standard input')
    .addHelpText('after', EXAMPLES)
    .action((what: string[]) => explain(cli, command, what))
  return withInputOptions(command)
}

const EXAMPLES = `
Examples:
  waybill log explain '550 5.7.26 This mail has been blocked because the sender is unauthenticated'
  waybill log explain '2026-11-20 09:00:06 1vnYk2-00000000BQ5-1EaB == bob@example.net R=dnslookup T=remote_smtp defer (-44) H=mx.example.net [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<bob@example.net>: 451 4.7.1 Greylisting in action'
  waybill log explain /var/log/exim4/mainlog       each kind of error once, with its remedy
  waybill log explain bounce.eml                   what a bounce means, for each recipient
`

async function explain(cli: Cli, command: Command, what: readonly string[]): Promise<void> {
  const args = what.length > 0 ? joined(what) : [STANDARD_INPUT]
  if (what.length === 0 && cli.input.isTTY)
    throw new UsageFault(
      'there is nothing to explain: give a line in quotes, a file, or - and the lines',
    )
  for (const [index, arg] of args.entries()) {
    if (index > 0) cli.out.write('\n')
    if (arg === STANDARD_INPUT || isFile(arg)) await explainFile(cli, command, arg)
    else if (looksLikeFile(arg)) throw new UsageFault(`there is no file ${arg}`)
    else if (isMessageId(arg))
      throw new UsageFault(`${arg} is a message: what became of it says waybill log trace ${arg}`)
    else explainLines(cli, command, linesOf(Buffer.from(arg)))
  }
}

/** A line that the shell cut at its spaces is one line again. */
function joined(what: readonly string[]): readonly string[] {
  const isCut =
    what.length > 1 &&
    what.every((arg) => arg !== STANDARD_INPUT && !isFile(arg) && !arg.includes(' '))
  return isCut ? [what.join(' ')] : what
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    // Too long for a name, or with an octet that no name has: a line.
    return false
  }
}

/** One word with a slash, or with the ending of a log or a mail. */
function looksLikeFile(arg: string): boolean {
  return !/\s/.test(arg) && (arg.startsWith('/') || arg.startsWith('./') || FILE_ENDING.test(arg))
}

const FILE_ENDING = /\.(?:log|eml|txt|gz|xz|zst|bz2)$/

function explainLines(cli: Cli, command: Command, lines: readonly string[]): void {
  const { format } = command.opts<{ format: LogFormatChoice }>()
  const latestMs = Date.now() + DAY_MS
  const reader = logReader({ format, zone: localZone(), latestMs, log: 'main' })
  if (lines.length === 0) {
    cli.errors.write('waybill: there is nothing in it to explain\n')
    cli.exit(1)
    return
  }
  const explanations = lines.map((line) => explainLine(line, reader))
  if (explanations.every(({ server, error }) => server === null && error === null)) cli.exit(1)
  answer(cli, command, explanations, () => {
    const explainer = new Explainer(cli.out)
    for (const [index, explanation] of explanations.entries()) {
      if (index > 0) cli.out.write('\n')
      sayLine(cli, explanation, explainer)
    }
  })
}

function sayLine(
  { out }: Cli,
  { line, summary, fields, error }: LineExplanation,
  explainer: Explainer,
): void {
  writeHanging(out, '', line, { text: 'dim' })
  writeHanging(out, '', summary, { text: 'bold' })
  if (fields.length > 0) {
    out.write('\n')
    writeWrapped(
      [
        { heading: 'Field', of: ({ name }) => name, colour: () => 'bold' as const },
        { heading: 'Value', of: ({ value }) => value },
        { heading: 'Meaning', of: ({ meaning }) => meaning },
      ],
      fields,
      out,
    )
  }
  if (error === null) return
  out.write('\n')
  explainer.write(error)
}

/** A bounce, a few lines, or a log: its first octets tell. */
async function explainFile(cli: Cli, command: Command, path: string): Promise<void> {
  const isInput = path === STANDARD_INPUT
  const start = isInput ? await startOfInput(cli) : { head: startOfFile(path), rest: null }
  const report = readReport(start.head)
  if (report.kind !== 'none') {
    const bounce = bounceOf(report)
    return answer(cli, command, bounce, () => writeBounce(cli.out, bounce))
  }
  const isWhole = start.head.length < START_OCTETS
  const lines = isWhole && isText(start.head) ? linesOf(start.head) : null
  if (lines?.length === 0)
    throw new UsageFault(`${nameOf(path)} is empty: there is nothing to explain`)
  if (lines !== null && lines.length <= FEW_LINES) return explainLines(cli, command, lines)
  const input = await inputOf(cli, command, [path], start.rest ?? undefined)
  const summary = await summaryOf(input)
  answer(cli, command, { lines: summary.lines, errors: summary.groups() }, () =>
    writeErrors(cli.out, summary, input.zone),
  )
}

function nameOf(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path
}

/** More lines than these are a log: then each reason is explained once. */
const FEW_LINES = 10
/** As much of a file as a bounce may have, and more than a few lines. */
const START_OCTETS = 1024 * 1024

function linesOf(octets: Uint8Array): readonly string[] {
  return textOfOctets(Buffer.from(octets))
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
}

/** Neither a compressed file nor another program's. */
function isText(octets: Uint8Array): boolean {
  return compressionOf(octets) === null && !octets.subarray(0, 512).includes(0)
}

function startOfFile(path: string): Uint8Array {
  try {
    if (statSync(path).isDirectory()) throw new UsageFault(`${path} is a folder; name a file in it`)
    if (!statSync(path).isFile())
      throw new UsageFault(`${path} is no file; give its content by standard input, with -`)
    const file = openSync(path, 'r')
    try {
      const octets = Buffer.alloc(START_OCTETS)
      return octets.subarray(0, readSync(file, octets, 0, octets.length, 0))
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (error instanceof UsageFault) throw error
    throw new UsageFault(`${path} cannot be read: ${systemReason(error)}`)
  }
}

/** The first octets of standard input, and all of it, from the first octet on. */
async function startOfInput({
  input,
}: Cli): Promise<{ head: Uint8Array; rest: AsyncIterable<Uint8Array> }> {
  const chunks: Uint8Array[] = []
  const more = (input as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  let count = 0
  while (count < START_OCTETS) {
    const { value, done } = await more.next()
    if (done) break
    const chunk = typeof value === 'string' ? Buffer.from(value) : value
    chunks.push(chunk)
    count += chunk.length
  }
  const head = Buffer.concat(chunks)
  return { head: head.subarray(0, START_OCTETS), rest: whole() }

  async function* whole(): AsyncGenerator<Uint8Array> {
    yield head
    for (let next = await more.next(); !next.done; next = await more.next()) yield next.value
  }
}

async function summaryOf(input: LogInput): Promise<ErrorSummary> {
  const summary = new ErrorSummary()
  for (const source of input.sources) {
    const reader = readerOf(input, source)
    for await (const text of source.texts())
      for (let from = 0; from < text.length; ) {
        const end = lineEnd(text, from)
        const line = reader.read(text, from, end)
        const start = from
        from = end + 1
        if (line.type !== 'continuation' && isInTime(input, line.atMs))
          summary.add(line, () => text.slice(start, end))
      }
  }
  return summary
}
