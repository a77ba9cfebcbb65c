/** How hard the running server works: memory, the event loop, the writer of its database. */
import { DAY_MS } from '../../base/durations.ts'
import type { Status } from '../../control/commands.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { sampleAt } from '../history.ts'
import { quoted } from '../in-command.ts'
import type { Check, Finding } from '../types.ts'
import { octetsWords } from '../words.ts'
import type { World } from '../world.ts'
import { restartCommand } from './server.ts'

export const memory: Check<World> = {
  id: 'services.memory',
  group: 'services',
  title: 'Memory of the server',
  isNetwork: false,
  explain: ['waybill who', '(memory kept by the server over the last day)'],
  async look(world) {
    const { status, store, clock, loaded } = world
    if (status === null) return [noServer(memory)]
    const { memoryOctets } = status
    const before = store?.run(sampleAt('memory.octets', clock.nowMs() - DAY_MS))?.value
    const grownOctets = before === undefined ? null : memoryOctets - before
    const evidence = [
      `${octetsWords(memoryOctets)} resident`,
      before === undefined
        ? 'how much it was a day ago is not known yet'
        : `a day ago: ${octetsWords(before)}`,
    ]
    const figures = { memoryOctets, grownOctets }
    const wrong = memoryFault(memoryOctets, before, loaded.config.alerts.limits.memoryOctets)
    if (wrong !== null)
      return [warning(memory, { ...wrong, evidence, figures, remedy: await memorySteps(world) })]
    return [ok(memory, `it has ${octetsWords(memoryOctets)}`, evidence, { figures })]
  },
}

function memoryFault(
  nowOctets: number,
  beforeOctets: number | undefined,
  mostOctets: number,
): { readonly summary: string; readonly meaning: string } | null {
  const now = octetsWords(nowOctets)
  if (nowOctets > mostOctets)
    return {
      summary: `the server has ${now} of memory, more than ${octetsWords(mostOctets)} (alerts.limits.memory_size)`,
      meaning:
        'When the machine runs out of memory, the server is ended in the middle of its work. Nothing that it accepted is lost.',
    }
  if (beforeOctets === undefined || nowOctets <= 2 * beforeOctets) return null
  if (nowOctets - beforeOctets <= GROWTH_OCTETS) return null
  return {
    summary: `its memory grew from ${octetsWords(beforeOctets)} to ${now} in a day`,
    meaning:
      'If it goes on like that, the machine runs out of memory some day. Many connections at once would explain it.',
  }
}

export const loop: Check<World> = {
  id: 'services.loop',
  group: 'services',
  title: 'Delay of the event loop',
  isNetwork: false,
  explain: ['(asks the server how late its event loop was in the last minutes)'],
  async look(world) {
    const { status } = world
    if (status === null) return [noServer(loop)]
    const { loopDelay } = status
    if (loopDelay === undefined) return [tooOld(loop)]
    const [p99Ms, maxMs] = [Math.round(loopDelay.p99Ms), Math.round(loopDelay.maxMs)]
    const evidence = [
      `of 100 waits 99 were late by at most ${p99Ms} ms; the longest by ${maxMs} ms, in the last minutes`,
    ]
    const figures = { p99Ms, maxMs }
    if (p99Ms <= LATE_MS && maxMs <= VERY_LATE_MS)
      return [ok(loop, `it is late by at most ${p99Ms} ms`, evidence, { figures })]
    return [
      warning(loop, {
        summary: `the server is slow: what waits for it waits up to ${maxMs} ms longer`,
        evidence,
        figures,
        meaning:
          'Every connection is answered late. Other servers and users may give up when it becomes seconds.',
        remedy: [
          step('See whether the machine is busy with something else', 'top -b -n 1 | head -15'),
          step('See who is connected and what they do', 'waybill who'),
        ],
      }),
    ]
  },
}

export const writer: Check<World> = {
  id: 'services.writer',
  group: 'services',
  title: 'Writes that wait for the disk',
  isNetwork: false,
  explain: ['(asks the server how long its commits take and how many writes wait)'],
  async look(world) {
    const { status } = world
    if (status === null) return [noServer(writer)]
    const { commits } = status
    if (commits === undefined) return [tooOld(writer)]
    const waiting = await leastWaiting(world, status)
    const [p50Ms, p99Ms] = [tenth(commits.p50Ms), tenth(commits.p99Ms)]
    const evidence = [
      commits.count === 0
        ? 'nothing was written since the start'
        : `a commit takes ${p50Ms} ms, 99 of 100 at most ${p99Ms} ms, the longest of late ${tenth(commits.maxMs)} ms`,
      waiting === 1 ? '1 write waits' : `${waiting} writes wait`,
    ]
    const figures = { waiting, p50Ms, p99Ms, commits: commits.count }
    const trouble = { evidence, figures, remedy: diskSteps(world) }
    const meaning =
      'Mail is accepted only once it is safely on the disk, so that everybody who delivers, or files a message, waits for it.'
    if (waiting > MANY_WAITING || p99Ms > STUCK_MS)
      return [failing(writer, { ...trouble, summary: 'the disk cannot follow', meaning })]
    if (p99Ms > SLOW_MS)
      return [
        warning(writer, {
          ...trouble,
          summary: `the disk is slow: up to ${p99Ms} ms for a commit`,
          meaning,
        }),
      ]
    return [ok(writer, evidence[0] ?? '', evidence, { figures })]
  },
}

/** A burst is no lag: what waits now must still wait a little later. */
async function leastWaiting(world: World, { writesWaiting }: Status): Promise<number> {
  if (writesWaiting <= MANY_WAITING) return writesWaiting
  await new Promise((resolve) => {
    world.clock.after(LOOK_AGAIN_MS, () => resolve(undefined))
  })
  return Math.min(writesWaiting, (await world.ask('status', {})).writesWaiting)
}

async function memorySteps(world: World): Promise<Finding['remedy']> {
  return [
    step('See who is connected', 'waybill who'),
    step('Restart the server when few are connected: no mail is lost', await restartCommand(world)),
    step(
      'Allow fewer connections: limits.connection.max_connections',
      'waybill config show limits.connection',
    ),
  ]
}

function diskSteps({ loaded }: World): Finding['remedy'] {
  return [
    step('See what else uses the disk', 'iostat -x 2 5'),
    step('See whether the disk is about to fail', 'dmesg --level=err,warn | tail -20'),
    step(
      'Look at the file system that the data is on',
      `findmnt -T ${quoted(loaded.config.dataFolder)}`,
    ),
  ]
}

function noServer(check: Check<World>): Finding {
  return skipped(check, 'no server runs: see services.running')
}

function tooOld(check: Check<World>): Finding {
  return skipped(
    check,
    'the running server does not measure this: restart it, it is older than this program',
  )
}

function tenth(ms: number): number {
  return Math.round(ms * 10) / 10
}

/** Caches fill in the first days. */
const GROWTH_OCTETS = 300e6
const LATE_MS = 100
const VERY_LATE_MS = 2_000
const SLOW_MS = 250
const STUCK_MS = 2_500
const MANY_WAITING = 500
const LOOK_AGAIN_MS = 1_000
