/** Words of a line without a value, and the parts of `A=`. */

/**
 * Is it a word that Exim adds without a value: `K`, `L-`, `PRDR`? Later versions have more: in the
 * line of an arrival or a delivery (`isStep`) every short word in capitals is one, for no other words
 * stand there outside quotes.
 */
export function isFlag(word: string, isStep: boolean): boolean {
  if (word.charCodeAt(0) > CAPITAL_Z) return false // `from`, most often
  return FLAGS.has(word) || (isStep && word.length <= MAX_CHARS && CAPITALS.test(word))
}

const FLAGS: ReadonlySet<string> = new Set(
  'K L L- L* L. PRDR DS TFO TFO* TFO_USED * Ci DKIM CHUNKING'.split(' '),
)
const CAPITALS = /^[A-Z][A-Z\d_]*[-.*]?$/
const MAX_CHARS = 16
const CAPITAL_Z = 0x5a

/**
 * The login in `A=plain:jane:boss@example.com`, from `at` on: what `smtp_mailauth` adds after it is
 * an address.
 */
export function loginOf(word: string, at: number): string {
  const colon = word.lastIndexOf(':')
  return colon > at && word.includes('@', colon) ? word.slice(at, colon) : word.slice(at)
}
