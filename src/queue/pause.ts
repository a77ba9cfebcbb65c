import type { Clock } from '../base/clock.ts'

/** Waits; ends early when the signal comes. */
export async function pause(clock: Clock, signal: AbortSignal, waitMs: number): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const end = () => {
      timer[Symbol.dispose]()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.after(waitMs, end)
    signal.addEventListener('abort', end)
  })
}
