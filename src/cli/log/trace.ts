/** `waybill log trace`: the story of one message, or of the last ones of an address. */
import { Command } from 'commander'

import { counted } from '../../base/counted.ts'
import { explainEvent } from '../../diagnosis/event-error.ts'
import type { Event, MessageId, Unknown } from '../../journal/event.ts'
import { printable } from '../../journal/exim/escape.ts'
import { type FoundJourneys, findJourneys, MOST_LOOSE } from '../../trace/find.ts'
import type { Journey } from '../../trace/journey.ts'
import type { LogInput } from '../../trace/source/source.ts'
import { withoutSecretsIn } from '../../trace/secrets.ts'
import { answer, type Cli } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { paint } from '../table.ts'
import { inputOf, placeWords, withInputOptions } from './inputs.ts'
import { Explainer } from './explanation.ts'
import { count } from './numbers.ts'
import { withSpooled } from './spool.ts'
import { serverIn, troublesOf, writeSteps, writeStory } from './story.ts'

export function traceCommand(cli: Cli): Command {
  const command = new Command('trace')
    .description('Tell the story of one message, or of the last ones of an address')
    .argument('<id>', 'an id of the log, a Message-ID, or an address')
    .argument('[files...]', 'logs to read; without: those of this server')
    .option('-n, --number <count>', 'of an address, how many of the last messages', count, 5)
    .addHelpText('after', HELP)
    .action((wanted: string, files: string[], { number }: { number: number }) =>
      trace(cli, command, { wanted, files, number }),
    )
  return withInputOptions(command)
}

const HELP = `
With --since, of an address, only messages to which something happened since then; each is told
from its beginning. With --until, nothing later is told, and a story that goes on says so.

  waybill log trace 1vnYk2-00000000BQ5-1EaB /var/log/exim4/mainlog*
  waybill log trace jane@example.com --since yesterday /var/log/mail.log*`

interface TraceArgs {
  readonly wanted: string
  readonly files: readonly string[]
  readonly number: number
}

async function trace(cli: Cli, command: Command, args: TraceArgs): Promise<void> {
  const { wanted, files, number } = args
  if (wanted.trim() === '') throw new UsageFault('name a message id, a Message-ID or an address')
  const input = await inputOf(cli, command, files)
  const isLive = files.length === 0
  const found = await withSpooled(input, async (again) =>
    findJourneys(again, { wanted, most: number, isLive }),
  )
  if (found.journeys.length === 0 && found.loose.length === 0) {
    const where = placeWords(files, input)
    cli.errors.write(`waybill: nothing in ${where} is about ${printable(wanted)}\n`)
    return cli.exit(1)
  }
  const messages = found.journeys.map((journey) =>
    withTroubles(journey, found.cut.has(journey), isLive),
  )
  const told = { messages, lines: found.loose.map((event) => withReason(event, isLive)) }
  answer(cli, command, told, () => say(cli, found, input, isLive))
}

function withReason(event: Event | Unknown, isLive: boolean): object {
  return { event, explanation: explainEvent(event, isLive ? 'waybill' : null) }
}

/** With `--json` the explanations stand beside the journey; of passwords nothing is shown there either. */
function withTroubles(journey: Journey, isCut: boolean, isLive: boolean): object {
  const troubles = troublesOf(journey, serverIn(journey, isLive))
  return withoutSecretsIn({ ...journey, isCut, troubles })
}

function say(
  { out }: Cli,
  found: FoundJourneys,
  { zone, untilMs }: LogInput,
  isLive: boolean,
): void {
  const { journeys, ids, cut, loose, leftOut } = found
  if (leftOut > 0)
    out.write(
      `${counted(leftOut, 'older message')} left out; -n shows more, and log search all.\n\n`,
    )
  const explainer = new Explainer(out)
  for (const [index, journey] of inOrder(journeys, ids).entries()) {
    if (index > 0) out.write('\n')
    const cutMs = cut.has(journey) ? untilMs : null
    writeStory(out, journey, { zone, cutMs, isLive }, explainer)
  }
  if (loose.length === 0) return
  if (journeys.length > 0) out.write('\n')
  out.write(`${paint(out, 'bold', 'Refused, logins, and other lines of no message')}\n`)
  if (loose.length === MOST_LOOSE) out.write(`(the last ${MOST_LOOSE}; log search has all)\n`)
  writeSteps(out, loose, zone)
  const reasons = new Map(
    loose.flatMap((event) => {
      const explanation = explainEvent(event, isLive ? 'waybill' : null)
      return explanation === null ? [] : [[explanation.reason.id, explanation] as const]
    }),
  )
  for (const explanation of reasons.values()) {
    out.write('\n')
    explainer.write(explanation)
  }
}

/** What was asked for, each with its relatives after it. */
function inOrder(journeys: readonly Journey[], ids: ReadonlySet<MessageId>): readonly Journey[] {
  const ordered = new Set<Journey>()
  for (const journey of journeys.filter((one) => one.ids.some((id) => ids.has(id)))) {
    ordered.add(journey)
    for (const { id } of journey.relatives)
      for (const relative of journeys) if (relative.ids.includes(id)) ordered.add(relative)
  }
  for (const journey of journeys) ordered.add(journey)
  return [...ordered]
}
