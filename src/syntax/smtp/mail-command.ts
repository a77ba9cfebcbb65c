import { Cursor } from '../../base/cursor.ts'
import { expectForwardPath, expectReversePath, type Path } from '../address/path.ts'
import { envelopeIdValue, notifyValue, originalValue, retValue } from './dsn-parameters.ts'
import { expectParameters, type Parameter } from './parameters.ts'

/** MAIL, RFC 5321 §4.1.1.2. */
export interface MailCommand {
  readonly verb: 'MAIL'
  /** Null is the null reverse-path `<>` of bounces. */
  readonly from: Path | null
  /** SIZE=, octets, as the client declares it: a hint, not a limit (RFC 1870 §6.1). Undefined: not given. */
  readonly sizeOctets: number | undefined
  /** BODY=, RFC 6152 §2. Absent means 7BIT. */
  readonly body: '7BIT' | '8BITMIME'
  /** RFC 6531 §3.4. */
  readonly smtputf8: boolean
  /** RET=, RFC 3461 §4.3. Null: not given. */
  readonly ret: 'FULL' | 'HDRS' | null
  /** ENVID=, RFC 3461 §4.4, as xtext. Null: not given. */
  readonly envelopeId: string | null
  /** RFC 8689 §2. */
  readonly requireTls: boolean
  /** Parameters we do not know, as they stood. The session refuses them with 555. */
  readonly unknown: readonly string[]
}

/** RCPT, RFC 5321 §4.1.1.3. */
export interface RcptCommand {
  readonly verb: 'RCPT'
  readonly to: Path | 'postmaster'
  /** NOTIFY=, RFC 3461 §4.1, upper case: `NEVER`, `SUCCESS,DELAY`. Null: not given. */
  readonly notify: string | null
  /** ORCPT=, RFC 3461 §4.2, as it came, in Unicode: `rfc822;bob@example.net`. Null: not given. */
  readonly original: string | null
  readonly unknown: readonly string[]
}

/** RFC 1870 §3. */
const MAX_SIZE_DIGITS = 20

/** Reads what follows `MAIL `. @throws SyntaxFault */
export function parseMail(line: string, at: number): MailCommand {
  const cursor = new Cursor(line, at)
  cursor.expect('FROM:')
  skipSpaces(cursor)
  const from = expectReversePath(cursor)
  let sizeOctets: number | undefined
  let body: MailCommand['body'] = '7BIT'
  let smtputf8 = false
  let ret: MailCommand['ret'] = null
  let envelopeId: string | null = null
  let requireTls = false
  let unknown = NONE
  for (const parameter of expectParameters(cursor)) {
    const { keyword, value } = parameter
    if (keyword === 'SIZE') sizeOctets = sizeValue(cursor, value)
    else if (keyword === 'BODY' && isBody(value)) body = value.toUpperCase() as MailCommand['body']
    else if (keyword === 'SMTPUTF8' && value === null) smtputf8 = true
    else if (keyword === 'RET') ret = retValue(cursor, value)
    else if (keyword === 'ENVID') envelopeId = envelopeIdValue(cursor, value)
    else if (keyword === 'REQUIRETLS' && value === null) requireTls = true
    // RFC 4954 §5: who submitted it first. We trust nobody's word for it, so it is read and dropped.
    else if (keyword !== 'AUTH' || value === null) unknown = [...unknown, written(parameter)]
  }
  return { verb: 'MAIL', from, sizeOctets, body, smtputf8, ret, envelopeId, requireTls, unknown }
}

/** Reads what follows `RCPT `. @throws SyntaxFault */
export function parseRcpt(line: string, at: number): RcptCommand {
  const cursor = new Cursor(line, at)
  cursor.expect('TO:')
  skipSpaces(cursor)
  const to = expectForwardPath(cursor)
  let notify: string | null = null
  let original: string | null = null
  let unknown = NONE
  for (const parameter of expectParameters(cursor)) {
    const { keyword, value } = parameter
    if (keyword === 'NOTIFY') notify = notifyValue(cursor, value)
    else if (keyword === 'ORCPT') original = originalValue(cursor, value)
    else unknown = [...unknown, written(parameter)]
  }
  return { verb: 'RCPT', to, notify, original, unknown }
}

/** RFC 5321 §3.3 forbids a space after the colon; scanners, PHP on Windows and old Outlooks send it. */
function skipSpaces(cursor: Cursor): void {
  while (cursor.code === SPACE) cursor.at++
}

function sizeValue(cursor: Cursor, value: string | null): number {
  if (value === null || value.length > MAX_SIZE_DIGITS || !/^[0-9]+$/.test(value)) {
    return cursor.fail('SIZE=octets')
  }
  return Number(value)
}

function isBody(value: string | null): value is string {
  return value !== null && /^(?:7BIT|8BITMIME)$/i.test(value)
}

function written({ keyword, value }: Parameter): string {
  return value === null ? keyword : `${keyword}=${value}`
}

const SPACE = 0x20
const NONE: readonly string[] = []
