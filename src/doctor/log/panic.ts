/** The log of what needs a person: on a healthy server there is none. */
import { join } from 'node:path'

import { counted } from '../../base/counted.ts'
import { DAY_MS } from '../../base/durations.ts'
import { explainEvent } from '../../diagnosis/event-error.ts'
import type { Explanation } from '../../diagnosis/reasons/types.ts'
import { logReader } from '../../journal/reader.ts'
import { linesBackwards } from '../../trace/source/lines.ts'
import { shown } from '../shown.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import type { Check } from '../types.ts'
import { durationWords } from '../words.ts'
import type { World } from '../world.ts'
import { NO_LOG_YET } from './files.ts'
import { putAside } from './put-aside.ts'

export const panic: Check<World> = {
  id: 'log.panic',
  group: 'log',
  title: 'What the server calls for help with',
  isNetwork: false,
  explain: ['tail DATA_FOLDER/log/paniclog'],
  async look(world, signal) {
    const folder = join(world.loaded.config.dataFolder, 'log')
    const path = join(folder, 'paniclog')
    if (world.files.stat(folder) === null)
      return [
        skipped(
          panic,
          world.status === null ? NO_LOG_YET : 'the folder of the log is gone: see log.files',
        ),
      ]
    const size = Number(world.files.stat(path)?.size ?? 0n)
    if (size === 0) return [ok(panic, 'it is empty', [`${path} is not there, or empty`])]
    const calls = await lastCalls(path, world, signal)
    const nowMs = world.clock.nowMs()
    const lastMs = calls[0]?.atMs ?? null
    const isNew = lastMs === null || nowMs - lastMs < DAY_MS
    const ago = lastMs === null ? '' : `, the last ${durationWords(nowMs - lastMs)} ago`
    const explained =
      calls.find(({ explanation }) => explanation?.isKnown === true)?.explanation ?? undefined
    const trouble = {
      summary: `paniclog has ${counted(calls.length, 'line')}${calls.length === MOST_LINES ? ' or more' : ''}${ago}`,
      evidence: [
        ...calls.slice(0, MOST_SHOWN).map(({ text }) => shown(text)),
        ...(explained === undefined ? [] : [`the reason: ${explained.reason.title}`]),
      ],
      figures: { lines: calls.length, lastMs },
      meaning: explained?.reason.meaning ?? 'Something went wrong that the server cannot mend.',
      remedy: [
        ...(explained?.reason.remedy ?? []).map((text) => step(text)),
        step('See what the lines mean', `waybill log explain ${quoted(path)}`),
        step('When it is mended, put the file aside', putAside(path)),
      ],
    }
    return [isNew ? failing(panic, trouble) : warning(panic, trouble)]
  },
}

interface Call {
  readonly atMs: number | null
  readonly text: string
  readonly explanation: Explanation | null
}

/** The last of them, the newest first. */
async function lastCalls(path: string, world: World, signal: AbortSignal): Promise<Call[]> {
  const latestMs = world.clock.nowMs() + DAY_MS
  const reader = logReader({ format: 'exim', zone: world.zone, latestMs, log: 'panic' })
  const calls: Call[] = []
  for await (const text of linesBackwards(path)) {
    signal.throwIfAborted()
    const line = reader.read(text, 0, text.length)
    if (line.type === 'continuation') continue
    calls.push({ atMs: line.atMs, text, explanation: explainEvent(line, 'waybill') })
    if (calls.length === MOST_LINES) break
  }
  return calls
}

const MOST_LINES = 1000
const MOST_SHOWN = 3
