/** `waybill log search`: the lines of all messages that a text, a sender, a host … is found in. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'

import { Command, Option } from 'commander'

import { octetsOfText } from '../../base/utf8.ts'
import { printable } from '../../journal/exim/escape.ts'
import { journeyOf } from '../../trace/journey.ts'
import { checkPattern, matcherOf, type Pattern } from '../../trace/search/patterns.ts'
import { type Found, type Query, search } from '../../trace/search/search.ts'
import {
  hasFilters,
  type MessageFilters,
  STATUSES,
  type Status,
} from '../../trace/search/filters.ts'
import { type LogInput, STANDARD_INPUT } from '../../trace/source/source.ts'
import { type Cli, commonOptions } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { jsonText } from '../json.ts'
import { paint, type Terminal } from '../table.ts'
import { inputOf, placeWords, withInputOptions } from './inputs.ts'
import { splitWords } from './search-words.ts'
import { isReadOnce } from './spool.ts'

interface SearchOptions {
  readonly file?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly ip?: string
  readonly host?: string
  readonly status?: Status
  readonly regex?: boolean
  readonly raw?: boolean
  readonly related?: boolean
}

export function searchCommand(cli: Cli): Command {
  const command = new Command('search')
    .description('Print every line of the messages that have all patterns, message by message')
    .argument('[words...]', 'patterns, then files; without files: the log of this server')
    .option('-f, --file <path>', 'a log to read; can be given again; - is standard input', addTo)
    .option('--from <address>', 'sent by: an address, @domain, a part of it, or <>')
    .option('--to <address>', 'sent to: an address, @domain or a part of it')
    .option('--ip <address>', 'to or from this IP address, or one that begins so: 192.0.2.')
    .option('--host <name>', 'to or from this host, or one in this domain')
    .addOption(new Option('--status <status>', 'what happened to it').choices(STATUSES))
    .option('--regex', 'patterns are regular expressions, as in JavaScript')
    .option('--raw', 'print only the lines that have a pattern')
    .option('--related', 'also what belongs to them: bounces, steps through filters and instances')
    .addHelpText('after', HELP)
    .action((words: string[], options: SearchOptions) => find(cli, command, words, options))
  return withInputOptions(command)
}

const HELP = `
Patterns are texts, found in any line of a message whatever the case of their letters; with several,
the message must have each. Words at the end that are - or have a slash or name a file that is
there are files, and so is every word after -- that follows a pattern.

  waybill log search bob@example.net /var/log/exim4/mainlog*
  waybill log search --status bounced --to @example.net --since yesterday
  zcat old.gz | waybill log search --regex 'user\\d+@' -

--raw and several patterns: lines that have any of them, of messages that have each.
It ends with 1 when nothing was found.`

function addTo(path: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), path]
}

async function find(
  cli: Cli,
  command: Command,
  words: readonly string[],
  options: SearchOptions,
): Promise<void> {
  const filters = filtersOf(options)
  const split = splitWords(words, afterDashes(command), hasFilters(filters))
  const files = [...split.files, ...(options.file ?? [])]
  if (split.patterns.includes('')) throw new UsageFault('an empty pattern is in every line')
  if (split.patterns.length === 0 && !hasFilters(filters))
    throw new UsageFault('name what to search for: waybill log search bob@example.net')
  const [first = ''] = split.patterns
  if (files.length === 0 && afterDashes(command) === 0 && first.includes('/') && existsSync(first))
    throw new UsageFault(`${first} is a file: name before it what to search for`)
  const isRegex = options.regex === true
  const patterns = split.patterns.map((text) => ({ text, isRegex }))
  for (const pattern of patterns) checkPattern(pattern)
  const isJson = commonOptions(command).json === true
  if (isJson && options.raw === true)
    throw new UsageFault('--raw prints lines and --json messages: give one of them')
  const related = options.related === true
  if (related && files.includes(STANDARD_INPUT)) throw new UsageFault(READ_ONCE)
  const input = await inputOf(cli, command, files)
  if (related && input.sources.some(isReadOnce)) throw new UsageFault(READ_ONCE)
  const print = isJson
    ? jsonPrinter(files.length === 0)
    : linePrinter(cli.out, patterns, options.raw === true)
  const count = await printAll(cli, input, { patterns, filters, related }, print)
  if (count > 0) return
  cli.errors.write(`waybill: nothing found in ${placeWords(files, input)}\n`)
  cli.exit(1)
}

const READ_ONCE = '--related reads a log several times: name files, no pipe'

function filtersOf({ from, to, ip, host, status }: SearchOptions): MessageFilters {
  for (const [name, value] of Object.entries({ from, to, ip, host }))
    if (value === '')
      throw new UsageFault(
        `--${name} needs a value${name === 'from' ? '; <> is the empty sender' : ''}`,
      )
  return {
    from: from ?? null,
    to: to ?? null,
    ip: ip?.replace(/^\[(.*)\]$/, '$1') ?? null,
    host: host ?? null,
    status: status ?? null,
  }
}

/** How many words stood after `--`. Commander keeps no note of it. */
function afterDashes(command: Command): number {
  let root = command
  while (root.parent !== null) root = root.parent
  const { rawArgs } = root as Command & { readonly rawArgs: readonly string[] }
  const at = rawArgs.indexOf('--')
  return at < 0 ? 0 : rawArgs.length - at - 1
}

/** What is printed of it. */
type Print = (found: Found, isFirst: boolean) => string

/** Gives how many were found. Stops early when nobody reads any more. */
async function printAll(cli: Cli, input: LogInput, query: Query, print: Print): Promise<number> {
  let isGone = false
  const leave = () => {
    isGone = true
  }
  // As in `waybill log search x | head`.
  process.stdout.once('error', leave)
  const progress = progressOn(cli.errors)
  let count = 0
  try {
    for await (const some of search(input, query, progress.show)) {
      if (some.length > 0) progress.clear()
      let text = ''
      for (const found of some) text += print(found, count++ === 0)
      if (text !== '') writeLog(cli.out, text)
      // A reader slower than the search must not fill the memory.
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain').catch(leave)
      if (isGone) break
    }
  } finally {
    progress.clear()
    process.stdout.off('error', leave)
  }
  return count
}

/** Lines keep their very octets, also those that are no UTF-8. */
function writeLog(out: Terminal, text: string): void {
  if (out.writeOctets === undefined || text.isWellFormed()) out.write(text)
  else out.writeOctets(octetsOfText(text))
}

/** One journey a line: there may be very many. */
function jsonPrinter(isLive: boolean): Print {
  return ({ id, events }) => {
    const value = id === null ? { id, events } : journeyOf(id, events, isLive)
    return `${jsonText(value)}\n`
  }
}

/** Lines as they stand in the log, a blank line after each message. */
function linePrinter(out: Terminal, patterns: readonly Pattern[], isRaw: boolean): Print {
  const isTerminal = out.columns !== undefined
  const matches = matcherOf(patterns)
  const safe = isTerminal ? printable : (line: string) => line
  const highlight = (line: string) =>
    matches !== null && out.colours ? painted(out, line, matches) : safe(line)
  return ({ id, lines, isComplete }, isFirst) => {
    if (isRaw) {
      const own = matches === null ? lines : lines.filter((line) => line.search(matches) >= 0)
      return own.length === 0 ? '' : `${own.map(highlight).join('\n')}\n`
    }
    const title = isComplete ? '' : `${paint(out, 'yellow', `+++ ${id} has not completed +++`)}\n`
    const shown = isTerminal ? lines.map(highlight) : lines
    return `${isFirst ? '' : '\n'}${title}${shown.join('\n')}\n`
  }
}

/** With what was searched for in colour. */
function painted(out: Terminal, line: string, matches: RegExp): string {
  let text = ''
  let from = 0
  for (const match of line.matchAll(matches)) {
    if (match[0] === '') continue
    text += printable(line.slice(from, match.index)) + paint(out, 'red', printable(match[0]))
    from = match.index + match[0].length
  }
  return text + printable(line.slice(from))
}

/** How far it is, on a terminal, until something is found. */
function progressOn(errors: Terminal): {
  readonly show: ((done: number, total: number) => void) | undefined
  readonly clear: () => void
} {
  if (errors.columns === undefined) return { show: undefined, clear: () => {} }
  const startMs = performance.now()
  let isShown = false
  let isOver = false
  return {
    show(done, total) {
      if (isOver || total === 0 || performance.now() - startMs < QUIET_MS) return
      errors.write(`\rsearching: ${Math.floor((100 * done) / total)} % `)
      isShown = true
    },
    clear() {
      if (isShown) errors.write('\r\x1b[K')
      isShown = false
      isOver = true
    },
  }
}

/** A search that takes no longer needs no progress. */
const QUIET_MS = 700
