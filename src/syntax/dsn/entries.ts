/**
 * The list of a bounce: each address at the start of a line, its reason behind it, under it, or in
 * the paragraph after it. One address may stand there twice, and several over one reason.
 */
import { addressesIn } from './addresses.ts'
import { BOILERPLATE, FAILURE, INTRO, REPLY_TAIL, RULE } from './wording.ts'

export interface Entry {
  readonly address: string
  /** Before aliases: `(expanded from <…>)`, `(generated from …)`. */
  readonly originalAddress: string | null
  /** The reason; '' when the list gives none. */
  readonly words: string
  /** The line it stands in. */
  readonly line: number
  /** Behind `Unknown user: ` or the like. */
  readonly isLabelled: boolean
}

interface OpenEntry {
  readonly address: string
  originalAddress: string | null
  readonly line: number
  readonly isLabelled: boolean
  readonly words: string[]
  /** A paragraph with words has ended: only one that tells more may follow. */
  isFull: boolean
  /** The paragraph at hand says nothing of the reason. */
  isIdle: boolean
}

/** @param lines of the report alone, without the message that was bounced */
export function entriesOf(lines: readonly string[]): readonly Entry[] {
  const entries = new Map<string, OpenEntry>()
  let open: OpenEntry | null = null
  let isNewParagraph = true
  let local: string | null = null
  for (const [index, line] of lines.entries()) {
    const isBlank = !/[^\s*|]/.test(line)
    const head: Head | null =
      isBlank || entries.size >= MAX_ENTRIES ? null : headOf(line, local !== null)
    const key = head?.address.toLowerCase() ?? ''
    if (head !== null && !(open !== null && key !== open.address.toLowerCase() && head.isReply)) {
      open = entries.get(key) ?? newEntry(head, index)
      entries.set(key, open)
      open.isIdle = false
      if (local !== null) add(open, local)
      add(open, head.tail)
      local = null
    } else if (LOCAL.test(line)) {
      // After an address comes why; after a pipe or a file comes whose it is.
      open = null
      local = line
    } else if (open !== null) {
      if (isBlank) open.isFull ||= open.words.some(isReason)
      else takeLine(open, line, isNewParagraph)
    }
    // What stands under a rule is as new as what stands under a blank line.
    isNewParagraph = isBlank || (isNewParagraph && RULE.test(line.trim()) && !TELLS.test(line))
  }
  return sharing([...entries.values()])
}

function newEntry({ address, isLabelled }: Head, line: number): OpenEntry {
  const state = { words: [], isFull: false, isIdle: false }
  return { address, originalAddress: null, line, isLabelled, ...state }
}

/** Words, and not only those that lead to some. */
function isReason(words: string): boolean {
  return /[a-z]{3}|\d{3}|[^\x00-\x7f]{3}/i.test(words) && !words.endsWith(':')
}

function takeLine(open: OpenEntry, line: string, isNewParagraph: boolean): void {
  const text = line.trim()
  const isIdle = BOILERPLATE.test(text)
  if (isNewParagraph)
    open.isIdle = (isIdle && !RULE.test(text)) || (open.isFull && !TELLS.test(text))
  // One boilerplate line does not spoil its paragraph, but what tells does save it.
  if (open.isIdle && SAVES.test(text)) open.isIdle = false
  if (!open.isIdle && !isIdle) add(open, text)
}

function add(open: OpenEntry, text: string): void {
  const from = ALIAS.exec(text)
  const original = from === null ? undefined : addressesIn(from[0], 1)[0]?.address
  open.originalAddress ??= original ?? null
  const words = from === null ? text : text.replace(from[0], ' ')
  if (words.trim() !== '' && open.words.length < MAX_WORDS_LINES) open.words.push(words.trim())
}

/** Addresses that stand over one reason share it. */
function sharing(open: readonly OpenEntry[]): readonly Entry[] {
  const entries: Entry[] = []
  let below = ''
  for (const { words, address, originalAddress, line, isLabelled } of open.toReversed()) {
    const own = trimmed(words.join(' '))
    if (own !== '') below = own
    const shared = own === '' ? below : own
    entries.push({ address, originalAddress, line, isLabelled, words: shared })
  }
  return entries.reverse()
}

interface Head {
  readonly address: string
  readonly tail: string
  readonly isLabelled: boolean
  /** What follows reads like the words of a server. */
  readonly isReply: boolean
}

/** An address at the start of a line, behind at most a bullet and a label. */
function headOf(line: string, afterLocal: boolean): Head | null {
  const text = line.slice(0, MAX_LINE)
  if (CONVERSATION.test(text)) return null
  const [found] = addressesIn(text, 1)
  if (found === undefined) return null
  const label = text.slice(0, found.start)
  const isOwner = afterLocal && OWNER.test(label)
  if (!isOwner && !isLabel(label)) return null
  const after = text.slice(found.end).replace(LINK, '')
  if (!/^[>)\]'"]{0,3}(?:[\s:;,.([<-]|$)/.test(after)) return null
  const tail = trimmed(after.replace(/^[>)\]'"]{1,3}/, ''))
  const isLabelled = /[a-z]{4}.*[:\s]/i.test(label)
  return { address: found.address, tail, isLabelled, isReply: REPLY_TAIL.test(after) }
}

/** What may stand before the address of a list: nothing, a bullet, `Final-Recipient: rfc822;`, a name before `<mailto:`. */
function isLabel(before: string): boolean {
  if (before.length > MAX_LABEL) return false
  const text = before.replace(/[<"'([]{1,4}$/, '').replace(/(?:rfc822|smtp|mailto)[;:] ?$/i, '')
  const label = text.replace(/^[\s*>|+\u2022\u30fb-]+/, '').replace(/[<"'([]{1,4}$/, '')
  if (label === '' || LABEL.test(label)) return true
  return /<mailto:$/i.test(before)
}

/** A colon, comma or dash left over between an address and its reason. */
function trimmed(words: string): string {
  return words.replace(/^(?:\.\.\.|<<< )?[\s:;,-]*/, '').trim()
}

const LABEL =
  /^(?:\[status: error, ?)?(?:(?:final|failed|original|unknown|undeliverable|invalid|bad|local|delivery|rejected|intended|e-?mail|mail|rcpt|fail to|error|no such|affected|destination) ){0,3}(?:(?:recipient|address|addressee|user|userid|mailbox|rcpt to|failed to)(?:\(s\))?(?: address)?|fail to|undeliverable to|e-?mail|delivered to) ?(?:[:=]\s{0,20}|\s{1,20})\[?(?:smtp:)?$|^(?:undeliverable|unknown user|delivery failed|failed) {1,3}to {1,3}$/i
/** A pipe, a file, or an address that is kept secret: what stands under it says whose it is. */
const LOCAL = /^\s{0,8}(?:pipe to |save to |"?\||"?\/[\w.-]{1,60}\/|an undisclosed address)/i
const OWNER = /^\s{0,12}\(?(?:(?:ultimately )?generated (?:by|from)|expanded from):? <?$/i
const ALIAS =
  /\(?(?:expanded|(?:ultimately )?generated) from:? ?(?:[^()\n]{1,300}\)|<?[^\s()<>]{1,300}>?)|\((?:was |originally )addressed to [^()\n]{1,300}\)/i
/** Of `bob@example.net<mailto:bob@example.net>` and `bob@example.net (bob@example.net)`. */
const LINK =
  /^(?:(?: \([^\s()]{1,300}\))?<mailto:[^\s<>]{1,300}>| <[^\s<>@]{1,200}@[^\s<>@]{1,255}>)/i
const CONVERSATION =
  /^\s{0,8}(?:(?:sent |received )?(?:>>>|<<<) ?(?:helo|ehlo|mail|rcpt|data|rset|quit|\d{3})|\.\.\. while talking)/i
/** A later paragraph is of the reason when it has a reply, or says that one follows. */
const TELLS =
  /(?<![\d.])[45]\d\d[ -]|[45]\.[0-7]\.\d|reason|returned|replied|response|said|error|because|(?:remote|smtp)[ -]|mta|<<<|>>>|rejected|diagnostic|google tried|technical details|did not accept|smtp command|was generated|failed to|permission|no such/i
const SAVES =
  /^(?:<<< )?[45]\d\d[ -]|(?<![\d.])[45]\d\d[ -]["'#(]{0,2}[45]\.\d|remote server (?:at .{1,200})?returned '/i
const MAX_LINE = 2000
const MAX_LABEL = 100
const MAX_ENTRIES = 1000
/** The lines of one reason. */
const MAX_WORDS_LINES = 60

/** Paragraphs that tell a reason, of those that stand before the list. */
export function tellingParagraphs(lines: readonly string[]): readonly string[] {
  const paragraphs: string[] = []
  let current: string[] = []
  for (const line of [...lines, '']) {
    if (/\S/.test(line)) {
      const text = line.trim()
      const leads = text.endsWith(':') && INTRO.test(text)
      if (!leads && !BOILERPLATE.test(text)) current.push(text)
      continue
    }
    const paragraph = current.join(' ')
    if (FAILURE.test(paragraph) || /(?<![\d.])[45]\d\d[ -]/.test(paragraph))
      paragraphs.push(paragraph)
    current = []
  }
  return paragraphs
}
