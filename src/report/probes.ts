/** What the doctor does to its own server is in the log too, and is nobody's attack. */
import type { LogInput } from '../trace/source/source.ts'

/** Without the lines of the doctor's sessions, as far as they can be told from those of others. */
export function withoutProbes(input: LogInput): LogInput {
  const sources = input.sources.map((source) => ({
    ...source,
    // Whoever reads the file itself would read them.
    plainFile: null,
    async *texts() {
      for await (const text of source.texts()) yield isOfProbe(text) ? others(text) : text
    },
  }))
  return { ...input, sources }
}

function others(text: string): string {
  return text
    .split(/(?<=\n)/)
    .filter((line) => !isOfProbe(line))
    .join('')
}

function isOfProbe(text: string): boolean {
  return MARKS.some((mark) => text.includes(mark))
}

/** Its name in HELO, its accounts and senders; and whom it would write to. */
const MARKS = [
  ...['waybill-doctor', 'relay-probe.invalid'],
  ...['rejected RCPT <u@localhost>', 'rejected RCPT <u@['],
]
