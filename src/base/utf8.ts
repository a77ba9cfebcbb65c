/**
 * Octets that should be UTF-8, as text, and back to the very same octets. An octet that is no UTF-8
 * becomes a lone surrogate, U+DC80 to U+DCFF, which no UTF-8 has.
 */
import { isAscii, isUtf8 } from 'node:buffer'

/** The text; {@link octetsOfText} undoes it, whatever the octets were. */
export function textOfOctets(octets: Buffer): string {
  if (isAscii(octets)) return octets.toString('latin1')
  if (isUtf8(octets)) return octets.toString('utf8')
  return octets
    .toString('latin1')
    .replace(RUN, (run) =>
      run.length === 1
        ? String.fromCharCode(LONE_BASE | run.charCodeAt(0))
        : Buffer.from(run, 'latin1').toString('utf8'),
    )
}

/** The octets of a text: UTF-8, but for those that were none. */
export function octetsOfText(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8')
  const parts = text.split(LONE)
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 0 ? Buffer.from(part, 'utf8') : Buffer.from(octetsOfLone(part), 'latin1'),
    ),
  )
}

function octetsOfLone(run: string): string {
  return run.replace(/./gs, (lone) => String.fromCharCode(lone.charCodeAt(0) & 0xff))
}

const LONE_BASE = 0xdc00
/** Halves of pairs are none: with the u flag a pair is one character. */
const LONE = /([\udc80-\udcff]+)/u

/** UTF-8 of one character that is not ASCII, its octets as latin1 (RFC 3629 §4). */
const CHARACTER = [
  '[\\xc2-\\xdf][\\x80-\\xbf]',
  '\\xe0[\\xa0-\\xbf][\\x80-\\xbf]',
  '[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}',
  '\\xed[\\x80-\\x9f][\\x80-\\xbf]',
  '\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}',
  '[\\xf1-\\xf3][\\x80-\\xbf]{3}',
  '\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}',
].join('|')
/** Characters that stand next to each other, or an octet that is of none. */
const RUN = new RegExp(`(?:${CHARACTER}){1,1000}|[\\x80-\\xff]`, 'g')
