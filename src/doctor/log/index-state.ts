/** The index of the log, from which traces are answered: whole, and not behind. */
import { join } from 'node:path'

import { MINUTE_MS } from '../../base/durations.ts'
import { messageOf } from '../../base/faults.ts'
import { one, type Steps } from '../../db/statement.ts'
import { fileByInode } from '../../trace/index/files.ts'
import { readTraceIndex } from '../../trace/index/open.ts'
import { isDamagedIndex } from '../../trace/index/packing.ts'
import { type Content, contentOf, TRACE_FILE } from '../../trace/index/place.ts'
import { ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import type { Check, Finding } from '../types.ts'
import { octetsWords } from '../words.ts'
import type { World } from '../world.ts'

export const index: Check<World> = {
  id: 'log.index',
  group: 'log',
  title: 'The index of the log',
  isNetwork: false,
  explain: ['(what trace.db has taken of mainlog and authlog)'],
  async look(world) {
    const { dataFolder } = world.loaded.config
    const file = join(dataFolder, TRACE_FILE)
    const logs = ['mainlog', 'authlog'].map((name) => join(dataFolder, 'log', name))
    if (logs.every((path) => world.files.stat(path) === null))
      return [skipped(index, 'there is no log in the data folder yet: nothing is to be indexed')]
    try {
      const content = contentOf(file)
      if (content !== 'index') return [notThere(world, file, content)]
      const state = readTraceIndex(file, stateOf(world, logs))
      return [state === null ? notThere(world, file, 'nothing') : said(world, file, state)]
    } catch (error) {
      return [unusable(file, messageOf(error), isDamagedIndex(error))]
    }
  },
}

interface State {
  /** Octets of files that are written to, and not yet in it. */
  readonly behindOctets: number
}

function* stateOf({ files }: World, logs: readonly string[]): Steps<State> {
  let behindOctets = 0
  for (const path of logs) {
    const found = files.stat(path)
    if (found === null) continue
    const row = yield* fileByInode(Number(found.dev), Number(found.ino))
    const taken = row === undefined ? 0 : yield* takenOf(row.sourceId)
    behindOctets += Math.max(0, Number(found.size) - taken)
  }
  return { behindOctets }
}

function* takenOf(sourceId: number): Steps<number> {
  const source = yield* one<{ taken: number }>(
    'SELECT offset_octets AS taken FROM source WHERE id = ?',
    sourceId,
  )
  return source?.taken ?? 0
}

function said({ status }: World, file: string, state: State): Finding {
  const { behindOctets } = state
  const evidence = [`${file}: ${octetsWords(behindOctets)} of the log are not in it yet`]
  const figures = { behindOctets }
  if (behindOctets < MOST_BEHIND_OCTETS || status === null)
    return ok(index, 'the log is indexed', evidence, { figures })
  return warning(index, {
    summary: `the index is behind the log by ${octetsWords(behindOctets)}`,
    evidence,
    figures,
    meaning: 'Traces read the rest from the log itself, and take longer. No mail is concerned.',
    remedy: [
      step('See whether the server tells why', 'journalctl -u waybill -n 50 | grep -i index'),
      step('Bring it up to date', 'waybill log index'),
    ],
  })
}

function notThere({ status, clock }: World, file: string, content: Content): Finding {
  if (content === 'other')
    return warning(index, {
      summary: `${file} is no index`,
      evidence: ['it does not begin as an index of Waybill does'],
      meaning: 'Traces are read from the log itself, and take longer. No mail is concerned.',
      remedy: [
        step(
          'Put it aside: the server makes another',
          `mv ${quoted(file)} ${quoted(`${file}.other`)}`,
        ),
        step('Fill it from the log', 'waybill log index'),
      ],
    })
  if (status === null)
    return skipped(index, 'there is no index yet: a running server makes it, or waybill log index')
  if (clock.nowMs() - status.startedMs < NEW_MS)
    return skipped(index, 'there is no index yet: the server has only just started, and makes it')
  return warning(index, {
    summary: 'the server runs, and has made no index of its log',
    evidence: [`${file} is not there, or empty`],
    meaning: 'Traces are read from the log itself, and take longer. No mail is concerned.',
    remedy: [
      step('See whether the server tells why', 'journalctl -u waybill -n 50 | grep -i index'),
      step('Make it', 'waybill log index'),
    ],
  })
}

function unusable(file: string, why: string, isDamaged: boolean): Finding {
  return warning(index, {
    summary: isDamaged ? 'the index of the log is damaged' : 'the index of the log cannot be used',
    evidence: [`${file}: ${why}`],
    meaning: 'Traces are read from the log itself, and take longer. No mail is concerned.',
    remedy: [
      step('Put it aside and make it again from the log', 'waybill log index'),
      ...(isDamaged ? [step('See whether the disk is well', 'dmesg --level=err,crit')] : []),
    ],
  })
}

/** The server takes what was written every few seconds. */
const MOST_BEHIND_OCTETS = 16_000_000
const NEW_MS = 5 * MINUTE_MS
