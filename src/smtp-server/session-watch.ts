import type { Clock } from '../base/clock.ts'

export interface WatchOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Is a message coming, or something being waited for? Then the session is of use. */
  readonly isBusy: () => boolean
  /** Called once. */
  readonly ended: () => void
}

/** Ends a session that brings no message for so long: it is of no use to anybody. */
export class SessionWatch implements Disposable {
  readonly #options: WatchOptions
  #lastMessageMs: number
  #timer: Disposable | undefined

  constructor(options: WatchOptions) {
    this.#options = options
    this.#lastMessageMs = options.clock.monotonicMs()
  }

  start(): void {
    this.#wait(this.#options.timeoutMs)
  }

  messageAccepted(): void {
    this.#lastMessageMs = this.#options.clock.monotonicMs()
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
  }

  #wait(delayMs: number): void {
    const { clock, timeoutMs, isBusy, ended } = this.#options
    this.#timer = clock.after(delayMs, () => {
      const leftMs = timeoutMs - (clock.monotonicMs() - this.#lastMessageMs)
      if (leftMs > 0) this.#wait(leftMs)
      else if (isBusy()) this.#wait(BUSY_WAIT_MS)
      else ended()
    })
  }
}

const BUSY_WAIT_MS = 10_000
