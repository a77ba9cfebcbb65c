/** Mail that waits: how much, since when, and what was frozen. */
import { counted } from '../../base/counted.ts'
import { HOUR_MS } from '../../base/durations.ts'
import { shown } from '../shown.ts'
import { ok, skipped, step, warning } from '../findings.ts'
import type { Finding } from '../types.ts'
import { durationWords } from '../words.ts'
import type { ForeignCheck } from './check.ts'
import type { EximConfig } from './exim.ts'
import type { PostfixConfig } from './postfix.ts'
import type { ForeignWorld } from './world.ts'

const SIZE = {
  id: 'queue.size',
  group: 'queue',
  title: 'Mail that waits',
  isNetwork: false,
} as const

export const queue: ForeignCheck = {
  ...SIZE,
  parts: {
    exim: { explain: ['exim -bpc', 'exim -bp'], look: lookAtExim },
    postfix: { explain: ['postqueue -j'], look: lookAtPostfix },
  },
}

interface Waiting {
  readonly count: number
  readonly oldestMs: number
  readonly frozen: number
  /** Why, the most frequent first. */
  readonly reasons: readonly string[]
  readonly by: string
}

async function lookAtExim(
  { program }: EximConfig,
  { run }: ForeignWorld,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (program === null) return [cannotAsk('exim')]
  const [count, list] = [await run([program, '-bpc'], signal), await run([program, '-bp'], signal)]
  if (count?.status !== 0 || list?.status !== 0 || !/^\d+$/.test(count.out.trim()))
    return [cannotAsk(program)]
  const messages = eximQueue(list.out)
  return judged(
    {
      count: Number(count.out.trim()),
      oldestMs: Math.max(0, ...messages.map(({ ageMs }) => ageMs)),
      frozen: messages.filter(({ isFrozen }) => isFrozen).length,
      reasons: [],
      by: `${program} -bp`,
    },
    { list: `${program} -bp`, frozen: `${program} -bp | grep frozen`, why: `${program} -Mvl ID` },
  )
}

/** `25h  2.9K 1vnYk2-00000000BQ5-1EaB <a@example.com> *** frozen ***`. */
export function eximQueue(text: string): { readonly ageMs: number; readonly isFrozen: boolean }[] {
  return text.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)([smhdw])\s+\S+\s+(\S+)\s+</.exec(line)
    if (found === null) return []
    const ageMs = Number(found[1]) * (UNITS_MS.get(found[2] ?? '') ?? 0)
    return [{ ageMs, isFrozen: line.includes('*** frozen ***') }]
  })
}

async function lookAtPostfix(
  _: PostfixConfig,
  { run, clock }: ForeignWorld,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const said = await run(['postqueue', '-j'], signal)
  const messages = postfixQueue(said?.out ?? '')
  // Of a long queue only the beginning is read, which ends the program: what is there is enough.
  if (said?.status !== 0 && messages.length <= MANY) return [cannotAsk('postqueue')]
  const nowMs = clock.nowMs()
  return judged(
    {
      count: messages.length,
      oldestMs: Math.max(0, ...messages.map(({ arrivedMs }) => nowMs - arrivedMs)),
      frozen: messages.filter(({ isHeld }) => isHeld).length,
      reasons: mostFrequent(messages.flatMap(({ reasons }) => reasons)),
      by: 'postqueue -j',
    },
    { list: 'postqueue -p', frozen: 'postqueue -p', why: 'postcat -q ID' },
  )
}

export interface PostfixMessage {
  readonly arrivedMs: number
  readonly isHeld: boolean
  readonly reasons: readonly string[]
}

/** A line of JSON for each message; a last one that was cut is left out. */
export function postfixQueue(text: string): PostfixMessage[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return []
    try {
      const value: unknown = JSON.parse(line)
      if (typeof value !== 'object' || value === null) return []
      const { queue_name: name, arrival_time: time, recipients } = value as Record<string, unknown>
      const list: unknown[] = Array.isArray(recipients) ? recipients : []
      const reasons = list.flatMap((one) => {
        const reason = (one as { delay_reason?: unknown } | null)?.delay_reason
        return typeof reason === 'string' ? [reason] : []
      })
      return [{ arrivedMs: Number(time) * 1000, isHeld: name === 'hold', reasons }]
    } catch {
      return []
    }
  })
}

interface Commands {
  readonly list: string
  readonly frozen: string
  readonly why: string
}

function judged({ count, oldestMs, frozen, reasons, by }: Waiting, commands: Commands): Finding[] {
  const figures = { messages: count, oldestMs, frozen }
  const oldest = count === 0 ? '' : `, the oldest for ${durationWords(oldestMs)}`
  const evidence = [`${by}: ${counted(count, 'message')}${oldest}, ${frozen} frozen or held`]
  evidence.push(...reasons.slice(0, MOST_REASONS).map((reason) => shown(reason)))
  const troubles: Finding[] = []
  if (frozen > 0)
    troubles.push(
      warning(SIZE, {
        summary: `${counted(frozen, 'message')} ${frozen === 1 ? 'is' : 'are'} frozen or held`,
        evidence,
        figures,
        meaning: 'They are not tried any more: nobody gets them and no sender is told.',
        remedy: [
          step('See which', commands.frozen),
          step('See why, with the id of one', commands.why),
          step('Let them go, or delete them, one by one'),
        ],
      }),
    )
  if (count > MANY || (count > frozen && oldestMs > OLD_MS))
    troubles.push(
      warning(SIZE, {
        summary: `mail waits: ${counted(count, 'message')}${oldest}`,
        evidence,
        figures,
        meaning: 'Something keeps it from leaving. After some days it goes back to the senders.',
        remedy: [step('See what waits and why', commands.list)],
      }),
    )
  if (troubles.length > 0) return troubles
  return [ok(SIZE, count === 0 ? 'nothing waits' : 'what waits is new', evidence, { figures })]
}

function cannotAsk(program: string): Finding {
  return skipped(
    SIZE,
    `the queue cannot be asked for: ${program} does not run here; as root it may`,
  )
}

function mostFrequent(reasons: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([reason, count]) => `${counted(count, 'time')}: ${reason}`)
}

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', HOUR_MS],
  ['d', 24 * HOUR_MS],
  ['w', 7 * 24 * HOUR_MS],
])
const MANY = 50
const OLD_MS = 4 * HOUR_MS
const MOST_REASONS = 3
