import type { Uid, UidRanges } from './types.ts'

/** How many messages the ranges can name at most. */
export function spanOf(ranges: UidRanges): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

/**
 * Cuts the ranges into pieces that name at most `size` of these messages each.
 * @param uids  the messages there are, ascending
 */
export function sliceRanges(ranges: UidRanges, uids: Uint32Array, size: number): UidRanges[] {
  const slices: UidRanges[] = []
  let slice: (readonly [first: Uid, last: Uid])[] = []
  let left = size
  for (const [first, last] of ranges) {
    let at = indexOf(uids, first)
    const end = indexOf(uids, last + 1)
    while (at < end) {
      const until = Math.min(end, at + left)
      slice.push([uids[at] as Uid, uids[until - 1] as Uid])
      left -= until - at
      at = until
      if (left > 0) continue
      slices.push(slice)
      slice = []
      left = size
    }
  }
  if (slice.length > 0) slices.push(slice)
  return slices
}

/** Where the first UID not below `uid` stands. */
function indexOf(uids: Uint32Array, uid: number): number {
  let low = 0
  let high = uids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((uids[middle] ?? 0) < uid) low = middle + 1
    else high = middle
  }
  return low
}
