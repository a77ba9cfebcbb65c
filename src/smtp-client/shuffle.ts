import type { Random } from '../base/random.ts'

/** The same in an order of chance: every order is as likely. */
export function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  const octets = random.octets(items.length * 4)
  const keyed = items.map((item, index) => ({
    item,
    key: octets.subarray(index * 4, index * 4 + 4).reduce((sum, octet) => sum * 256 + octet, 0),
  }))
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item)
}
