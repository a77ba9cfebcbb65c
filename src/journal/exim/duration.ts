/** Exim's durations: `7s`, `3m45s`, `1d2h`, and `0.304s` with parts of a second. */

export function durationText(ms: number): string {
  let seconds = Math.floor(ms / 1000)
  const thousandths = ms - seconds * 1000
  let text = ''
  for (const [letter, unit] of UNITS) {
    const count = Math.floor(seconds / unit)
    if (count > 0) text += `${count}${letter}`
    seconds -= count * unit
  }
  if (thousandths > 0) return `${text}${seconds}.${String(thousandths).padStart(3, '0')}s`
  return seconds > 0 || text === '' ? `${text}${seconds}s` : text
}

/** Milliseconds; null when the text is no duration. */
export function readDuration(text: string): number | null {
  let total = 0
  let number = 0
  let at = 0
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x30 && code <= 0x39) {
      number = number * 10 + code - 0x30
      continue
    }
    if (code === 0x2e) return fraction(text, at, total + number * 1000)
    const unit = UNIT_MS[text.charAt(at)]
    if (unit === undefined) return null
    total += number * unit
    number = 0
  }
  return number === 0 && at > 0 ? total : null
}

function fraction(text: string, dot: number, whole: number): number | null {
  const digits = text.slice(dot + 1, -1)
  return text.endsWith('s') && /^\d{1,6}$/.test(digits)
    ? whole + Math.round(Number(`0.${digits}`) * 1000)
    : null
}

const UNITS = [
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const
const UNIT_MS: Readonly<Record<string, number>> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
}
