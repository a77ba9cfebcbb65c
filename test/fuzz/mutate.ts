/** Changes an input a little: the mutators of the fuzzer. */
import type { SeededRandom } from './random.ts'

type Mutator = (input: Buffer, random: SeededRandom, help: Help) => Buffer

interface Help {
  readonly dictionary: readonly Buffer[]
  /** Another input, for splicing. */
  readonly other: Buffer
}

export function mutate(
  input: Uint8Array,
  random: SeededRandom,
  help: Help,
  maxOctets: number,
): Buffer {
  let changed: Buffer = Buffer.from(input)
  for (let turns = 1 + random.below(4); turns > 0; turns--) {
    changed = (random.pick(MUTATORS) ?? flipBit)(changed, random, help)
    if (changed.length > maxOctets) changed = changed.subarray(0, maxOctets)
  }
  return changed
}

const flipBit: Mutator = (input, random) => {
  const at = random.below(input.length)
  if (input.length > 0) input[at] = (input[at] ?? 0) ^ (1 << random.below(8))
  return input
}

const setOctet: Mutator = (input, random) => {
  if (input.length > 0) input[random.below(input.length)] = random.pick(TELLING_OCTETS) ?? 0
  return input
}

const insertOctets: Mutator = (input, random) => {
  const octets = Array.from({ length: 1 + random.below(4) }, () =>
    random.below(2) === 0 ? (random.pick(TELLING_OCTETS) ?? 0) : random.below(256),
  )
  return inserted(input, random.below(input.length + 1), Buffer.from(octets))
}

const removeRange: Mutator = (input, random) => {
  const [start, end] = range(input, random)
  return Buffer.concat([input.subarray(0, start), input.subarray(end)])
}

const repeatRange: Mutator = (input, random) => {
  const [start, end] = range(input, random)
  const times = 2 ** random.below(7)
  const piece = input.subarray(start, end)
  return inserted(input, end, Buffer.concat(Array.from({ length: times }, () => piece)))
}

const moveRange: Mutator = (input, random) => {
  const [start, end] = range(input, random)
  return inserted(input, random.below(input.length + 1), input.subarray(start, end))
}

const insertWord: Mutator = (input, random, help) => {
  const word = random.pick(help.dictionary) ?? Buffer.alloc(0)
  return inserted(input, random.below(input.length + 1), word)
}

const overwriteWithWord: Mutator = (input, random, help) => {
  const word = random.pick(help.dictionary) ?? Buffer.alloc(0)
  const at = random.below(input.length + 1)
  return Buffer.concat([input.subarray(0, at), word, input.subarray(at + word.length)])
}

const splice: Mutator = (input, random, help) => {
  const head = input.subarray(0, random.below(input.length + 1))
  return Buffer.concat([head, help.other.subarray(random.below(help.other.length + 1))])
}

const truncate: Mutator = (input, random) => input.subarray(0, random.below(input.length + 1))

/** Puts a number at the edge of something in the place of one that is there. */
const changeNumber: Mutator = (input, random) => {
  const numbers = [...input.toString('latin1').matchAll(/\d+/g)]
  const found = random.pick(numbers)
  if (found === undefined) return input
  const edge = Buffer.from(random.pick(EDGES) ?? '0')
  const end = found.index + found[0].length
  return Buffer.concat([input.subarray(0, found.index), edge, input.subarray(end)])
}

function range(input: Buffer, random: SeededRandom): [start: number, end: number] {
  const start = random.below(input.length)
  const longest = random.below(3) === 0 ? input.length - start : 16
  return [start, Math.min(input.length, start + 1 + random.below(longest))]
}

function inserted(input: Buffer, at: number, piece: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at)])
}

const MUTATORS: readonly Mutator[] = [
  ...[flipBit, setOctet, insertOctets, removeRange, repeatRange, moveRange],
  ...[insertWord, insertWord, overwriteWithWord, splice, truncate, changeNumber],
]
const TELLING_OCTETS: readonly number[] = Buffer.from(
  '\0\t\n\r "%()*+,-./:;<=>?@[\\]^_{}~\x7f\x80\xff',
  'latin1',
).toJSON().data
const EDGES = [
  '0',
  '-1',
  '1',
  '127',
  '128',
  '255',
  '256',
  '65535',
  '65536',
  '2147483648',
  '4294967295',
  '9007199254740993',
  '18446744073709551616',
  '00000000000000000001',
]
