/**
 * DKIM signatures of our mail: RFC 6376, with Ed25519 (RFC 8463) beside RSA.
 *
 * From, To, Subject, Date and Message-ID are named once more than they are there: whoever adds
 * another one on the way breaks the signature. Nothing here knows where keys are kept.
 */
import { createHash, type KeyObject, sign as signWith } from 'node:crypto'
import { promisify } from 'node:util'

import type { Clock } from '../../base/clock.ts'
import { fromLatin1, latin1, utf8OfLatin1 } from '../../base/octets.ts'
import { domainToAscii } from '../../syntax/address/domain.ts'
import { parseAddressList } from '../../syntax/message/address-list.ts'
import { Header } from '../../syntax/message/header.ts'
import { RelaxedBodyHash, relaxedField } from './canonical.ts'

/** `a=` of a signature. */
export type SigningAlgorithm = 'rsa-sha256' | 'ed25519-sha256'

/** A key that signs, and the name its record has: `SELECTOR._domainkey.DOMAIN`. */
export interface SigningKey {
  readonly selector: string
  readonly algorithm: SigningAlgorithm
  readonly privateKey: KeyObject
}

/** A message as it will be sent. */
export interface SignedMessage {
  /** Its header, with or without the blank line after it. */
  readonly header: Uint8Array
  /** What follows the blank line; read once. */
  readonly body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** Signs for one domain, with every key of it that is in use. */
export interface Signer {
  /** The `d=`. */
  readonly domain: string
  /** One DKIM-Signature field for each key, folded, each ended by CRLF: they go before the header. */
  sign(message: SignedMessage): Promise<Uint8Array>
}

export interface SignersOptions {
  /** The keys of exactly this domain that are in use; empty: it has none, or is not ours. */
  readonly keysOf: (domain: string) => readonly SigningKey[]
  readonly clock: Pick<Clock, 'nowMs'>
}

/**
 * Who signs mail from a domain: the domain itself, else the nearest one above it that has keys, which
 * DMARC takes for the same (RFC 7489 §3.1.1). Null: nobody.
 * @param fromDomain  as {@link fromDomainOf} gives it
 */
export function signerFor(fromDomain: string, { keysOf, clock }: SignersOptions): Signer | null {
  for (let domain = fromDomain; domain.includes('.'); domain = parentOf(domain)) {
    const keys = keysOf(domain)
    const signing = domain
    if (keys.length > 0)
      return { domain, sign: async (message) => await sign(message, signing, keys, clock.nowMs()) }
  }
  return null
}

/**
 * The domain of the one author, as A-labels. Null when there are several From fields or addresses,
 * or none that can be read: such mail has no domain to sign for.
 */
export function fromDomainOf(header: Uint8Array): string | null {
  const values = new Header(latin1(header), NO_LIMITS).values('from')
  if (values.length !== 1) return null
  const authors = parseAddressList(values[0] ?? '', 2)
  const host = authors.length === 1 ? authors[0]?.host : null
  const text = host ? utf8OfLatin1(host) : null
  return text === null ? null : domainToAscii(text)
}

function parentOf(domain: string): string {
  return domain.slice(domain.indexOf('.') + 1)
}

async function sign(
  { header, body }: SignedMessage,
  domain: string,
  keys: readonly SigningKey[],
  nowMs: number,
): Promise<Uint8Array> {
  const hash = new RelaxedBodyHash()
  for await (const chunk of body) hash.update(chunk)
  const bodyHash = hash.digest()
  const signed = signedFields(header)
  const seconds = Math.floor(nowMs / 1000)
  const made = keys.map(async ({ selector, algorithm, privateKey }) => {
    const tags = [
      ...['v=1', `a=${algorithm}`, 'c=relaxed/relaxed', `d=${domain}`, `s=${selector}`],
      ...[`t=${seconds}`, `x=${seconds + VALID_SECONDS}`],
    ]
    const names = signed.names.map((name, at) => (at === 0 ? name : `:${name}`))
    const field = folded([
      ...tags.map((tag) => ` ${tag};`),
      ...names.map((name, at) => (at === 0 ? ` h=${name}` : name)),
      `; bh=${bodyHash};`,
    ])
    const unsigned = `${field}\r\n\tb=`
    const value = await signature(
      `${signed.canonical}${relaxedField(FIELD, unsigned.slice(FIELD.length + 1))}`,
      { algorithm, privateKey },
    )
    return `${unsigned}${value.replace(LINE_OF_BASE64, '$&\r\n\t').trimEnd()}\r\n`
  })
  return fromLatin1((await Promise.all(made)).join(''))
}

/** The fields that are signed: `h=`, and what is hashed of them. */
function signedFields(header: Uint8Array): { names: string[]; canonical: string } {
  const { fields, text } = new Header(latin1(header), NO_LIMITS)
  const names: string[] = []
  let canonical = ''
  for (const name of [...OVERSIGNED, ...SIGNED_WHEN_PRESENT]) {
    // RFC 6376 §5.4.2: of several, the last one in the header is the first one signed.
    const present = fields.filter((field) => field.name === name.toLowerCase()).reverse()
    for (const { valueStart, end } of present) {
      names.push(name)
      canonical += `${relaxedField(name, text.slice(valueStart, end))}\r\n`
    }
    if (OVERSIGNED.includes(name)) names.push(name)
  }
  return { names, canonical }
}

/**
 * The `b=` in base64, made by another thread: RSA takes a millisecond.
 * RFC 8463 §3: Ed25519 signs the hash, not the text.
 */
export async function signature(
  canonical: string,
  { algorithm, privateKey }: Omit<SigningKey, 'selector'>,
): Promise<string> {
  const data = fromLatin1(canonical)
  const octets =
    algorithm === 'rsa-sha256'
      ? await signLater('sha256', data, privateKey)
      : await signLater(null, createHash('sha256').update(data).digest(), privateKey)
  return octets.toString('base64')
}

const signLater: (algorithm: string | null, data: Uint8Array, key: KeyObject) => Promise<Buffer> =
  promisify(signWith)

/** The field's words in lines of at most 78 characters (RFC 5322 §2.1.1); one that begins a line loses its space. */
function folded(words: readonly string[]): string {
  let text = `${FIELD}:`
  let column = text.length
  for (const word of words) {
    if (column + word.length > MAX_LINE) {
      const first = word.trimStart()
      text += `\r\n\t${first}`
      column = 1 + first.length
    } else {
      text += word
      column += word.length
    }
  }
  return text
}

const FIELD = 'DKIM-Signature'
const MAX_LINE = 78
const LINE_OF_BASE64 = /.{74}/g
/** RFC 6376 §5.4.1 and §8.15: also that they are not there a second time. */
const OVERSIGNED: readonly string[] = ['From', 'To', 'Subject', 'Date', 'Message-ID']
const SIGNED_WHEN_PRESENT: readonly string[] = [
  ...['Cc', 'Reply-To', 'MIME-Version', 'Content-Type', 'Content-Transfer-Encoding'],
  ...['In-Reply-To', 'References'],
  // RFC 8058 §4: without a signature over them, one click unsubscribes nobody.
  ...['List-Unsubscribe', 'List-Unsubscribe-Post'],
]
/** How long a signature holds: longer than any server tries to deliver. */
const VALID_SECONDS = 7 * 24 * 60 * 60
/** The header is as long as the message may be: nothing of it may be left out here. */
const NO_LIMITS = {
  maxHeaderFields: Number.POSITIVE_INFINITY,
  maxHeaderFieldOctets: Number.POSITIVE_INFINITY,
}
