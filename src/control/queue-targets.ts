/** What the writes that steer the queue take, made of messages as they were read. */
import type { MessageId, OwnEvent } from '../journal/event.ts'
import { completedEvent, outcomeEvents } from '../queue/events.ts'
import { leaseOfGroup, type RecipientGroup, recipientGroups } from '../queue/groups.ts'
import type { QueuedMessage } from '../queue/list.ts'
import type { RecipientState } from '../queue/schema.ts'
import type { EndTarget } from '../queue/steer.ts'
import type { Outcome } from '../queue/types.ts'

export const IS_FINAL: { readonly [S in RecipientState]: boolean } = {
  pending: false,
  leased: false,
  delivered: true,
  failed: true,
  cancelled: true,
}

/** An outcome that a person made: no server said it. */
export function ownOutcome(kind: 'failed' | 'cancelled', atMs: number, text: string): Outcome {
  const nobody = { status: null, reply: null, host: null, tls: null, authenticator: null }
  return { kind, atMs, text, ...nobody, deliverTimeMs: null, relaysNotices: false }
}

export interface Ending {
  readonly message: QueuedMessage
  /** Under one reverse-path. */
  readonly group: RecipientGroup
  readonly outcome: Outcome
  /** Who did it. */
  readonly action: OwnEvent
  readonly render: (event: OwnEvent) => string
}

/** Gives recipients of a message back: each has its line, with the router of its own way. */
export function failedTarget({ message, group, outcome, action, render }: Ending): EndTarget {
  const events = recipientGroups(group, ({ destination }) => destination).flatMap((some) => {
    const lease = leaseOfGroup(message, some)
    const failed = lease.recipients.map((recipient) => ({ recipient, outcome, phase: null }))
    return outcomeEvents(lease, failed)
  })
  return {
    queueId: message.queueId,
    numbers: group.map(({ number }) => number),
    outcome,
    lines: [action, ...events].map(render).join(''),
    completedLine: completedLine(message, outcome.atMs, render),
  }
}

export function completedLine(
  message: { readonly messageId: MessageId; readonly arrivedMs: number },
  atMs: number,
  render: (event: OwnEvent) => string,
): string {
  return render(completedEvent(message, atMs))
}
