/** Numbers for people, in findings. */

/** `1.4 GB`, `200 kB`, `7 octets`: of a thousand, as disks are sold. */
export function octetsWords(octets: number): string {
  if (octets < 1_000) return `${octets} octets`
  const power = Math.min(Math.floor(Math.log10(octets) / 3), UNITS.length)
  const value = octets / 1_000 ** power
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[power - 1]}`
}

/** `4 days`, `3 hours`, `20 minutes`, `5 seconds`: the largest unit that is not less than two, rounded down. */
export function durationWords(ms: number): string {
  for (const [unitMs, name] of DURATIONS) {
    const count = Math.floor(ms / unitMs)
    if (count >= 2 || unitMs === 1_000) return `${count} ${name}${count === 1 ? '' : 's'}`
  }
  return 'a moment'
}

/** `once`, `4 times` */
export function timesWords(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

const UNITS = ['kB', 'MB', 'GB', 'TB'] as const
const DURATIONS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const
