/**
 * The conversation that a bounce shows: `>>>` and what was said, `<<<` and the reply, as sendmail
 * and Courier write it, or `-->` and `<--` behind a time, as MDaemon does. Sendmail shortens the
 * reply in its fields; here it is whole.
 */

export interface TranscriptReply {
  /** Lower case; null when the bounce does not say with whom it talked. */
  readonly host: string | null
  /** The verb of the command before, upper case; null before any. */
  readonly verb: string | null
  /** Its lines, joined. */
  readonly words: string
}

/** Replies of 4xx and 5xx, in their order. */
export function transcriptOf(lines: readonly string[]): readonly TranscriptReply[] {
  const replies: { host: string | null; verb: string | null; words: string }[] = []
  let host: string | null = null
  let verb: string | null = null
  let isOpen = false
  for (const line of lines) {
    const talking = TALKING.exec(line)
    const command = COMMAND.exec(line)
    const reply = REPLY.exec(line)
    if (talking !== null) [host, verb] = [(talking[1] ?? '').toLowerCase(), null]
    if (command !== null) verb = (command[1] ?? '').toUpperCase()
    const last = replies.at(-1)
    const text = reply?.[1] ?? ''
    if (isOpen && last !== undefined && reply !== null) last.words += ` ${text}`
    else if (/^[45]\d\d/.test(text) && replies.length < MAX_REPLIES)
      replies.push({ host, verb, words: text })
    isOpen = /^[45]\d\d-/.test(text)
  }
  return replies
}

/** The reply that begins with these words (`550-5.7.1 This message …`), or null. */
export function replyWith(
  replies: readonly TranscriptReply[],
  words: string,
): TranscriptReply | null {
  if (!/^[45]\d\d/.test(words)) return null
  const start = squeezed(words)
  return replies.find((reply) => squeezed(reply.words).startsWith(start)) ?? null
}

/** The verb of the step in which a reply came: replies to RCPT come after DATA when commands are sent ahead (RFC 2920). */
export function verbOf(reply: TranscriptReply, replies: readonly TranscriptReply[]): string | null {
  if (reply.verb !== 'DATA') return reply.verb
  const isOfRecipient = /recipient|\bRCPT\b|user|mailbox|<[^\s<>]{1,200}@/i.test(reply.words)
  const hasNone = replies.some(({ words }) => /^(?:503|554).{0,60}(?:RCPT|recipient)/i.test(words))
  return isOfRecipient && hasNone ? 'RCPT' : 'DATA'
}

function squeezed(words: string): string {
  return words.replace(/\s+/g, ' ').trim().toLowerCase()
}

const TALKING =
  /(?:while talking to|SMTP connection to) \[?([A-Za-z0-9._-]{1,255}?)(?::\d{1,5})?\]?\.?:?\s{0,3}$/i
const COMMAND =
  /^(?:\s{0,8}(?:Sent )?>>>|[A-Za-z0-9 :.-]{0,40}(?<!-)-->)\s{1,4}(HELO|EHLO|LHLO|MAIL|RCPT|DATA|STARTTLS|AUTH|BDAT|QUIT|RSET)\b/i
const REPLY = /^(?:\s{0,8}(?:Received )?<<<|[A-Za-z0-9 :.-]{0,40}<--)\s{1,4}(.{1,2000})$/
const MAX_REPLIES = 1000
