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

/** As {@link withoutProbes}; without its handshakes too, which have no name in them, but its time. */
export function linesWithoutProbes(lines: readonly string[]): readonly string[] {
  const probed = new Set(lines.filter(isOfProbe).map(secondOf))
  const isHandshake = (line: string) =>
    FAILED_HANDSHAKE.test(line) &&
    [-1, 0, 1].some((seconds) => probed.has(secondOf(line) + seconds))
  return lines.filter((line) => !isOfProbe(line) && !isHandshake(line))
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

/** `2026-01-08 08:14:09 …` as seconds; NaN without a time. */
function secondOf(line: string): number {
  return Date.parse(`${line.slice(0, '2026-01-08 08:14:09'.length)}Z`) / 1000
}

/** Its name in HELO, its accounts and senders; and whom it would write to. */
const MARKS = [
  ...['waybill-doctor', 'relay-probe.invalid'],
  ...['rejected RCPT <u@localhost>', 'rejected RCPT <u@['],
]
const FAILED_HANDSHAKE = / connection from \[[^\]]{1,45}\]:\d{1,5} closed: TLS error: /
