/**
 * What Dovecot's LMTP, LDA and Sieve did with a message:
 *
 *   msgid=<a1@example.net>: saved mail to INBOX
 *   sieve: msgid=<a1@example.net>: fileinto action: stored mail into mailbox 'Lists/waybill'
 *   4KOmJQX: from=<x@y>, subject=Hello, msgid=<a1@y>, size=12: save failed to INBOX: Quota exceeded
 */
import type { Filed } from '../event.ts'
import type { Prefix } from './prefix.ts'

/** Null when the message is about no message. */
export function readFiled(prefix: Prefix, atMs: number, message: string): Filed | null {
  const first = message.indexOf('msgid=')
  const found = first < 0 ? null : findAction(message, first)
  if (found === null) return null
  const { phrase, at } = found
  // A subject before the id can have anything in it.
  const isFirst = !/(?:subject|from)=/.test(message.slice(0, first))
  const id = isFirst ? first : message.lastIndexOf('msgid=', at)
  const rest = message.slice(at + phrase.text.length)
  const { mailbox, to, reason } = PARTS[phrase.rest](rest)
  const head = message.slice(0, at)
  const size = Number.parseInt(formatValue(head, 'size=') ?? '', 10)
  return {
    type: 'filed',
    atMs,
    action: phrase.action,
    login: prefix.user,
    messageIdHeader: messageIdOf(message, id + 6, at),
    from: withoutBrackets(formatValue(head, 'from=')),
    subject: formatValue(head, 'subject='),
    sizeOctets: Number.isSafeInteger(size) ? size : null,
    mailbox,
    to,
    session: prefix.session ?? sessionOf(head),
    reason: phrase.action === 'discarded' ? message.slice(at - 1) : reason,
  }
}

interface Phrase {
  /** Without its first letter, which is a capital in newer versions. */
  readonly text: string
  readonly action: Filed['action']
  /** What follows it. */
  readonly rest: keyof typeof PARTS
}

interface Found {
  readonly phrase: Phrase
  readonly at: number
}

/** The last one: whoever sends a message chooses its id, and could write the others in it. */
function findAction(message: string, from: number): Found | null {
  let best: Found | null = null
  for (const phrase of PHRASES) {
    const at = message.lastIndexOf(phrase.text)
    if (at - 1 > from && at > (best?.at ?? -1) && message.charCodeAt(at - 2) === SPACE)
      best = { phrase, at }
  }
  return best
}

interface Parts {
  readonly mailbox: string | null
  readonly to: string | null
  readonly reason: string | null
}

const PARTS = {
  /** `INBOX` */
  mailbox: (rest: string): Parts => ({ mailbox: rest, to: null, reason: null }),
  /** `'INBOX'`, `'Shared' (Shared/All)`, and from 2.4 more after it. */
  quoted: (rest: string): Parts => ({ mailbox: quoted(rest).name, to: null, reason: null }),
  /** `INBOX: Quota exceeded` */
  mailboxReason: (rest: string): Parts => {
    const colon = rest.indexOf(': ')
    if (colon < 0) return { mailbox: rest, to: null, reason: null }
    return { mailbox: rest.slice(0, colon), to: null, reason: rest.slice(colon + 2) }
  },
  /** `'INBOX': Quota exceeded` */
  quotedReason: (rest: string): Parts => {
    const { name, end } = quoted(rest)
    return { mailbox: name, to: null, reason: rest.slice(rest.indexOf(': ', end) + 2) }
  },
  /** `<jane@example.com>` */
  address: (rest: string): Parts => ({ mailbox: null, to: addressOf(rest), reason: null }),
  /** `<jane@example.com>: 550 …` */
  addressReason: (rest: string): Parts => {
    const colon = rest.indexOf(': ')
    const reason = colon < 0 ? rest : rest.slice(colon + 2)
    return { mailbox: null, to: addressOf(rest), reason }
  },
  /** All of it says why. */
  reason: (rest: string): Parts => ({ mailbox: null, to: null, reason: rest || null }),
}

/** Longer ones first where one is in the other. */
const PHRASES: readonly Phrase[] = [
  { text: 'aved mail to ', action: 'saved', rest: 'mailbox' },
  { text: 'tored mail into mailbox ', action: 'saved', rest: 'quoted' },
  { text: 'eft message in mailbox ', action: 'saved', rest: 'quoted' },
  { text: 'ave failed to open mailbox ', action: 'failed', rest: 'mailboxReason' },
  { text: 'ave failed to ', action: 'failed', rest: 'mailboxReason' },
  { text: 'ailed to store into mailbox ', action: 'failed', rest: 'quotedReason' },
  { text: 'ailed to redirect message to ', action: 'failed', rest: 'addressReason' },
  { text: 'ailed to forward message to ', action: 'failed', rest: 'addressReason' },
  { text: 'ailed to send ', action: 'failed', rest: 'reason' },
  { text: 'ailed to pipe message ', action: 'failed', rest: 'reason' },
  { text: 'orwarded to ', action: 'forwarded', rest: 'address' },
  { text: 'edirected to ', action: 'forwarded', rest: 'address' },
  { text: 'iped message to program ', action: 'forwarded', rest: 'address' },
  { text: 'arked message to be discarded ', action: 'discarded', rest: 'reason' },
  { text: 'iscarded message', action: 'discarded', rest: 'reason' },
  { text: 'iscarded duplicate forward to ', action: 'duplicate', rest: 'address' },
  { text: 'iscarded duplicate vacation response to ', action: 'duplicate', rest: 'address' },
  { text: 'iscarded duplicate', action: 'duplicate', rest: 'reason' },
  { text: 'ejected: ', action: 'rejected', rest: 'reason' },
  { text: 'ejected message from ', action: 'rejected', rest: 'address' },
  { text: 'efused message from ', action: 'rejected', rest: 'address' },
  { text: 'ent rejection message to ', action: 'rejected', rest: 'address' },
  { text: 'ot sending reject message', action: 'rejected', rest: 'reason' },
  { text: 'ent vacation response to ', action: 'replied', rest: 'address' },
  { text: 'ent mail notification to ', action: 'notified', rest: 'address' },
  { text: 'ent notification', action: 'notified', rest: 'reason' },
]

/** `<a1@example.net>`, also with `(added by …)`; null for `unspecified`. */
function messageIdOf(message: string, from: number, actionAt: number): string | null {
  const space = message.lastIndexOf(': ', actionAt - 2)
  let end = space < from ? actionAt - 3 : space
  // `fileinto action: ` stands between the id and what was done.
  if (message.startsWith(' action', end - 7)) end = message.lastIndexOf(': ', end - 1)
  const open = message.indexOf('<', from)
  if (open < 0 || open > end) {
    const word = message.slice(from, Math.max(from, end)).split(/[ ,:]/, 1)[0] ?? ''
    return word === '' || word === 'unspecified' ? null : word
  }
  const comma = message.indexOf('>, ', open)
  const close = comma > 0 && comma < end ? comma : message.lastIndexOf('>', end)
  return close > open + 1 ? message.slice(open + 1, close) : null
}

/** A value of a `deliver_log_format` with more in it than the id; null when it is not there. */
function formatValue(head: string, name: string): string | null {
  let at = head.indexOf(name)
  while (at > 0 && head.charCodeAt(at - 1) !== SPACE) at = head.indexOf(name, at + 1)
  if (at < 0) return null
  const from = at + name.length
  let end = head.length
  for (const next of NEXT_VALUES) {
    const found = head.indexOf(next, from)
    if (found >= 0 && found < end) end = found
  }
  const value = head.slice(from, end).replace(/[,: ]{1,4}$/, '')
  return value === '' ? null : value
}

const NEXT_VALUES = [' from=', ' subject=', ' size=', ' msgid=', ' vsize='] as const

/** Before `sieve: msgid=`, or before `msgid=`, in 2.2. */
function sessionOf(head: string): string | null {
  const colon = head.indexOf(': ')
  const word = head.slice(0, Math.max(0, colon))
  return /^[A-Za-z0-9+/]{12,64}(?::[0-9:]{1,16})?$/.test(word) ? word : null
}

interface Quoted {
  readonly name: string
  readonly end: number
}

function quoted(rest: string): Quoted {
  if (!rest.startsWith("'")) return { name: rest, end: rest.length }
  const colon = rest.indexOf("': ")
  const close =
    colon > 0 ? colon : rest.indexOf("' (") > 0 ? rest.indexOf("' (") : rest.lastIndexOf("'")
  return close > 0 ? { name: rest.slice(1, close), end: close } : { name: rest, end: rest.length }
}

/** In `<>`, or in quotes as a program is. */
function addressOf(rest: string): string | null {
  const open = rest.startsWith('<') ? '>' : rest.startsWith('`') ? "'" : ' '
  const end = rest.indexOf(open, 1)
  const text = rest.slice(open === ' ' ? 0 : 1, end < 0 ? rest.length : end)
  return text === '' ? null : text
}

function withoutBrackets(text: string | null): string | null {
  if (text === null || !text.startsWith('<') || !text.endsWith('>')) return text
  return text.slice(1, -1) || null
}

const SPACE = 0x20
