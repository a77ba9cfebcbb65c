import type { Database } from '../db/database.ts'
import { one } from '../db/statement.ts'
import type { OutgoingMessage } from '../smtp-client/types.ts'
import type { BlobFolder } from '../store/blob-folder.ts'
import type { Lease } from './types.ts'

/**
 * The octets that a message is sent with, as often as they are asked for; those of a large one come
 * from its file, piece by piece.
 * @throws Error from the result when the blob is gone or not whole
 */
export function contentOf(
  { blobId, prefix, sizeOctets }: Pick<Lease, 'blobId' | 'prefix' | 'sizeOctets'>,
  database: Database,
  blobs: BlobFolder,
): OutgoingMessage['content'] {
  const bodyOctets = sizeOctets - prefix.length
  return () => {
    const row = database.readAlone(
      one<{ octets: Uint8Array | null; file: string | null }>(
        'SELECT octets, file FROM blob WHERE id = ?',
        blobId,
      ),
    )
    const head = prefix.length > 0 ? [prefix] : []
    if (row?.octets?.length === bodyOctets) return [...head, row.octets]
    // Said before the first octet: half a message would have to be cut off in the middle of DATA.
    if (row?.file == null || !blobs.isWhole(row.file, bodyOctets))
      throw new Error(`the content of a message in the queue is damaged: blob ${blobId}`)
    return joined(head, blobs.read(row.file, 0, bodyOctets))
  }
}

async function* joined(
  head: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* head
  yield* rest
}
