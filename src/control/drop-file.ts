/**
 * A file of the drop folder: one line of JSON that says for whom the message is, and the message.
 * `waybill sendmail` writes it; but anybody can write there, so nothing in it is believed unseen.
 */
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

import { Refusal } from '../base/faults.ts'
import type { LocalMail } from './submit-commands.ts'

/** What a user says of their mail. Who they are is known by whose file it is. */
export type DropEnvelope = Omit<LocalMail, 'user'>

/** Names of whole files. While one is written its name has {@link UNFINISHED} before it. */
export const DROP_NAME = /^[0-9a-f]{32}$/
export const UNFINISHED = 'new.'

/** @param sizeOctets  of the message, which follows: by it a file that is cut short is known */
export function dropHead(envelope: DropEnvelope, sizeOctets: number): string {
  return `${JSON.stringify({ version: 1, sizeOctets, ...envelope })}\n`
}

export interface DroppedMail {
  readonly envelope: DropEnvelope
  /** Where the message begins. */
  readonly start: number
  readonly sizeOctets: number
}

/** @throws Refusal invalid: it is nothing that sendmail wrote */
export async function readDropHead(file: FileHandle, fileOctets: number): Promise<DroppedMail> {
  const head = await readLine(file)
  if (head === null) throw new Refusal('invalid', 'its first line is too long, or has no end')
  const value = parsed(head.toString('utf8'))
  const sizeOctets = fileOctets - head.length - 1
  if (value === null) throw new Refusal('invalid', 'its first line is none of sendmail')
  if (value.sizeOctets !== sizeOctets) throw new Refusal('invalid', 'it is not whole')
  return { envelope: value.envelope, start: head.length + 1, sizeOctets }
}

/** Without its end. */
async function readLine(file: FileHandle): Promise<Buffer | null> {
  const pieces: Buffer[] = []
  for (let at = 0; at < MAX_HEAD_OCTETS; at += PIECE_OCTETS) {
    const piece = Buffer.alloc(PIECE_OCTETS)
    const { bytesRead } = await file.read(piece, 0, PIECE_OCTETS, at)
    const end = piece.subarray(0, bytesRead).indexOf(0x0a)
    pieces.push(piece.subarray(0, end === -1 ? bytesRead : end))
    if (end !== -1) return Buffer.concat(pieces)
    if (bytesRead < PIECE_OCTETS) return null
  }
  return null
}

function parsed(text: string): { envelope: DropEnvelope; sizeOctets: number } | null {
  const value = tryJson(text)
  if (typeof value !== 'object' || value === null) return null
  const field = (name: string): unknown =>
    Object.hasOwn(value, name) ? Reflect.get(value, name) : null
  const [from, recipients, ret] = [field('from'), field('recipients'), field('ret')] as const
  const [fullName, notify, envelopeId] = [field('fullName'), field('notify'), field('envelopeId')]
  const [needsFrom, needsMessageId] = [field('needsFrom'), field('needsMessageId')]
  const sizeOctets = field('sizeOctets')
  const hasFrom = Object.hasOwn(value, 'from')
  if (field('version') !== 1 || typeof sizeOctets !== 'number') return null
  if (!isText(from) || !isText(fullName) || !isText(notify) || !isText(envelopeId)) return null
  if (typeof needsFrom !== 'boolean' || typeof needsMessageId !== 'boolean') return null
  if (!isRet(ret)) return null
  if (!Array.isArray(recipients) || recipients.length > MAX_RECIPIENTS) return null
  const addresses = recipients.filter((one): one is string => typeof one === 'string')
  if (addresses.length < recipients.length) return null
  const envelope = { fullName, recipients: addresses, needsFrom, needsMessageId }
  const wishes = { notify, ret, envelopeId }
  return { envelope: { ...(hasFrom ? { from } : {}), ...envelope, ...wishes }, sizeOctets }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isRet(value: unknown): value is DropEnvelope['ret'] {
  return value === null || value === 'FULL' || value === 'HDRS'
}

function isText(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && value.length <= MAX_TEXT_CHARS)
}

/**
 * The message as it is read. Line ends other than CRLF, which could mean two things to two servers,
 * are none that sendmail writes.
 * @throws Refusal invalid: for those, and when the file is another one afterwards than it was before
 */
export async function* messageOf(
  file: FileHandle,
  { start, sizeOctets }: DroppedMail,
  before: BigIntStats,
): AsyncGenerator<Uint8Array> {
  let last = 0
  for (let at = 0; at < sizeOctets; ) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_OCTETS, sizeOctets - at))
    const { bytesRead } = await file.read(piece, 0, piece.length, start + at)
    if (bytesRead === 0) throw new Refusal('invalid', CHANGED)
    const octets = piece.subarray(0, bytesRead)
    if (at === 0 && !/^(?:[!-9;-~]+[ \t]*:|\r\n)/.test(octets.toString('latin1', 0, 1000)))
      throw new Refusal('invalid', 'it begins with no header field')
    // RFC 5321 §2.3.8: no text has it, and servers refuse it.
    if (octets.includes(NUL)) throw new Refusal('invalid', 'it has NUL octets')
    if (!hasCrlfOnly(octets, last)) throw new Refusal('invalid', 'its lines do not end in CRLF')
    last = octets[bytesRead - 1] ?? 0
    at += bytesRead
    yield octets
  }
  if (last !== LF) throw new Refusal('invalid', 'its lines do not end in CRLF')
  const after = await file.stat({ bigint: true })
  if (!isSame(before, after)) throw new Refusal('invalid', CHANGED)
}

/** @param last  the octet before these */
function hasCrlfOnly(octets: Buffer, last: number): boolean {
  if (last === CR && octets[0] !== LF) return false
  for (let at = octets.indexOf(LF); at !== -1; at = octets.indexOf(LF, at + 1))
    if ((at === 0 ? last : octets[at - 1]) !== CR) return false
  for (let at = octets.indexOf(CR); at !== -1; at = octets.indexOf(CR, at + 1))
    if (at < octets.length - 1 && octets[at + 1] !== LF) return false
  return true
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return (
    a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.nlink === b.nlink
  )
}

const NUL = 0x00
const CR = 0x0d
const LF = 0x0a
const CHANGED = 'it changed while it was read'
const PIECE_OCTETS = 64 * 1024
/** Room for {@link MAX_RECIPIENTS} long addresses. */
export const MAX_HEAD_OCTETS = 2 ** 21
const MAX_RECIPIENTS = 10_000
const MAX_TEXT_CHARS = 1000
