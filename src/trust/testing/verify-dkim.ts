/**
 * A plain verifier for tests, written from RFC 6376 §3.4 and §6.1 without anything of the signer:
 * whole texts and simple patterns, which no stranger's mail may ever reach.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'

/** For each DKIM-Signature from the top: null when it holds, else what is wrong. */
export function verifyDkim(
  message: Uint8Array,
  keyOf: (name: string) => KeyObject,
): (string | null)[] {
  const text = Buffer.from(message).toString('latin1')
  const blank = text.indexOf('\r\n\r\n')
  const fields = text.slice(0, blank + 2).split(/(?<=\r\n)(?![ \t])/)
  const body = relaxedBody(text.slice(blank + 4))
  const bodyHash = createHash('sha256').update(body, 'latin1').digest('base64')
  return fields
    .filter((field) => nameOf(field) === 'dkim-signature')
    .map((field) => problem(field, { fields, bodyHash, keyOf }))
}

/** The key in a record's text. */
export function keyOfRecord(record: string): KeyObject {
  const tags = tagsOf(record)
  const octets = Buffer.from(tags.get('p') ?? '', 'base64')
  // The head of a SubjectPublicKeyInfo of Ed25519 (RFC 8410 §4).
  const head = Buffer.from('302a300506032b6570032100', 'hex')
  const der = tags.get('k') === 'ed25519' ? Buffer.concat([head, octets]) : octets
  return createPublicKey({ key: der, format: 'der', type: 'spki' })
}

interface Around {
  readonly fields: readonly string[]
  readonly bodyHash: string
  readonly keyOf: (name: string) => KeyObject
}

function problem(field: string, { fields, bodyHash, keyOf }: Around): string | null {
  const tags = tagsOf(field.slice(field.indexOf(':') + 1))
  if (tags.get('bh') !== bodyHash) return 'body hash'
  const left = [...fields]
  let text = ''
  for (const name of (tags.get('h') ?? '').split(':')) {
    const at = left.findLastIndex((candidate) => nameOf(candidate) === name.trim().toLowerCase())
    if (at !== -1) text += `${relaxed(left.splice(at, 1)[0] ?? '')}\r\n`
  }
  text += relaxed(field.replace(/([;\s]b=)[^;]*/, '$1').replace(/\r\n$/, ''))
  const data = Buffer.from(text, 'latin1')
  const key = keyOf(`${tags.get('s')}._domainkey.${tags.get('d')}`)
  const value = Buffer.from(tags.get('b') ?? '', 'base64')
  const holds =
    tags.get('a') === 'ed25519-sha256'
      ? verify(null, createHash('sha256').update(data).digest(), key, value)
      : verify('sha256', data, key, value)
  return holds ? null : 'signature'
}

function tagsOf(text: string): Map<string, string> {
  const tags = text.split(';').map((tag): [string, string] => {
    const at = tag.indexOf('=')
    return [tag.slice(0, at).trim(), tag.slice(at + 1).replace(/\s/g, '')]
  })
  return new Map(tags)
}

function nameOf(field: string): string {
  return field.slice(0, field.indexOf(':')).trim().toLowerCase()
}

function relaxed(field: string): string {
  const value = field
    .slice(field.indexOf(':') + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
  return `${nameOf(field)}:${value.replace(/^ | $/g, '')}`
}

function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
  while (lines.at(-1) === '') lines.pop()
  return lines.map((line) => `${line}\r\n`).join('')
}
