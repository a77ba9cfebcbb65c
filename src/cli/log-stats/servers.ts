/** Whose logs are read, from their first lines. */
import { detectFormat, type LogFormat } from '../../journal/reader.ts'
import type { LogInput, LogSource } from '../../trace/source/source.ts'
import type { StatisticsReport } from '../../trace/statistics/report.ts'

export interface Watched {
  readonly input: LogInput
  /** The servers whose lines are at the start of the logs, once those are counted. */
  readonly seen: Promise<ReadonlySet<LogFormat>>
}

/** Plain files are looked at while they are counted, others as they come by. */
export function watchServers(input: LogInput): Watched {
  const seen = new Set<LogFormat>()
  const sources = input.sources.map((one) => (one.plainFile === null ? watched(one, seen) : one))
  const looked = lookAtFiles(input.sources, seen)
  // It is awaited later, perhaps never: counting may fail first.
  looked.catch(() => {})
  return { input: { ...input, sources }, seen: looked }
}

async function lookAtFiles(
  sources: readonly LogSource[],
  seen: Set<LogFormat>,
): Promise<ReadonlySet<LogFormat>> {
  for (const source of sources) {
    if (source.plainFile === null) continue
    for await (const text of source.texts()) {
      look(text, seen)
      break
    }
  }
  return seen
}

/** Read once only: looked at when it is. */
function watched(source: LogSource, seen: Set<LogFormat>): LogSource {
  return {
    ...source,
    async *texts() {
      let isFirst = true
      for await (const text of source.texts()) {
        if (isFirst) look(text, seen)
        isFirst = false
        yield text
      }
    },
  }
}

function look(text: string, seen: Set<LogFormat>): void {
  for (const line of text.slice(0, LOOKED_AT_CHARS).split('\n', LOOKED_AT_LINES)) {
    const format = detectFormat(line)
    if (format !== null) seen.add(format)
  }
}

/** `Postfix and Dovecot`; '' when no line tells. Dovecot's may all come later than the first lines. */
export function serverWords(seen: ReadonlySet<LogFormat>, { tables }: StatisticsReport): string {
  const isDovecot =
    seen.has('dovecot') ||
    [...tables.services.rows, ...tables.filed.rows].some(({ key }) => key !== 'smtp')
  const names = [
    ...(seen.has('exim') ? ['Exim'] : []),
    ...(seen.has('postfix') ? ['Postfix'] : []),
    ...(isDovecot ? ['Dovecot'] : []),
  ]
  return names.length > 2 ? 'Exim, Postfix and Dovecot' : names.join(' and ')
}

const LOOKED_AT_CHARS = 64 * 1024
const LOOKED_AT_LINES = 300
