import { change, one, type Steps } from '../db/statement.ts'

/** A message's octets on their way into the database; see {@link insertBlob}. */
export interface NewBlob {
  /** SHA-256, 32 octets. */
  readonly hash: Uint8Array
  readonly sizeOctets: number
  readonly createdMs: number
  /** The skeleton as `encodeSkeleton` writes it. */
  readonly skeleton: string
  /** Exactly one of the two: the octets, or the name of a file that is already synced. */
  readonly octets: Uint8Array | null
  readonly file: string | null
}

/** Adds a blob. Its messages must be added in the same write (I4). */
export function* insertBlob(blob: NewBlob): Steps<number> {
  const { lastId } = yield* change(
    `INSERT INTO blob (hash, size_octets, created_ms, file, skeleton, octets)
     VALUES (?, ?, ?, ?, ?, ?)`,
    blob.hash,
    blob.sizeOctets,
    blob.createdMs,
    blob.file,
    blob.skeleton,
    blob.octets,
  )
  return lastId
}

/**
 * Removes a blob that no message and nothing in the queue refers to. Returns its file, which may be
 * deleted after commit.
 */
export function* removeBlobIfUnused(id: number): Steps<string | null> {
  const row = yield* one<{ file: string | null }>(
    `DELETE FROM blob WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM message WHERE blob_id = ?1)
       AND NOT EXISTS (SELECT 1 FROM queued_message WHERE blob_id = ?1)
     RETURNING file`,
    id,
  )
  return row?.file ?? null
}
