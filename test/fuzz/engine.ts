/**
 * A coverage-guided fuzzer in plain Node: inputs that reach a block of source no input reached
 * before join the corpus, and mutations start from the corpus.
 *
 * Asking V8 for coverage costs milliseconds, so inputs run in batches, larger ones the longer
 * nothing new is reached; a batch that reached something is halved until the inputs are known.
 */
import { messageOf } from '../../src/base/faults.ts'
import { Coverage } from './coverage.ts'
import { mutate } from './mutate.ts'
import { SeededRandom } from './random.ts'
import { DEFAULT_MAX_OCTETS, type FuzzTarget, SLOW_MS } from './target.ts'

export interface FuzzOptions {
  readonly seed: number
  /** Ends after this time, or this many executions, whichever comes first. */
  readonly seconds: number
  readonly executions: number
}

export interface Finding {
  readonly message: string
  readonly stack: string
  /** The smallest input found that still does it. */
  readonly input: Uint8Array
}

export interface FuzzReport {
  readonly executions: number
  readonly seconds: number
  /** Inputs that reach something no other reaches. */
  readonly corpus: number
  /** Blocks of src/ that were reached. */
  readonly blocks: number
  /** The first thing that went wrong; the campaign of the target ends with it. */
  readonly finding: Finding | null
}

const MIN_BATCH = 50
const MAX_BATCH = 3200
/** Attempts at making a finding smaller. */
const MINIMISE_RUNS = 2000

export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzReport> {
  using coverage = new Coverage()
  const campaign = new Campaign(target, coverage, new SeededRandom(options.seed))
  const startMs = performance.now()
  const finding = await campaign.run(startMs + options.seconds * 1000, options.executions)
  return {
    executions: campaign.executions,
    seconds: (performance.now() - startMs) / 1000,
    corpus: campaign.corpus.length,
    blocks: coverage.blocks,
    finding: finding === null ? null : await minimised(target, finding),
  }
}

class Campaign {
  executions = 0
  readonly corpus: Buffer[] = []
  readonly #target: FuzzTarget
  readonly #coverage: Coverage
  readonly #random: SeededRandom
  readonly #dictionary: readonly Buffer[]

  constructor(target: FuzzTarget, coverage: Coverage, random: SeededRandom) {
    this.#target = target
    this.#coverage = coverage
    this.#random = random
    this.#dictionary = target.dictionary.map((word) => Buffer.from(word, 'latin1'))
  }

  async run(untilMs: number, executions: number): Promise<Finding | null> {
    const seeds = this.#target.seeds.map((seed) =>
      typeof seed === 'string' ? Buffer.from(seed, 'latin1') : Buffer.from(seed),
    )
    this.#coverage.reset()
    for (const seed of [Buffer.alloc(0), ...seeds]) {
      const finding = await this.#runBatch([seed])
      if (finding !== null) return finding
      if (!this.corpus.includes(seed)) this.corpus.push(seed)
    }
    let batch = MIN_BATCH
    while (performance.now() < untilMs && this.executions < executions) {
      const size = Math.min(batch, executions - this.executions)
      const known = this.corpus.length
      const finding = await this.#runBatch(Array.from({ length: size }, () => this.#nextInput()))
      if (finding !== null) return finding
      batch = this.corpus.length > known ? MIN_BATCH : Math.min(batch * 2, MAX_BATCH)
    }
    return null
  }

  #nextInput(): Buffer {
    const random = this.#random
    // Half of the time one of the newest: they stand at the edge of what is known.
    const newest = this.corpus.slice(-8)
    const input = random.pick(random.below(2) === 0 ? newest : this.corpus) ?? Buffer.alloc(0)
    const other = random.pick(this.corpus) ?? input
    const maxOctets = this.#target.maxOctets ?? DEFAULT_MAX_OCTETS
    return mutate(input, random, { dictionary: this.#dictionary, other }, maxOctets)
  }

  /** Runs the inputs, and adds those that reach something new to the corpus. */
  async #runBatch(inputs: readonly Buffer[]): Promise<Finding | null> {
    for (const input of inputs) {
      this.executions++
      const finding = await runOnce(this.#target, input)
      if (finding !== null) return finding
    }
    const fresh = this.#coverage.fresh()
    if (fresh.length === 0) return null
    const [only] = inputs
    if (inputs.length === 1 && only !== undefined) {
      this.#coverage.remember(fresh)
      this.corpus.push(only)
      return null
    }
    const half = inputs.length >> 1
    const finding = await this.#runBatch(inputs.slice(0, half))
    return finding ?? (await this.#runBatch(inputs.slice(half)))
  }
}

/** Null when all is well. */
async function runOnce(target: FuzzTarget, input: Uint8Array): Promise<Finding | null> {
  const startMs = performance.now()
  try {
    const running = target.run(input)
    if (running !== undefined) await running
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? '') : ''
    return { message: messageOf(error), stack, input }
  }
  if (performance.now() - startMs <= SLOW_MS) return null
  return (await isSlow(target, input)) ? { message: 'too slow', stack: '', input } : null
}

/** Three times over the limit: the machine being busy is no finding. */
async function isSlow(target: FuzzTarget, input: Uint8Array): Promise<boolean> {
  for (let turn = 0; turn < 3; turn++) {
    const startMs = performance.now()
    await target.run(input)
    if (performance.now() - startMs <= SLOW_MS) return false
  }
  return true
}

/** Takes out stretches, longest first, as long as the same thing goes wrong. */
async function minimised(target: FuzzTarget, finding: Finding): Promise<Finding> {
  let best = finding
  let runs = 0
  for (let size = best.input.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < best.input.length && runs < MINIMISE_RUNS; runs++) {
      const input = Buffer.concat([best.input.subarray(0, at), best.input.subarray(at + size)])
      const again = await runOnce(target, input)
      if (again !== null && kindOf(again) === kindOf(finding)) best = again
      else at += size
    }
  }
  return best
}

/** The message without what changes with the input, and where it came from. */
function kindOf(finding: Finding): string {
  const where = /\/(?:src|test)\/\S+:\d+/.exec(finding.stack)?.[0] ?? ''
  return `${finding.message.slice(0, 40).replace(/\d+/g, '#')} ${where}`
}
