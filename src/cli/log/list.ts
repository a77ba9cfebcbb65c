/** `waybill log`: the last messages of this server, one line each. */
import { Command } from 'commander'

import { isMessageId } from '../../journal/message-id.ts'
import { formatTime } from '../../journal/zone.ts'
import { localZone } from '../../local-zone.ts'
import type { Journey } from '../../trace/journey.ts'
import { withoutSecretsIn } from '../../trace/secrets.ts'
import { lastJourneys } from '../../trace/trace.ts'
import { outcomeOf, recipientsOf } from '../../trace/words.ts'
import { answer, type Cli } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { writeTable } from '../table.ts'
import { fateColour } from './colours.ts'
import { count } from './numbers.ts'
import { ownLogFolder, readOwnLog } from './own-log.ts'

/** A command of its own, so that its -n is not that of `tail`. */
export function listCommand(cli: Cli): Command {
  return (
    new Command('list')
      .description(
        'Show what happened to the last messages of this server, newest last (the default)',
      )
      .option('-n, --number <count>', 'how many messages', count, 50)
      // A word that is no command comes here too.
      .allowExcessArguments()
      .action(({ number }: { number: number }, command: Command) => {
        const [word] = command.args
        if (word !== undefined) throw new UsageFault(noSuchCommand(word))
        return list(cli, command, number)
      })
  )
}

function noSuchCommand(word: string): string {
  const begun = `waybill log has no command "${word}"`
  const isId = isMessageId(word) || word.includes('@')
  return isId
    ? `${begun}; for what became of it: waybill log trace ${word}`
    : `${begun}; it has list, search, trace, explain, stats, tail and index`
}

async function list(cli: Cli, command: Command, number: number): Promise<void> {
  const folder = ownLogFolder(command)
  const zone = localZone()
  const journeys = await readOwnLog(folder, () => lastJourneys(folder, number, zone))
  answer(cli, command, withoutSecretsIn(journeys), () => {
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
