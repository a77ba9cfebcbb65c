/** Codes of characters, asked for one by one. */

/** Can the name of a field have it? */
export function isNameChar(code: number): boolean {
  return IS_NAME[code] === 1
}

const IS_NAME = new Uint8Array(128)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-_')
  IS_NAME[char.charCodeAt(0)] = 1
