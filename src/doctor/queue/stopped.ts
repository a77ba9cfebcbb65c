/** Mail that waits for a person: nothing happens to it until somebody acts. */
import { DAY_MS } from '../../base/durations.ts'
import { ok, step, warning } from '../findings.ts'
import { shown } from '../shown.ts'
import type { Check } from '../types.ts'
import { durationWords } from '../words.ts'
import { withoutStore } from '../without-store.ts'
import type { World } from '../world.ts'
import { queueFigures } from './figures.ts'
import { type StoppedMessage, stoppedMessages } from './store.ts'

export const stopped: Check<World> = {
  id: 'queue.stopped',
  group: 'queue',
  title: 'Mail that waits for a person',
  isNetwork: false,
  explain: ['waybill queue list --frozen', 'waybill queue list --held'],
  async look(world, signal) {
    const { store, clock } = world
    if (store === null) return [withoutStore(stopped, world)]
    const nowMs = clock.nowMs()
    const { held, frozen } = await queueFigures((steps) => store.run(steps), signal)
    const first = store.run(stoppedMessages(MOST_NAMED))
    const evidence = [
      `${frozen} frozen, ${held} held`,
      ...first.map((message) => wordsOf(message, nowMs)),
    ]
    const figures = { held, frozen }
    const common = { evidence, figures, meaning: MEANING }
    if (frozen > 0)
      return [
        warning(stopped, {
          ...common,
          summary: `frozen messages wait for you: ${frozen}`,
          remedy: [
            step('Look at them', 'waybill queue list --frozen'),
            step('Send them again', 'waybill queue thaw --frozen'),
            step('Or give them back to their senders, or throw them away', 'waybill queue --help'),
          ],
        }),
      ]
    if (first.some(({ arrivedMs }) => nowMs - arrivedMs > FORGOTTEN_MS))
      return [
        warning(stopped, {
          ...common,
          summary: `some messages have been held for days: ${held} are held`,
          remedy: [
            step('Look at them', 'waybill queue list --held'),
            step('Let them go', 'waybill queue release --held'),
          ],
        }),
      ]
    const summary = held === 0 ? 'no mail waits for a person' : `messages that are held: ${held}`
    return [ok(stopped, summary, evidence, { figures })]
  },
}

function wordsOf({ messageId, stopped: how, by, arrivedMs }: StoppedMessage, nowMs: number) {
  const who = by === null ? 'by the server' : `by ${shown(by)}`
  return `${messageId}: ${how} ${who}, came ${durationWords(nowMs - arrivedMs)} ago`
}

const MEANING = 'It is not tried, and its sender hears nothing until it has waited too long.'
/** Who holds mail means it; after so long it may be forgotten. */
const FORGOTTEN_MS = 2 * DAY_MS
const MOST_NAMED = 5
