/** Wiring: mail that users of this machine leave in the drop folder. */
import type { LiveConfig } from './config/live.ts'
import { openDrop } from './control/drop.ts'
import { noteOf, panicOf } from './journal/plain.ts'
import type { Parts, World } from './server.ts'

export function takeDropped(
  live: LiveConfig,
  { clock, diagnostics, dropFolder: folder }: Pick<World, 'clock' | 'diagnostics' | 'dropFolder'>,
  parts: Pick<Parts, 'database' | 'submission' | 'delivery' | 'directory' | 'logs'>,
): AsyncDisposable | null {
  if (folder === null) return null
  const { database, submission, delivery, directory, logs } = parts
  return openDrop({
    ...{ folder, database, submission, delivery, directory, clock },
    hostName: () => live.current.hostName,
    maxOctets: () => live.current.limits.message.maxOctets,
    maxRecipientsPerHour: () => live.current.sendmail.maxRecipientsPerHour,
    expiryMs: () => live.current.outgoing.expiryMs,
    note: (text, id) => {
      const note = noteOf(clock.nowMs(), 'policy', text)
      logs.record(id === undefined ? note : { ...note, id })
    },
    report: (text) => {
      diagnostics.warn(text)
      logs.record(panicOf(clock.nowMs(), text))
    },
  })
}
