import { change, type Steps } from '../db/statement.ts'
import { noteDue } from './destinations.ts'
import type { NewQueued, NewRecipient, QueueId } from './types.ts'

/**
 * Puts a message in the queue, due at once. Part of the write that accepts it, so that it is there
 * when the sender hears 250, together with its local copies and log lines.
 * @throws Error without recipients: nobody would ever complete it
 */
export function* enqueue(message: NewQueued, blobId: number): Steps<QueueId> {
  if (message.recipients.length === 0) throw new Error('a message for nobody in the queue')
  const { lastId } = yield* change(
    `INSERT INTO queued_message (message_id, blob_id, prefix, size_octets, sender, login, eight_bit,
       smtputf8, require_tls, ret, envelope_id, arrived_ms, expires_ms, delay_notice_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[message.messageId, blobId, message.prefix, message.sizeOctets, message.sender],
    ...[message.login, Number(message.eightBit), Number(message.smtputf8)],
    ...[Number(message.requireTls), message.ret, message.envelopeId, message.arrivedMs],
    ...[message.expiresMs, message.delayNoticeMs],
  )
  const id = lastId as QueueId
  yield* addRecipients(id, message.recipients, { firstNumber: 1, dueMs: message.arrivedMs })
  for (const name of new Set(message.recipients.map(({ destination }) => destination)))
    yield* noteDue(name, message.arrivedMs)
  return id
}

/** Rows of recipients alone; their destinations are the caller's. Null: they have no time yet. */
export function* addRecipients(
  queueId: QueueId,
  recipients: readonly NewRecipient[],
  { firstNumber, dueMs }: { readonly firstNumber: number; readonly dueMs: number | null },
): Steps<void> {
  for (const [index, recipient] of recipients.entries())
    yield* change(
      `INSERT INTO queued_recipient (queue_id, number, address, parents, reverse_path, notify,
         original, destination, in_name_of, state, due_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?)`,
      ...[queueId, firstNumber + index, recipient.address, JSON.stringify(recipient.parents)],
      ...[recipient.reversePath, recipient.notify, recipient.original],
      ...[recipient.destination, recipient.inNameOf, dueMs],
    )
}
