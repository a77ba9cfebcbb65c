import type { QueuedMessage, QueuedRecipient } from './list.ts'
import type { Lease } from './types.ts'

export type RecipientGroup = [QueuedRecipient, ...QueuedRecipient[]]

/** Recipients with the same key, in the order of the first of each. */
export function recipientGroups(
  recipients: readonly QueuedRecipient[],
  keyOf: (recipient: QueuedRecipient) => string,
): RecipientGroup[] {
  const groups = new Map<string, RecipientGroup>()
  for (const recipient of recipients) {
    const group = groups.get(keyOf(recipient))
    if (group === undefined) groups.set(keyOf(recipient), [recipient])
    else group.push(recipient)
  }
  return [...groups.values()]
}

/**
 * What a lease of these recipients of a message would be: for notices and log lines about those that
 * are not leased.
 */
export function leaseOfGroup(message: QueuedMessage, group: RecipientGroup): Lease {
  const [{ destination, reversePath }] = group
  return {
    ...message,
    from: reversePath ?? message.sender,
    destination,
    leasedUntilMs: 0,
    recipients: group.map(({ number, address, parents, notify, original, attempts }) => ({
      ...{ number, address, parents, notify, original, attempts },
    })),
  }
}
