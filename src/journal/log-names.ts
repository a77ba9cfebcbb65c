/**
 * How log files and their rotated ones are called: `mainlog` is written to,
 * `mainlog.20261120-000000` was renamed at that time, `mainlog.20261119-000000.gz` is compressed.
 */
import { formatTime, type Zone } from './zone.ts'

export const LOG_NAMES = ['mainlog', 'rejectlog', 'paniclog', 'authlog'] as const
export type LogName = (typeof LOG_NAMES)[number]

/** The name for a file rotated at this instant, different from those in `taken`. */
export function rotatedName(
  log: LogName,
  atMs: number,
  zone: Zone,
  taken: ReadonlySet<string>,
): string {
  const time = formatTime(atMs, zone).slice(0, 19).replaceAll(/[-:]/g, '').replace(' ', '-')
  for (let count = 1; ; count++) {
    const name = count === 1 ? `${log}.${time}` : `${log}.${time}-${String(count).padStart(4, '0')}`
    if (!taken.has(name) && !taken.has(`${name}.gz`)) return name
  }
}

/**
 * The rotated files of a log among the names of a folder, oldest first. A compressed file whose
 * original is still there is left out: the original is removed only after it.
 */
export function rotatedFiles(log: LogName, names: readonly string[]): string[] {
  const all = new Set(names)
  return names
    .filter((name) => name.startsWith(`${log}.`) && ROTATED.test(name.slice(log.length)))
    .filter((name) => !name.endsWith('.gz') || !all.has(name.slice(0, -3)))
    .sort((a, b) => (plain(a) < plain(b) ? -1 : 1))
}

/** The files of a log, oldest first; the one being written is last. */
export function filesOfLog(log: LogName, names: readonly string[]): string[] {
  return [...rotatedFiles(log, names), ...names.filter((name) => name === log)]
}

const ROTATED = /^\.\d{8}-\d{6}(-\d{4,})?(\.gz)?$/

function plain(name: string): string {
  return name.replace(/\.gz$/, '')
}
