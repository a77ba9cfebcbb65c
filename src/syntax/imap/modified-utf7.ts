/**
 * Mailbox names of IMAP4rev1: modified UTF-7, RFC 3501 §5.1.3. Both ways, and strict: every name
 * has exactly one spelling, so that two spellings can never mean one mailbox.
 */
import { SyntaxFault } from '../../base/faults.ts'

const SHIFT = 0x26
const BASE64 = /^[A-Za-z0-9+,]+$/

/** A Unicode name as modified UTF-7. */
export function encodeModifiedUtf7(name: string): string {
  if (/^[\x20-\x25\x27-\x7e]*$/.test(name)) return name
  return name.replace(/[^\x20-\x7e]+|&/g, (run) => (run === '&' ? '&-' : `&${encodeRun(run)}-`))
}

/**
 * The Unicode name of a modified UTF-7 spelling.
 * @throws SyntaxFault when it is not the one spelling of a name
 */
export function decodeModifiedUtf7(text: string): string {
  let name = ''
  let from = 0
  let lastShifted = -1
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code > 0x7e) throw new SyntaxFault('modified UTF-7', at)
    if (code !== SHIFT) continue
    name += text.slice(from, at)
    const end = text.indexOf('-', at)
    if (end < 0) throw new SyntaxFault('"-" after a shifted run', text.length)
    const run = text.slice(at + 1, end)
    // A null shift ("&AGE-&AGI-") would spell one name in two ways.
    if (run !== '' && lastShifted === at) throw new SyntaxFault('one shifted run, not two', at)
    name += run === '' ? '&' : decodeRun(run, at)
    if (run !== '') lastShifted = end + 1
    from = end + 1
    at = end
  }
  return name + text.slice(from)
}

function encodeRun(run: string): string {
  const octets = Buffer.from(run, 'utf16le').swap16()
  return octets.toString('base64').replace(/=+$/, '').replaceAll('/', ',')
}

function decodeRun(run: string, at: number): string {
  if (!BASE64.test(run)) throw new SyntaxFault('modified base64', at)
  const octets = Buffer.from(run.replaceAll(',', '/'), 'base64')
  if (octets.length % 2 !== 0) throw new SyntaxFault('whole UTF-16 units', at)
  const decoded = Buffer.from(octets).swap16().toString('utf16le')
  if (!decoded.isWellFormed()) throw new SyntaxFault('paired surrogates', at)
  if (/[\x20-\x7e]/.test(decoded)) throw new SyntaxFault('ASCII outside shifted runs', at)
  if (encodeRun(decoded) !== run) throw new SyntaxFault('base64 without stray bits', at)
  return decoded
}
