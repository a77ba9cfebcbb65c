import { randomBytes } from 'node:crypto'

/** Randomness, passed in like the clock. */
export interface Random {
  /** `count` unpredictable octets. */
  octets(count: number): Uint8Array
}

export const systemRandom: Random = { octets: (count) => randomBytes(count) }
