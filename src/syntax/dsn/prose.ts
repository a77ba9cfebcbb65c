/**
 * Bounces in prose. Mailers differ in their words and agree in their form: a sentence that delivery
 * failed, each address at the start of a line, its reason behind it or under it, and then the
 * message itself, which must not be taken for the reason.
 */
import type { Contents } from './contents.ts'

export interface ProseRecipient {
  readonly address: string
  /** What stands behind and under it. */
  readonly words: string
}

export interface Prose {
  readonly recipients: readonly ProseRecipient[]
  /** All that was said, without the message that was bounced. */
  readonly words: string
  /** It is still tried. */
  readonly isDelay: boolean
  readonly saysFailure: boolean
  /** To: of a message that is quoted in the text. */
  readonly originalTo: string | null
}

export function readProse({ prose, header }: Contents): Prose {
  const all = prose.replace(/\r\n?/g, '\n').slice(0, MAX_CHARS).split('\n', MAX_LINES)
  const end = originalStart(all)
  const lines = all.slice(0, end)
  const start = lines.findIndex((line) => INTRO.test(line)) + 1
  const named = entriesOf(lines.slice(start))
  const recipients = named.length > 0 ? named : entriesOf(lines)
  const words = folded(lines)
  const about = `${header.value('subject') ?? ''} ${words.slice(0, 2000)}`
  const quoted = all.slice(end).find((line) => /^[> ]{0,4}To:/i.test(line))
  return {
    recipients: recipients.length > 0 || !FAILURE.test(about) ? recipients : inlineOf(words),
    words,
    isDelay: DELAY.test(about) && !FINAL.test(about),
    saysFailure: FAILURE.test(about),
    originalTo: quoted?.replace(/^[> ]{0,4}To:/i, '') ?? null,
  }
}

/** The line where the bounced message, or its header, begins. */
function originalStart(lines: readonly string[]): number {
  const at = lines.findIndex((line, index) => index > 0 && ORIGINAL.test(line))
  return at < 0 ? lines.length : at
}

const ORIGINAL =
  /^[ \t>]{0,4}(?:-{2,}.{0,40}(?:copy of (?:the|your) message|original message|unsent message|returned message|message header|message text|transcript of (?:mail|message)|header of the original|forwarded message|below this line)|(?:the )?(?:header|headers|text|body|content)s? of (?:the|your) (?:original )?message|original message (?:follows|header|headers)|(?:your|the) (?:original )?message (?:follows|begins|header)|your message reads|reporting-mta: |message headers? follow|---? ?below this line|received: (?:from|by) |return-path: |x-[a-z-]+: |message-id: <|the (?:first|following) \d{0,4} ?lines|\[message attached|here is a copy of)/i

/** After such a line come the addresses. */
const INTRO =
  /following (?:recipient|address|user|e-?mail|mail|destination)|not (?:be )?deliver(?:ed|able)? (?:to|the following)|failed recipient|unable to deliver|(?:could|can|did) ?n(?:o|')?t (?:be )?(?:deliver|reach|send)|recipients? (?:failed|below)|delivery (?:to|failed)|addresses had|failed (?:for|to)|has been returned|undelivered|permanent.{0,10}error|sorry/i

/** An address at the start of a line, alone or with its reason behind it. */
function entriesOf(lines: readonly string[]): readonly ProseRecipient[] {
  const entries: { address: string; words: string[] }[] = []
  for (const line of lines) {
    const entry = ENTRY.exec(line)
    const address = entry?.[1] ?? entry?.[2]
    const last = entries.at(-1)
    const isNew = address !== undefined && !(last !== undefined && isReason(line))
    if (isNew && entries.length < MAX_ENTRIES)
      entries.push({ address: cleaned(address), words: [line.slice(entry?.[0].length ?? 0)] })
    else last?.words.push(line)
  }
  const found = new Map<string, string>()
  for (const { address, words } of entries) {
    const known = found.get(address)
    const text = folded(words)
    found.set(address, known === undefined ? text : `${known} ${text}`.trim())
  }
  return sharing([...found].map(([address, words]) => ({ address, words })))
}

/** Addresses that stand over one reason share it. */
function sharing(entries: readonly ProseRecipient[]): readonly ProseRecipient[] {
  const result: ProseRecipient[] = []
  let below = ''
  for (const entry of entries.toReversed()) {
    if (entry.words !== '') below = entry.words
    result.unshift(entry.words === '' ? { ...entry, words: below } : entry)
  }
  return result
}

/** A line of the other server's words that happens to begin with the address. */
function isReason(line: string): boolean {
  return /^\s*<?[^\s<>]{1,320}>?\s*(?:\.\.\.|is (?:not|un)|was not|does not|user unknown|:? ?recipient address rejected)/i.test(
    line,
  )
}

const ENTRY =
  /^[ \t*>-]{0,20}(?:(?:(?:failed|original|final|unknown|undeliverable|invalid|local|delivery|rejected|bad|rcpt) ){0,2}(?:recipient|to|address|user|e-?mail|mailbox|for)[ \t]{0,4}(?:address)?(?:(?<!^[ \t>]{0,8}to)[:=])?[ \t]{1,20})?(?:(?:rfc822|smtp|mailto)[;:][ \t]{0,4})?["'(]?(?:<([^\s<>@,;:"]{1,64}@[^\s<>,;:"]{1,255})>|([A-Za-z0-9][^\s<>@,;:"()[\]]{0,63}@[A-Za-z0-9.-]{1,255}[A-Za-z0-9]))["')]?(?=[\s:;,.(]|$)[:;,]?/i

/** No line starts with one: the first address in a sentence that says that delivery failed. */
function inlineOf(words: string): readonly ProseRecipient[] {
  const sentences = words.slice(0, 20_000).split(/(?<=[.!?:]) /, 200)
  const tellers = [...sentences.filter((sentence) => FAILURE.test(sentence)), ...sentences]
  for (const sentence of tellers) {
    const [found] = sentence.match(INLINE) ?? []
    if (found !== undefined && !SUPPORT.test(found)) return [{ address: cleaned(found), words }]
  }
  return []
}

/** Whom to ask, not whom the message was for. */
const SUPPORT = /^(?:postmaster|support|abuse|help|admin|mailer-daemon|webmaster)@/i

const INLINE =
  /([A-Za-z0-9_][^\s<>@,;:"()[\]']{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})/g

/** Words that say that something went wrong, in the languages that bounces are written in. */
export const FAILURE =
  /fail|undeliver|not (?:be )?deliver|could ?n.t|can ?not|unable|unknown|return|reject|bounce|does ?n.t exist|no such|full|quota|invalid|inactive|disabled|error|not (?:known|found|exist|reach|accept|match)|delay|エラー|配信|見つかりません/i
const DELAY =
  /delayed|\(delay\)|delay notif|still (?:be )?(?:trying|retry|being)|will (?:continue|keep|be retried|retry)|not yet been delivered|warning (?:message only|: could not send)|queued for/i
const FINAL =
  /permanent|giving up|gave up|has been returned|could not be delivered for|final|undeliverable|delivery (?:has )?failed|failed permanently|returned to sender|will not be|no further/i

function cleaned(address: string): string {
  return address.replace(/^['"]|[.'"]$/g, '')
}

function folded(lines: readonly string[]): string {
  return lines.join(' ').replace(/\s+/g, ' ').trim()
}

const MAX_CHARS = 200_000
const MAX_LINES = 4000
const MAX_ENTRIES = 1000
