/** What the log says of who steered the queue: Exim's words where Exim has some. */
import type { MessageId, OwnEvent, QueueAction } from '../journal/event.ts'
import type { DestinationName } from '../queue/types.ts'
import type { Deed } from './queue-types.ts'

type Action = Pick<QueueAction, 'action' | 'recipient' | 'text'>

/** The event of a line, at a whole second as all lines are. */
export function steerEvent(
  id: MessageId,
  by: string,
  nowMs: number,
  { action, recipient, text }: Action,
): OwnEvent {
  return { type: 'queueAction', atMs: nowMs - (nowMs % 1000), id, action, recipient, by, text }
}

export function deedAction(deed: Deed, by: string): Action {
  const [action, words] = WORDS[deed]
  return { action, recipient: null, text: `${words} by ${by}` }
}

const WORDS: { readonly [D in Deed]: readonly [QueueAction['action'], string] } = {
  hold: ['held', 'held'],
  release: ['released', 'released'],
  freeze: ['frozen', 'frozen'],
  thaw: ['thawed', 'unfrozen'],
  remove: ['removed', 'removed'],
  bounce: ['cancelled', 'cancelled'],
}

export function rerouteAction(from: DestinationName | null, to: DestinationName, by: string) {
  const text = `moved from ${from ?? 'all destinations'} to ${to} by ${by}`
  return { action: 'requeued', recipient: null, text } as const
}

export function addAction(address: string, by: string): Action {
  return { action: 'changed', recipient: address, text: `recipient <${address}> added by ${by}` }
}

export function dropAction(address: string, by: string): Action {
  const text = `address <${address}> marked delivered by ${by}`
  return { action: 'markedDelivered', recipient: address, text }
}

export function senderAction(sender: string | null, by: string): Action {
  const text = `sender address changed to <${sender ?? ''}> by ${by}`
  return { action: 'changed', recipient: null, text }
}
