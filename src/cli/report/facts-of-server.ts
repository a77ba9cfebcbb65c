/** What a report on this server is made of: its log, what it knows, and what the doctor finds. */
import type { Command } from 'commander'

import { systemClock } from '../../base/clock.ts'
import { figuresOf, type OwnFacts, type ReportFacts } from '../../report/facts.ts'
import { logFacts } from '../../report/log-facts.ts'
import { ifAnswered, ownFacts, REPORT_TOPIC, type Stretch } from '../../report/own-facts.ts'
import { reasonsHere } from '../../report/reasons-here.ts'
import type { LogInput } from '../../trace/source/source.ts'
import { type Cli, configOf } from '../cli.ts'
import { becomeServerAfterLooking } from '../doctor/as-root.ts'
import { lookAround } from '../doctor/looking.ts'
import { countAll } from '../log/counting.ts'
import { inputBy } from '../log/inputs.ts'

export interface ServerWishes {
  readonly since: string
  readonly until?: string
  /** Done as the server's user, before anything that takes long; it throws when all is in vain. */
  readonly prepare: () => Promise<void>
}

export async function factsOfServer(
  cli: Cli,
  command: Command,
  { since, until, prepare }: ServerWishes,
): Promise<ReportFacts> {
  const loaded = configOf(command)
  const { OWN_CHECKS } = await import('../../doctor/own-checks.ts')
  const { openWorld } = await import('../../doctor-world.ts')
  const asRoot = await becomeServerAfterLooking(loaded)
  await prepare()
  await using world = await openWorld(loaded, { asRoot })
  const asked = until === undefined ? { since } : { since, until }
  // Before the doctor looks: that leaves lines of its own.
  const input = await inputBy(cli, command, [], { format: 'exim', ...asked })
  const stretch = stretchOf(input)
  const said = await logFacts(input, await countAll(input), { zone: input.zone, server: 'waybill' })
  const { findings } = await lookAround(cli, OWN_CHECKS, world, systemClock.monotonicMs())
  const own: OwnFacts = await ownFacts(world, findings, stretch)
  const log = reasonsHere(said, own)
  const facts = { host: loaded.config.hostName, zone: input.zone, ...stretch, log, own }
  if (until === undefined && world.store !== null)
    await ifAnswered(world.ask('remember', { topic: REPORT_TOPIC, value: { ...figuresOf(facts) } }))
  return facts
}

function stretchOf({ sinceMs, untilMs }: LogInput): Stretch {
  const nowMs = systemClock.nowMs()
  return { sinceMs: sinceMs ?? nowMs, untilMs: untilMs ?? nowMs }
}
