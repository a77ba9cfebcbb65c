/**
 * Tells systemd of the server (sd_notify(3)). Node cannot send to the socket that systemd listens
 * on; its own little program can. One runs at a time, so that nothing overtakes what was said before.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { messageOf } from '../../base/faults.ts'
import { isNotifyWanted } from '../../config/systemd.ts'

/** Each returns at once; what cannot be said is reported, the first time. */
export interface Notify {
  ready(): void
  /** Until the next {@link ready}. */
  reloading(): void
  stopping(): void
  /** It is well; until the next one systemd waits as long as WatchdogSec= says. */
  watchdog(status: string): void
  /** For `systemctl status`: a sentence. */
  status(text: string): void
}

/** Says nothing where nobody listens. */
export function notifyTo(report: (text: string) => void): Notify {
  if (!isNotifyWanted()) return SILENT
  let last = Promise.resolve()
  let hasFailed = false
  const say = (...words: readonly string[]) => {
    last = last.then(async () => {
      const failure = await send(words)
      if (failure !== null && !hasFailed) report(`systemd hears nothing of us: ${failure}`)
      hasFailed = failure !== null
    })
  }
  return {
    ready: () => say('--ready', `--pid=${process.pid}`, `STATUS=${SERVING}`),
    // systemd compares the time with its own, to know whether it is of this reload.
    reloading: () => say('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => say('STOPPING=1', 'STATUS=stopping: work in hand is finished'),
    watchdog: (status) => say('WATCHDOG=1', `STATUS=${status}`),
    status: (text) => say(`STATUS=${text}`),
  }
}

/** @returns why it was not said; null: it was */
async function send(words: readonly string[]): Promise<string | null> {
  try {
    const child = spawn('systemd-notify', words, { stdio: 'ignore', timeout: PATIENCE_MS })
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    return code === 0 ? null : `systemd-notify ended with ${code ?? signal}`
  } catch (error) {
    return messageOf(error)
  }
}

const SERVING = 'serving mail'
const PATIENCE_MS = 10_000
const nothing = () => {}
const SILENT: Notify = {
  ...{ ready: nothing, reloading: nothing, stopping: nothing },
  ...{ watchdog: nothing, status: nothing },
}
