/** How often the server started, and whether it had been stopped before. */
import { join } from 'node:path'

import { failing, ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import type { Check, Step } from '../types.ts'
import { timesWords } from '../words.ts'
import type { World } from '../world.ts'
import { type Unit, unitOf } from './unit.ts'

export const restarts: Check<World> = {
  id: 'services.restarts',
  group: 'services',
  title: 'Restarts',
  isNetwork: false,
  explain: ["grep -aE 'Waybill [^ ]+ daemon (started|stopped): ' DATA/log/mainlog"],
  async look(world, signal) {
    const { files, loaded, run } = world
    const log = join(loaded.config.dataFolder, 'log', 'mainlog')
    if ((files.stat(log)?.size ?? 0n) === 0n)
      return [skipped(restarts, `there is no log yet: ${log}`)]
    const found = await run(['grep', '-aE', NOTES, log], signal)
    if (found === null || (found.status ?? 2) > 1)
      return [
        skipped(
          restarts,
          `the log cannot be searched: ${found?.errors.trim() || 'grep is not installed'}`,
        ),
      ]
    const since = files.read(log, 16).toString('latin1')
    const notes = found.out.split('\n').filter((line) => line !== '')
    const starts = notes.filter((line) => line.includes(' daemon started: '))
    // A start after a start: what came between was no stop.
    const crashes = notes.filter(
      (line, index) => isStart(line) && index > 0 && isStart(notes[index - 1]),
    )
    const unit = await unitOf(world, signal)
    const evidence = [
      `since ${since}: started ${timesWords(starts.length)}, ${timesWords(crashes.length)} without a stop before`,
      ...crashes.slice(-3).map(beginningOf),
      ...(unit === null || unit.restarts === 0
        ? []
        : [`systemd started it again ${timesWords(unit.restarts)}`]),
    ]
    const figures = { starts: starts.length, crashes: crashes.length }
    if (crashes.length === 0 && starts.length <= MANY_STARTS)
      return [
        ok(
          restarts,
          `started ${timesWords(starts.length)} since ${since}, each time after an orderly stop`,
          evidence,
          { figures },
        ),
      ]
    const trouble = {
      summary:
        crashes.length === 0
          ? `the server was started ${timesWords(starts.length)} since ${since}`
          : `the server ended ${timesWords(crashes.length)} without having been stopped`,
      evidence,
      figures,
      meaning:
        'Connections were cut in the middle. What had been accepted is not lost; what had not is sent again by others.',
      remedy: stepsAfter(log, unit),
    }
    return [
      crashes.length >= MANY_CRASHES ? failing(restarts, trouble) : warning(restarts, trouble),
    ]
  },
}

function stepsAfter(log: string, unit: Unit | null): readonly Step[] {
  return [
    step(
      'See what it said at its end',
      unit === null
        ? `tail -n 20 ${quoted(log)}`
        : `journalctl -u ${unit.name} --since -1d | tail -50`,
    ),
    step(
      'See whether the system ended it, for want of memory',
      'dmesg | grep -iE "out of memory|killed process"',
    ),
    step('Prove that nothing in the store was damaged', 'waybill check'),
  ]
}

/** Without where it listens. */
function beginningOf(line: string): string {
  return line.split(',', 1)[0] ?? ''
}

function isStart(line: string | undefined): boolean {
  return line?.includes(' daemon started: ') === true
}

/** The whole beginning of the line: a stranger's words cannot look like it. */
const NOTES =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+( [+-][0-9]{4})? Waybill [0-9][^ ]* daemon (started|stopped): pid='
const MANY_STARTS = 10
const MANY_CRASHES = 5
