/**
 * The long fault campaign: `npm run chaos [-- --cycles 200 --seed 1 --only kill,sync-order]`.
 * Prints one line for each fault and ends with 1 when any promise was broken.
 */
import { parseArgs } from 'node:util'

import { crashEverywhere } from './crash-points.ts'
import { fillDisk, missingTmpfs } from './disk-full.ts'
import { indexKillCycles } from './index-kill.ts'
import { killCycles } from './kill.ts'
import { sendingCampaign } from './sending.ts'
import { missingPeers, receivingCampaign } from './receiving-peer.ts'
import { missingPostfix, peerCampaign } from './sending-peer.ts'
import { startChaosServer } from './server.ts'
import { missingStrace } from './strace.ts'
import { failSync } from './sync-error.ts'
import { SYNC_ORDER_CASES, syncOrderProblem } from './sync-order.ts'
import { isClean } from './verify.ts'

const FAULTS = {
  'sync-order': syncOrder,
  kill,
  'disk-full': diskFull,
  'sync-error': syncError,
  'crash-points': crashPoints,
  'index-kill': indexKill,
  sending,
  'sending-peer': sendingPeer,
  'receiving-peer': receivingPeer,
} as const
type Fault = keyof typeof FAULTS

interface Options {
  readonly cycles: number
  readonly seed: number
  readonly checkEvery: number
  /** Of the faults that take so many messages, not so many seconds. */
  readonly messages: number
}

/** What a fault came to: a line for the report, and what went wrong. */
interface Outcome {
  readonly summary: string
  readonly problems: readonly string[]
}

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'check-every': { type: 'string', default: '1' },
    messages: { type: 'string', default: '10000' },
    only: { type: 'string', default: Object.keys(FAULTS).join(',') },
  },
})
const options: Options = {
  cycles: wholeNumber('cycles', values.cycles),
  seed: wholeNumber('seed', values.seed),
  checkEvery: wholeNumber('check-every', values['check-every']),
  messages: wholeNumber('messages', values.messages),
}
let failed = false
for (const name of values.only.split(',')) {
  if (!isFault(name)) fail(`--only ${name}: there are ${Object.keys(FAULTS).join(', ')}`)
  const { summary, problems } = await FAULTS[name](options)
  print(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}: ${summary}`)
  for (const problem of problems.slice(0, 20)) print(`       ${problem}`)
  failed ||= problems.length > 0
}
process.exitCode = failed ? 1 : 0

async function kill({ cycles, seed, checkEvery }: Options): Promise<Outcome> {
  const report = await killCycles({ cycles, seed, checkEvery, progress: showProgress })
  const { lost, duplicated, altered, log, broken } = report
  return {
    summary:
      `lost ${lost.length}, duplicated ${duplicated.length}, altered ${altered.length}, ` +
      `log ${log.length}; ${report.cycles} kill -9 cycles, ${report.acknowledged} acknowledged of ` +
      `${report.sent} sent, slowest restart ${report.slowestRestartMs.toFixed(0)} ms (seed ${seed})`,
    problems: isClean(report)
      ? broken
      : [
          ...lost.map((id) => `lost: ${id}`),
          ...duplicated.map((id) => `duplicated: ${id}`),
          ...altered.map((id) => `altered: ${id}`),
          ...log.map((text) => `log: ${text}`),
          ...broken,
        ],
  }
}

async function syncOrder(): Promise<Outcome> {
  const missing = missingStrace()
  if (missing !== false) return { summary: `skipped: ${missing}`, problems: [] }
  await using server = await startChaosServer()
  const problems: string[] = []
  for (const one of SYNC_ORDER_CASES) {
    const problem = await syncOrderProblem(server, one)
    if (problem !== null) problems.push(`${one.way}, ${one.large ? 'large' : 'small'}: ${problem}`)
  }
  return { summary: `${SYNC_ORDER_CASES.length} ways in traced`, problems }
}

async function diskFull(): Promise<Outcome> {
  const missing = await missingTmpfs()
  if (missing !== false) return { summary: `skipped: ${missing}`, problems: [] }
  const summaries: string[] = []
  const problems: string[] = []
  for (const guarded of [true, false]) {
    const report = await fillDisk(guarded)
    const refused = [...report.refused].map(([why, count]) => `${count} × ${why}`).join(', ')
    const name = guarded ? 'with the guard' : 'without the guard'
    summaries.push(`${name} ${report.acknowledged} acknowledged, ${refused || 'none refused'}`)
    problems.push(...report.problems.map((problem) => `${name}: ${problem}`))
  }
  return { summary: summaries.join('; '), problems }
}

async function syncError(): Promise<Outcome> {
  const missing = missingStrace()
  if (missing !== false) return { summary: `skipped: ${missing}`, problems: [] }
  const once = await failSync(false)
  const forever = await failSync(true)
  return {
    summary: `acknowledged after a failed sync: ${once.acknowledgedAfter}, ${forever.acknowledgedAfter}`,
    problems: [...once.problems, ...forever.problems],
  }
}

async function crashPoints(): Promise<Outcome> {
  const missing = missingStrace()
  if (missing !== false) return { summary: `skipped: ${missing}`, problems: [] }
  const problems: string[] = []
  const points: string[] = []
  for (const [way, bodyOctets] of [
    ['data', 2000],
    ['data', 300_000],
    ['append', 300_000],
  ] as const) {
    const report = await crashEverywhere(way, bodyOctets, showProgress)
    points.push(`${report.points} in ${way} of ${bodyOctets} octets`)
    problems.push(...report.problems)
  }
  return { summary: `killed at each of ${points.join(', ')}`, problems }
}

async function indexKill({ cycles, seed }: Options): Promise<Outcome> {
  const { lines, rotations, problems } = await indexKillCycles({
    cycles,
    seed,
    progress: showProgress,
  })
  return {
    summary: `${lines} lines, each once in the index, after ${cycles} kill -9 cycles and ${rotations} rotations (seed ${seed})`,
    problems,
  }
}

async function sending({ cycles, seed, messages }: Options): Promise<Outcome> {
  const options = { messages, kills: cycles, seed, progress: showProgress }
  const report = await sendingCampaign(options)
  const { lost, duplicated, log, broken } = report
  return {
    summary:
      `lost ${lost.length}, duplicated ${duplicated.length}, log ${log.length}; ` +
      `${report.acknowledged} acknowledged, ${report.arrived} at the other server, ${report.kills} ` +
      `kill -9 of ours, ${report.outages} outages of theirs; ${report.doubtful} sent again because ` +
      `the 250 was under way when a connection broke (seed ${seed})`,
    problems: [
      ...lost.map((id) => `lost: ${id}`),
      ...duplicated.map((id) => `duplicated: ${id}`),
      ...log.map((text) => `log: ${text}`),
      ...(broken === null ? [] : [broken]),
    ],
  }
}

async function sendingPeer({ cycles, seed, messages }: Options): Promise<Outcome> {
  const missing = await missingPostfix()
  if (missing !== false) return { summary: `skipped: ${missing}`, problems: [] }
  const options = { messages, kills: cycles, seed, progress: showProgress }
  const report = await peerCampaign(options)
  const { lost, log, broken } = report
  return {
    summary:
      `lost ${lost.length}, log ${log.length}; ${report.acknowledged} acknowledged, ` +
      `${report.arrived} delivered by Postfix, ${report.kills} kill -9 of ours, ${report.aborts} ` +
      `aborts of Postfix; ${report.copies} second copies (seed ${seed})`,
    problems: [
      ...lost.map((id) => `lost: ${id}`),
      ...log.map((text) => `log: ${text}`),
      ...(broken === null ? [] : [broken]),
    ],
  }
}

async function receivingPeer({ cycles, seed, messages }: Options): Promise<Outcome> {
  const missing = await missingPeers()
  if (missing !== false) return { summary: `skipped: ${missing}`, problems: [] }
  const summaries: string[] = []
  const problems: string[] = []
  for (const kills of [0, cycles]) {
    const report = await receivingCampaign({ messages, kills, seed, progress: showProgress })
    const { acknowledged, arrived, copies, lost, altered, broken } = report
    summaries.push(
      `${kills} kill -9: lost ${lost.length}, altered ${altered.length}; ${acknowledged} taken by ` +
        `Postfix and Exim, ${arrived} arrived, ${copies} second copies`,
    )
    problems.push(...lost.map((id) => `lost: ${id}`), ...altered.map((id) => `altered: ${id}`))
    if (kills === 0 && copies > 0) problems.push(`${copies} came twice without a crash`)
    if (broken !== null) problems.push(broken)
  }
  return { summary: `${summaries.join('; ')} (seed ${seed})`, problems }
}

function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`)
}

function print(line: string): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  process.stdout.write(`${line}\n`)
}

function isFault(name: string): name is Fault {
  return name in FAULTS
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    fail(`--${name} ${text}: a whole number from 1 on is needed`)
  return number
}

function fail(sentence: string): never {
  process.stderr.write(`chaos: ${sentence}\n`)
  process.exit(2)
}
