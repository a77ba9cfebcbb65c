/** Which blocks of our own source ran, by V8's precise coverage through the inspector. */
import { type Profiler, Session } from 'node:inspector'

export class Coverage implements Disposable {
  readonly #session = new Session()
  readonly #seen = new Set<string>()

  constructor() {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  get blocks(): number {
    return this.#seen.size
  }

  /** Forgets what ran since the last call. */
  reset(): void {
    this.#take()
  }

  /** The blocks that ran since the last call and never before {@link remember}ed. */
  fresh(): string[] {
    const found: string[] = []
    for (const script of this.#take()) {
      if (!script.url.includes('/src/')) continue
      for (const { functionName, ranges } of script.functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue
          const block = `${script.scriptId}:${functionName}:${startOffset}:${endOffset}`
          if (!this.#seen.has(block)) found.push(block)
        }
      }
    }
    return found
  }

  remember(blocks: readonly string[]): void {
    for (const block of blocks) this.#seen.add(block)
  }

  [Symbol.dispose](): void {
    this.#session.disconnect()
  }

  /** A session on the own thread answers before post returns. */
  #take(): Profiler.ScriptCoverage[] {
    let result: Profiler.ScriptCoverage[] = []
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw error
      result = answer.result
    })
    return result
  }
}
