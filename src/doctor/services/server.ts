/** Is there a server at all, and which. */
import { join } from 'node:path'

import { counted } from '../../base/counted.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { isTrial } from '../places.ts'
import type { Check, Finding, Step } from '../types.ts'
import { durationWords } from '../words.ts'
import type { World } from '../world.ts'
import { type Unit, unitOf, unitWords } from './unit.ts'

export const running: Check<World> = {
  id: 'services.running',
  group: 'services',
  title: 'The server',
  isNetwork: false,
  explain: ['waybill who', 'systemctl show waybill.service'],
  async look(world, signal) {
    const { status, clock } = world
    const unit = await unitOf(world, signal)
    if (status === null) return [await notRunning(world, unit)]
    const { version, processId, startedMs, listeners } = status
    const upMs = clock.nowMs() - startedMs
    const connections = listeners.reduce((sum, each) => sum + each.connections, 0)
    const evidence = [
      `Waybill ${version}, process ${processId}, since ${new Date(startedMs).toISOString()}`,
      `${counted(listeners.length, 'listener')}, ${counted(connections, 'connection')}`,
      ...(unit === null ? [] : [unitWords(unit)]),
    ]
    const figures = { upMs, connections }
    return [ok(running, `it has run for ${durationWords(upMs)}`, evidence, { figures })]
  },
}

export const version: Check<World> = {
  id: 'services.version',
  group: 'services',
  title: 'Version of the server',
  isNetwork: false,
  explain: ['waybill version', 'waybill who'],
  async look(world) {
    const { status, version: installed } = world
    if (status === null)
      return [skipped(version, `no server runs to be compared with this program, ${installed}`)]
    const evidence = [`the server is ${status.version}, this program is ${installed}`]
    if (status.version === installed)
      return [ok(version, `the server is what is installed: ${installed}`, evidence)]
    return [
      warning(version, {
        summary: `the server still is ${status.version}, while ${installed} is installed`,
        evidence,
        meaning:
          'What the new version mends is not mended yet, and what this program says of the server may be wrong.',
        remedy: [step('Restart the server', await restartCommand(world))],
      }),
    ]
  },
}

async function notRunning(world: World, unit: Unit | null): Promise<Finding> {
  const { files, loaded } = world
  const { dataFolder } = loaded.config
  const holder = holderOf(world)
  const evidence = [
    `nobody answers at ${join(dataFolder, 'control')}`,
    ...(unit === null ? ['systemd has no unit waybill.service'] : [unitWords(unit)]),
  ]
  if (holder !== null)
    return failing(running, {
      summary: `a server holds the data folder and does not answer: process ${holder}`,
      evidence: [...evidence, `process ${holder} is named in ${join(dataFolder, 'waybill.pid')}`],
      meaning:
        'If it starts or stops, that takes moments. If it hangs, no mail is taken and none is served.',
      remedy: [
        step('Look again in a minute', 'waybill doctor --only services'),
        ...endSteps(world, unit, holder),
      ],
    })
  const hasData = files.stat(join(dataFolder, 'mail.db')) !== null
  return failing(running, {
    summary: 'no server runs',
    evidence: hasData ? evidence : [...evidence, `${dataFolder} has no mail in it yet`],
    meaning:
      'No mail is taken and none is served. Other servers try again for some days; then their senders get it back.',
    remedy: startSteps(world, unit, hasData),
  })
}

/** What hangs does not hear `waybill stop`; systemd kills it after a while. */
function endSteps(world: World, unit: Unit | null, holder: number): Step[] {
  const still = 'If it still does not answer, end it and start it again'
  return unit !== null && unit.state !== 'inactive'
    ? [step(still, restartOf(world, unit))]
    : [
        step(`${still}; what it accepted is safe`, `kill -KILL ${holder}`),
        ...startSteps(world, unit, true),
      ]
}

function startSteps(world: World, unit: Unit | null, hasData: boolean): Step[] {
  const first = hasData ? [] : [step('Add the first domain', 'waybill domain add example.com')]
  if (isTrial(world)) return [step('Start it', 'waybill dev')]
  if (unit === null) return [...first, step('Start it, as root', 'waybill serve')]
  return [
    ...(unit.result === 'success'
      ? []
      : [step('See why it ended', `journalctl -u ${unit.name} -n 50 --no-pager`)]),
    ...first,
    step('Start it, as root', `systemctl start ${unit.name}`),
  ]
}

/** The process that is named as the folder's holder, when it lives and is another than this one. */
function holderOf({ files, loaded }: World): number | null {
  const file = join(loaded.config.dataFolder, 'waybill.pid')
  if (files.stat(file) === null) return null
  const processId = Number.parseInt(files.read(file, 20).toString('latin1'), 10)
  // Without a server this program itself takes the folder, to ask for accounts.
  if (processId === process.pid) return null
  return processId > 0 && files.stat(`/proc/${processId}`) !== null ? processId : null
}

/** How this server is restarted. */
export async function restartCommand(
  world: World,
  signal = AbortSignal.timeout(5_000),
): Promise<string> {
  return restartOf(world, await unitOf(world, signal))
}

function restartOf(world: World, unit: Unit | null): string {
  if (unit !== null) return `systemctl restart ${unit.name}`
  return isTrial(world) ? 'waybill stop; waybill dev' : 'waybill stop; waybill serve'
}
