/**
 * The values of NOTIFY, ORCPT, RET and ENVID: RFC 3461 §4, with the `utf-8` addresses of RFC 6533 §3.
 * What they say comes back in notices, so nothing that could not stand there gets in.
 */
import { type Cursor, upperAscii } from '../../base/cursor.ts'
import { utf8OfLatin1 } from '../../base/octets.ts'
import { decodeUnitext, decodeXtext } from './xtext.ts'

/** RFC 3461 §4: of the value, `ORCPT=` not counted. */
const MAX_ORIGINAL_OCTETS = 500
/** RFC 3461 §4. */
const MAX_ENVELOPE_ID_OCTETS = 100

/** @throws SyntaxFault */
export function retValue(cursor: Cursor, value: string | null): 'FULL' | 'HDRS' {
  const word = upperAscii(value ?? '')
  return word === 'FULL' || word === 'HDRS' ? word : cursor.fail('RET=FULL or RET=HDRS')
}

/** Printable ASCII when it is decoded, as RFC 3461 §4.4 demands. @throws SyntaxFault */
export function envelopeIdValue(cursor: Cursor, value: string | null): string {
  if (value === null || value.length > MAX_ENVELOPE_ID_OCTETS || !isPrintable(decodeXtext(value)))
    cursor.fail(`ENVID= and 1 to ${MAX_ENVELOPE_ID_OCTETS} octets of xtext`)
  return value
}

/** `NEVER` alone, or some of the other words, each once. @throws SyntaxFault */
export function notifyValue(cursor: Cursor, value: string | null): string {
  const list = value !== null && value.length <= MAX_NOTIFY_OCTETS ? upperAscii(value) : ''
  const words = list.split(',')
  const isGood = words.every((word, index) => EVENTS.has(word) && words.indexOf(word) === index)
  if (list !== 'NEVER' && !isGood) cursor.fail('NOTIFY=NEVER or NOTIFY=SUCCESS,FAILURE,DELAY')
  return list
}

const EVENTS: ReadonlySet<string> = new Set(['SUCCESS', 'FAILURE', 'DELAY'])
const MAX_NOTIFY_OCTETS = 'SUCCESS,FAILURE,DELAY'.length

/** `rfc822;bob@example.net`, `utf-8;b\x{F6}b@example.net`. @throws SyntaxFault */
export function originalValue(cursor: Cursor, value: string | null): string {
  const text = value !== null && value.length <= MAX_ORIGINAL_OCTETS ? utf8OfLatin1(value) : null
  const semicolon = text?.indexOf(';') ?? -1
  const type = text?.slice(0, Math.max(0, semicolon)) ?? ''
  const address = text?.slice(semicolon + 1) ?? ''
  const decoded = type.toLowerCase() === 'utf-8' ? decodeUnitext(address) : decodeXtext(address)
  if (text === null || !/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/.test(type) || !isPrintable(decoded))
    cursor.fail(`ORCPT=type;address, at most ${MAX_ORIGINAL_OCTETS} octets of xtext`)
  return text
}

/** Not empty, and nothing that ends a line or moves a cursor. */
function isPrintable(text: string | null): boolean {
  return text !== null && text.trim() !== '' && !/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text)
}
