/**
 * What is fuzzed.
 *
 * To add a target: write `targets/<name>.ts` that exports a `target` of this type. Nothing else is
 * to be done: `npm run fuzz` and `short.test.ts` find it by its folder. A good target
 *   - reads any octets, and throws for what must never be: an exception of our own that is not the
 *     promised one (catch SyntaxFault and Refusal yourself), a result that breaks an invariant, a
 *     result that depends on how the octets were cut (see `cuts`), a round trip that loses something;
 *   - is deterministic, opens nothing and keeps no state between runs;
 *   - has a few valid and a few broken seeds, and the words of the grammar as dictionary.
 * A finding, once mended, becomes a seed (or better, a line in the table of the module's own test).
 */
export interface FuzzTarget {
  readonly name: string
  /** Latin1 text, or octets: read them from files when they are long. */
  readonly seeds: readonly (string | Uint8Array)[]
  /** Latin1 texts that mutations insert. */
  readonly dictionary: readonly string[]
  /** Longest input that is made, octets; {@link DEFAULT_MAX_OCTETS} when not given. */
  readonly maxOctets?: number
  /** Throws when something is wrong. Taking longer than {@link SLOW_MS} is wrong too. */
  run(octets: Uint8Array): void | Promise<void>
}

export const DEFAULT_MAX_OCTETS = 4096
export const SLOW_MS = 250

/** Cuts octets into pieces, in a way that depends on nothing but the octets: for segment independence. */
export function cuts(octets: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let state = octets.length * 2654435761
  for (let at = 0; at < octets.length; ) {
    state = (Math.imul(state, 1664525) + 1013904223 + (octets[at] ?? 0)) >>> 0
    const size = (state >>> 16) % 3 === 0 ? 1 : 1 + ((state >>> 20) % 64)
    pieces.push(octets.subarray(at, at + size))
    at += size
  }
  return pieces
}
