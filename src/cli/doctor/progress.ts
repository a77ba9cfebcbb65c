import type { Progress } from '../../doctor/examine.ts'
import { fit, type Terminal } from '../table.ts'

/** One line that says what is being looked at; only where somebody watches. */
export function progressOn(terminal: Terminal): Disposable & { show(progress: Progress): void } {
  const { columns } = terminal
  if (columns === undefined) return { show: () => {}, [Symbol.dispose]: () => {} }
  return {
    show: ({ done, total, running }) => {
      const line = `${done} of ${total} looked at; now: ${running.join(', ')}`
      terminal.write(`\r\x1b[K${fit(line, columns - 1).trimEnd()}`)
    },
    [Symbol.dispose]: () => terminal.write('\r\x1b[K'),
  }
}
