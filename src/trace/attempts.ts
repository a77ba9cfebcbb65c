/**
 * The attempts at each recipient of a message: one list for each address that was delivered to, or
 * should be. An address comes by its way: from the one that the sender wrote, by aliases or lists.
 */
import type { Delivered, Undelivered } from '../journal/event.ts'

export type Attempt = Delivered | Undelivered

/** Gathers them, oldest first. */
export class Attempts {
  readonly #ways = new Map<string, Attempt[]>()

  add(attempt: Attempt): void {
    const way = `${originalOf(attempt)}\n${attempt.recipient.address}`
    const known = this.#ways.get(way)
    if (known === undefined) this.#ways.set(way, [attempt])
    else known.push(attempt)
  }

  /**
   * One list for each recipient, none of them empty. Exim calls a recipient that waits by its address,
   * and can call it otherwise once it is through: a local user by the local part alone, an alias by
   * the addresses it leads to. Those are one recipient, not two.
   * @param isThrough  nobody waits any more, or was given up: an address that waited before it was led
   *   on came through by other names
   */
  lists(isThrough: boolean): readonly (readonly Attempt[])[] {
    const ways = [...this.#ways.values()]
    const waiting = ways.filter(isWaiting)
    if (waiting.length === 0 || waiting.length === ways.length) return ways
    const through = throughOf(ways)
    const before = new Map<readonly Attempt[], Attempt[]>()
    const joined = new Set<readonly Attempt[]>()
    for (const way of waiting) {
      const next = wayOn(way, through, isThrough)
      if (next === undefined) continue
      joined.add(way)
      const others = before.get(next)
      if (others === undefined) before.set(next, [...way])
      else for (const attempt of way) others.push(attempt)
    }
    return ways
      .filter((way) => !joined.has(way))
      .map((way) => inTime([...(before.get(way) ?? []), ...way]))
  }
}

/** The address as the sender wrote it, as far as the line says. */
export function originalOf({ recipient }: Attempt): string {
  return recipient.parents.at(-1) ?? recipient.address
}

function isWaiting(way: readonly Attempt[]): boolean {
  return way.at(-1)?.type === 'deferred'
}

/** Ways that have an end, to be looked up in one step each: a message can have any number. */
interface Through {
  /** By the original and the name it ended as. */
  readonly byName: ReadonlyMap<string, readonly Attempt[]>
  /** The last one of each original. */
  readonly last: ReadonlyMap<string, readonly Attempt[]>
}

function throughOf(ways: readonly (readonly Attempt[])[]): Through {
  const byName = new Map<string, readonly Attempt[]>()
  const last = new Map<string, readonly Attempt[]>()
  for (const way of ways) {
    const end = way.at(-1)
    if (end === undefined || end.type === 'deferred') continue
    const original = originalOf(end).toLowerCase()
    byName.set(`${original}\n${end.recipient.address.toLowerCase()}`, way)
    if ((last.get(original)?.at(-1)?.atMs ?? 0) <= end.atMs) last.set(original, way)
  }
  return { byName, last }
}

/** The way on which a recipient that waited got through after all. */
function wayOn(
  waited: readonly Attempt[],
  { byName, last }: Through,
  isThrough: boolean,
): readonly Attempt[] | undefined {
  const attempt = waited.at(-1)
  if (attempt === undefined) return undefined
  const original = originalOf(attempt).toLowerCase()
  const address = attempt.recipient.address.toLowerCase()
  const localPart = address.slice(0, Math.max(0, address.lastIndexOf('@')))
  const ways = [
    byName.get(`${original}\n${localPart}`),
    isThrough && address === original ? last.get(original) : undefined,
  ]
  return ways.find((way) => (way?.at(-1)?.atMs ?? -1) >= attempt.atMs)
}

function inTime(attempts: Attempt[]): Attempt[] {
  return attempts.sort((one, other) => one.atMs - other.atMs)
}
