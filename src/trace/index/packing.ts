/** Blocks as they are stored. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

import { messageOf } from '../../base/faults.ts'
import { view } from '../../base/octets.ts'
import { isDamaged } from '../../db/faults.ts'

/**
 * Fast, and a fifth of the size: measured, higher levels cost thrice the time for a tenth less. With
 * a checksum: without, a flipped bit could give other lines than the log has.
 */
export function packBlock(octets: Uint8Array): Buffer {
  return zstdCompressSync(octets, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
}

/** @throws BlockFault when it is not as it was packed */
export function unpackBlock(packed: Uint8Array): Buffer {
  try {
    return zstdDecompressSync(view(packed), { maxOutputLength: MAX_OCTETS })
  } catch (error) {
    throw new BlockFault(`a block of the index is damaged: ${messageOf(error)}`)
  }
}

/** A block that is not as it was packed. */
class BlockFault extends Error {
  override readonly name = 'BlockFault'
}

/** Is the index damaged? It can be made again from the log. */
export function isDamagedIndex(error: unknown): boolean {
  return error instanceof BlockFault || isDamaged(error)
}

/** Twice the longest line: a damaged length must not take all memory. */
const MAX_OCTETS = 16 * 1024 * 1024
