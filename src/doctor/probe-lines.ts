/** What the doctor does to its own server is in the log too, and is nobody's attack. */
import { DOCTOR_USER, isOfDoctor, LOGIN_MARK, PROBED_DOMAIN } from '../journal/doctor-session.ts'
import { logReader } from '../journal/reader.ts'
import { UTC } from '../journal/zone.ts'

/** Without what the doctor tried; and without its handshakes, which have no name in them, by their time. */
export function linesWithoutProbes(lines: readonly string[]): readonly string[] {
  const probes = new Set(lines.filter(isProbe))
  const probed = new Set([...probes].map(secondOf))
  const isHandshake = (line: string) =>
    FAILED_HANDSHAKE.test(line) &&
    [-1, 0, 1].some((seconds) => probed.has(secondOf(line) + seconds))
  return lines.filter((line) => !probes.has(line) && !isHandshake(line))
}

function isProbe(text: string): boolean {
  if (!MARKS.some((mark) => text.includes(mark))) return false
  return READERS.some((reader) => {
    const line = reader.read(text, 0, text.length)
    return line.type !== 'continuation' && line.type !== 'unknown' && isOfDoctor(line)
  })
}

/** `2026-01-08 08:14:09 …` as seconds; NaN without a time. */
function secondOf(line: string): number {
  return Date.parse(`${line.slice(0, '2026-01-08 08:14:09'.length)}Z`) / 1000
}

/** Of mainlog, and of authlog. The times are not looked at. */
const READERS = (['exim', 'dovecot'] as const).map((format) =>
  logReader({ format, zone: UTC, latestMs: 0, log: 'main' }),
)
/** One of them is in each of its lines. */
const MARKS = [DOCTOR_USER, PROBED_DOMAIN, LOGIN_MARK]
const FAILED_HANDSHAKE = / connection from \[[^\]]{1,45}\]:\d{1,5} closed: TLS error: /
