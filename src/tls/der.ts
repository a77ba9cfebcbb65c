/** Writes DER (X.690), as much of it as a certificate needs. */

export function sequence(...items: readonly Uint8Array[]): Uint8Array {
  return element(0x30, ...items)
}

export function set(...items: readonly Uint8Array[]): Uint8Array {
  return element(0x31, ...items)
}

/** `[tag]`, constructed, around other elements. */
export function explicit(tag: number, ...items: readonly Uint8Array[]): Uint8Array {
  return element(0xa0 + tag, ...items)
}

/** `[tag]`, primitive, in place of another type's tag. */
export function implicit(tag: number, content: Uint8Array): Uint8Array {
  return element(0x80 + tag, content)
}

/** A non-negative integer, most significant octet first. */
export function integer(octets: Uint8Array): Uint8Array {
  let start = 0
  while (start < octets.length - 1 && octets[start] === 0) start++
  const needed = octets.subarray(start)
  // A set top bit would make it negative.
  return (needed[0] ?? 0) >= 0x80
    ? element(0x02, Uint8Array.of(0), needed)
    : element(0x02, needed.length === 0 ? Uint8Array.of(0) : needed)
}

export function boolean(value: boolean): Uint8Array {
  return element(0x01, Uint8Array.of(value ? 0xff : 0))
}

export function octetString(content: Uint8Array): Uint8Array {
  return element(0x04, content)
}

/** @param unusedBits  low bits of the last octet that do not count */
export function bitString(content: Uint8Array, unusedBits = 0): Uint8Array {
  return element(0x03, Uint8Array.of(unusedBits), content)
}

export function utf8String(text: string): Uint8Array {
  return element(0x0c, Buffer.from(text, 'utf8'))
}

/** `1.2.840.10045.4.3.2` */
export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)))
}

/** RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime after it. */
export function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '')
  return Number(digits.slice(0, 4)) < 2050
    ? element(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : element(0x18, Buffer.from(digits, 'latin1'))
}

function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents)
  return Buffer.concat([Uint8Array.from([tag, ...lengthOctets(content.length)]), content])
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length]
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return [0x80 + octets.length, ...octets]
}

function base128(value: number): number[] {
  const octets = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    octets.unshift(0x80 + (rest % 128))
  return octets
}
