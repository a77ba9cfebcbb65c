import { randomBytes, randomFillSync } from 'node:crypto'

/** Randomness, passed in like the clock. */
export interface Random {
  /** `count` unpredictable octets. */
  octets(count: number): Uint8Array
}

export const systemRandom: Random = {
  octets: (count) => (count > STOCK_OCTETS / 8 ? randomBytes(count) : fromStock(count)),
}

/** Each call to the system costs 20 µs, however few octets it is for: some are fetched beforehand. */
const STOCK_OCTETS = 2048
const stock = Buffer.alloc(STOCK_OCTETS)
let used = STOCK_OCTETS

/** A copy: what was given out is overwritten, and nobody has it twice. */
function fromStock(count: number): Uint8Array {
  if (used + count > STOCK_OCTETS) {
    randomFillSync(stock)
    used = 0
  }
  const octets = Uint8Array.prototype.slice.call(stock, used, used + count)
  stock.fill(0, used, used + count)
  used += count
  return octets
}
