/** How much waits for other servers, and whether that is more than usual. */
import { counted } from '../../base/counted.ts'
import { DAY_MS } from '../../base/durations.ts'
import type { SqliteConnection } from '../../db/sqlite.ts'
import { ok, step, warning } from '../findings.ts'
import { sampleAt } from '../history.ts'
import type { Check, Finding, Step } from '../types.ts'
import { durationWords, octetsWords } from '../words.ts'
import { withoutStore } from '../without-store.ts'
import type { World } from '../world.ts'
import { type QueueFigures, queueFigures } from './figures.ts'
import { oldestWaiting } from './store.ts'

export const size: Check<World> = {
  id: 'queue.size',
  group: 'queue',
  title: 'Mail that waits',
  isNetwork: false,
  explain: ['waybill queue summary', '(figures of yesterday and of a week ago)'],
  async look(world, signal) {
    const { store, clock, loaded } = world
    if (store === null) return [withoutStore(size, world)]
    const { queueMessages } = loaded.config.alerts.limits
    const nowMs = clock.nowMs()
    const figures = await queueFigures((steps) => store.run(steps), signal)
    const before = figuresBefore(store, nowMs)
    const evidence = [wordsOf(figures, nowMs), ...beforeWords(before)]
    const numbers = numbersOf(figures, nowMs)
    const usual = Math.max(before.yesterday ?? 0, before.lastWeek ?? 0)
    const common = { evidence, figures: numbers }
    if (figures.messages > Math.max(queueMessages, GROWN * usual))
      return [warning(size, { ...common, ...TOO_MANY, summary: tooMany(figures, usual) })]
    return [ok(size, oneSentence(figures), evidence, { figures: numbers })]
  },
}

export const oldest: Check<World> = {
  id: 'queue.oldest',
  group: 'queue',
  title: 'How long mail waits',
  isNetwork: false,
  explain: ['waybill queue list', '(the oldest message that nobody stopped)'],
  async look(world, signal) {
    const { store, clock, loaded } = world
    if (store === null) return [withoutStore(oldest, world)]
    const nowMs = clock.nowMs()
    const row = store.run(oldestWaiting())
    signal.throwIfAborted()
    if (row === undefined) return [ok(oldest, 'no message waits', ['0 messages that are tried'])]
    const ageMs = Math.max(0, nowMs - row.arrivedMs)
    const evidence = [`${row.messageId} has waited for ${durationWords(ageMs)}`]
    const figures = { oldestMs: ageMs }
    if (ageMs <= loaded.config.alerts.limits.queueAgeMs)
      return [ok(oldest, 'nothing has waited for long', evidence, { figures })]
    return [
      warning(oldest, {
        summary: `mail has waited for ${durationWords(ageMs)}`,
        evidence,
        figures,
        meaning: 'Its sender was told that it waits, and gets it back when it has waited too long.',
        remedy: [
          step('See why it waits, and when it is tried next', `waybill queue why ${row.messageId}`),
          step('See all that it was tried', `waybill log trace ${row.messageId}`),
        ],
      }),
    ]
  },
}

interface Before {
  /** Messages then; null: not known. */
  readonly yesterday: number | null
  readonly lastWeek: number | null
}

function figuresBefore(store: SqliteConnection, nowMs: number): Before {
  const at = (atMs: number) => store.run(sampleAt('queue.messages', atMs))?.value ?? null
  return { yesterday: at(nowMs - DAY_MS), lastWeek: at(nowMs - 7 * DAY_MS) }
}

function wordsOf({ messages, octets, oldestMs, held, frozen }: QueueFigures, nowMs: number) {
  const age = oldestMs === null ? '' : `, the oldest for ${durationWords(nowMs - oldestMs)}`
  return `${counted(messages, 'message')}, ${octetsWords(octets)}${age}; ${held} held, ${frozen} frozen`
}

function beforeWords({ yesterday, lastWeek }: Before): string[] {
  if (yesterday === null && lastWeek === null) return ['no figures of yesterday or last week yet']
  const words = [
    yesterday === null ? [] : [`yesterday ${yesterday}`],
    lastWeek === null ? [] : [`a week ago ${lastWeek}`],
  ]
  return [`at this time: ${words.flat().join(', ')}`]
}

function numbersOf(figures: QueueFigures, nowMs: number): Finding['figures'] {
  const { messages, held, frozen, octets, oldestMs } = figures
  const ageMs = oldestMs === null ? 0 : Math.max(0, nowMs - oldestMs)
  return { messages, held, frozen, octets, oldestMs: ageMs }
}

function tooMany({ messages }: QueueFigures, usual: number): string {
  return usual === 0
    ? `${counted(messages, 'message')} wait for other servers`
    : `${messages} messages wait for other servers, ${Math.floor(messages / usual)} times as many as usual`
}

function oneSentence({ messages }: QueueFigures): string {
  return messages === 0
    ? 'nothing waits for other servers'
    : `${counted(messages, 'message')} wait${messages === 1 ? 's' : ''}`
}

const TOO_MANY: { readonly meaning: string; readonly remedy: readonly Step[] } = {
  meaning: 'A server or a relay does not take our mail, or somebody sends very much of it.',
  remedy: [
    step('See where it is to go, and what the servers there say', 'waybill queue summary'),
    step('See who sends it', 'waybill log stats --only senders'),
  ],
}

/** Times as many as usual. */
const GROWN = 2
