/** `waybill queue why`: what a message waits for, and what would make it go. */
import type { Command } from 'commander'

import type { QueueView } from '../../control/queue-types.ts'
import { printable } from '../../journal/exim/escape.ts'
import { answer, type Cli, withOffice } from '../cli.ts'
import { Explainer, type Row, writeRows } from '../log/explanation.ts'
import { type Forecast, forecasts, nextTryWords } from './forecast.ts'
import { givenUpWords, messageIdOf, timeWords } from './words.ts'

export function addWhy(cli: Cli, queue: Command): void {
  queue
    .command('why')
    .description('Say what a message waits for, when it is tried next, and whether run --now helps')
    .argument('<id>')
    .action((id: string, _options, self: Command) => why(cli, self, id))
}

async function why(cli: Cli, command: Command, text: string): Promise<void> {
  const id = messageIdOf(text)
  const view = await withOffice(command, (office) => office.run('queue.show', { id }))
  const told = forecasts(view)
  answer(cli, command, { id, recipients: told }, () => {
    const explainer = new Explainer(cli.out)
    for (const [index, one] of told.entries()) {
      if (index > 0) cli.out.write('\n')
      writeRows(
        cli.out,
        rowsOf(one, view).map(([label, words]): Row => [label, printable(words)]),
      )
      if (one.explanation !== null) explainer.write(one.explanation)
    }
  })
}

function rowsOf(one: Forecast, { message, nowMs }: QueueView): readonly Row[] {
  const [first, ...more] = one.addresses
  const rest = more.length > 0 ? ` and ${more.length} more` : ''
  return [
    ['For', `${first}${rest}, by ${one.destination}`],
    ['Waits for', one.waitsFor],
    ['Next try', nextTryWords(one, nowMs)],
    ['Run --now', one.runNow],
    ['To do', one.todo],
    ['Given up', givenUpWords(message, nowMs)],
    ...(one.lastTryMs === null ? [] : [['Last try', timeWords(one.lastTryMs, nowMs)] as Row]),
    ...(one.lastError === null ? [] : [['Error', one.lastError] as Row]),
  ]
}
