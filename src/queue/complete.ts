import { change, one, type Steps } from '../db/statement.ts'
import { removeBlobIfUnused } from '../store/blobs.ts'
import { IS_OPEN } from './schema.ts'
import type { QueueId } from './types.ts'

/**
 * Takes a message out of the queue when nobody of it waits any more; part of a larger write.
 * Null: somebody does, or it is gone already. Otherwise the files of its blob, to be deleted after
 * the commit.
 */
export function* completeIfDone(
  queueId: QueueId,
): Steps<{ readonly files: readonly string[] } | null> {
  // From the end: where many recipients are done in their order, those that wait are there.
  const open = yield* one(
    `SELECT 1 FROM queued_recipient WHERE queue_id = ? AND ${IS_OPEN} ORDER BY number DESC LIMIT 1`,
    queueId,
  )
  return open === undefined ? yield* complete(queueId) : null
}

/** Nobody of the message waits any more: it goes, with its recipients. Null: it is gone already. */
export function* complete(queueId: QueueId): Steps<{ readonly files: readonly string[] } | null> {
  yield* change('DELETE FROM queued_recipient WHERE queue_id = ?', queueId)
  const message = yield* one<{ blob_id: number }>(
    'DELETE FROM queued_message WHERE id = ? RETURNING blob_id',
    queueId,
  )
  if (message === undefined) return null
  const file = yield* removeBlobIfUnused(message.blob_id)
  return { files: file === null ? [] : [file] }
}
