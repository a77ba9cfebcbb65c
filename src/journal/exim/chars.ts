/** Codes of characters, asked for one by one. */

/** Can the name of a field have it? */
export function isNameChar(code: number): boolean {
  return IS_NAME[code] === 1
}

const IS_NAME = new Uint8Array(128)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-_')
  IS_NAME[char.charCodeAt(0)] = 1

/** Does what can follow an address stand here: brackets, a field, or nothing? */
export function isNext(line: string, at: number, end: number): boolean {
  if (at >= end) return true
  const code = line.charCodeAt(at)
  return code === LESS || code === OPEN || line.charCodeAt(at + 1) === EQUALS
}

const LESS = 0x3c
const OPEN = 0x28
const EQUALS = 0x3d
