/**
 * BODY and BODYSTRUCTURE: RFC 9051 §7.5.2, from a skeleton.
 *
 * Recursion goes as deep as the skeleton, which its parser cut at `limits.message.maxMimeDepth`.
 */
import type { Parameters, Part } from '../mime/skeleton.ts'
import { EMPTY_ENVELOPE, writeEnvelope } from './envelope.ts'
import { writeNstring, writeString } from './write-string.ts'

/** `extended` is BODYSTRUCTURE; without it, BODY. */
export function writeBodyStructure(part: Part, extended: boolean): string {
  return part.type === 'multipart' ? writeMultipart(part, extended) : writeLeaf(part, extended)
}

/** The grammar wants at least one part in a multipart, and a body in a message/rfc822. */
const EMPTY_PART = '("text" "plain" NIL NIL NIL "7bit" 0 0)'

function writeMultipart(part: Part, extended: boolean): string {
  let text = '('
  for (const child of part.children) text += writeBodyStructure(child, extended)
  if (part.children.length === 0) text += EMPTY_PART
  text += ` ${writeString(part.subtype)}`
  if (extended) text += ` ${writeParameters(part.parameters)} ${writeExtension(part)}`
  return `${text})`
}

function writeLeaf(part: Part, extended: boolean): string {
  const fields = [
    writeString(part.type),
    writeString(part.subtype),
    writeParameters(part.parameters),
    writeNstring(part.id),
    writeNstring(part.description),
    writeString(part.encoding),
    String(part.bodyEnd - part.bodyStart),
  ]
  if (part.type === 'text') {
    fields.push(String(part.lines))
  } else if (part.type === 'message' && isMessage(part.subtype)) {
    const inside = part.message
    fields.push(
      inside === null ? EMPTY_ENVELOPE : writeEnvelope(inside.envelope),
      inside === null ? EMPTY_PART : writeBodyStructure(inside.root, extended),
      String(part.lines),
    )
  }
  if (extended) fields.push(writeNstring(part.md5), writeExtension(part))
  return `(${fields.join(' ')})`
}

const isMessage = (subtype: string): boolean => subtype === 'rfc822' || subtype === 'global'

/** Disposition, language, location. */
function writeExtension(part: Part): string {
  const { disposition, language } = part
  const how =
    disposition === null
      ? 'NIL'
      : `(${writeString(disposition.type)} ${writeParameters(disposition.parameters)})`
  const [first] = language
  const languages =
    first === undefined
      ? 'NIL'
      : language.length === 1
        ? writeString(first)
        : `(${language.map((tag) => writeString(tag)).join(' ')})`
  return `${how} ${languages} ${writeNstring(part.location)}`
}

function writeParameters(parameters: Parameters): string {
  if (parameters.length === 0) return 'NIL'
  const pairs = parameters.map(([name, value]) => `${writeString(name)} ${writeString(value)}`)
  return `(${pairs.join(' ')})`
}
