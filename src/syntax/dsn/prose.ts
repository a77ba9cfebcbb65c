/**
 * Bounces in prose. Mailers differ in their words and agree in their form: a sentence that delivery
 * failed, each address at the start of a line, its reason behind it or under it, and then the
 * message itself, which must not be taken for the reason. The others name the address in a sentence.
 */
import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { latin1OfUtf8 } from '../../base/octets.ts'
import { Header } from '../message/header.ts'
import { addressesIn, isAddress } from './addresses.ts'
import type { Contents } from './contents.ts'
import { type Entry, entriesOf, tellingParagraphs } from './entries.ts'
import { type TranscriptReply, transcriptOf } from './transcript.ts'
import {
  BOILERPLATE,
  DELAY,
  FAILURE,
  FINAL,
  INTRO,
  ORIGINAL,
  REASON_FIRST,
  SENTENCES,
  STILL_TRIED,
} from './wording.ts'

export interface ProseRecipient {
  readonly address: string
  readonly originalAddress: string | null
  /** Its reason. */
  readonly words: string
}

export interface Prose {
  readonly recipients: readonly ProseRecipient[]
  /** How sure it is that this is a bounce: it has a list, a sentence of one, or only an address. */
  readonly form: 'list' | 'sentence' | 'address' | 'none'
  /** All that was said of the reason, without the message that was bounced. */
  readonly words: string
  readonly transcript: readonly TranscriptReply[]
  /** It is still tried. */
  readonly isDelay: boolean
  readonly saysFailure: boolean
  /** Header of the message that was bounced, as the text quotes it. */
  readonly original: Header | null
}

export function readProse({ prose, header }: Contents): Prose {
  const all = prose
    .slice(0, MAX_CHARS)
    .replace(/\r\n?/g, '\n')
    .split('\n', MAX_LINES)
    .map((line) => line.slice(0, MAX_LINE))
  const end = originalStart(all)
  const lines = all.slice(0, end)
  const words = folded(lines.filter((line) => !BOILERPLATE.test(line.trim())))
  const about = `${header.value('subject') ?? ''} ${folded(lines).slice(0, 3000)}`
  const saysFailure = FAILURE.test(about)
  return {
    ...recipientsOf(lines, words, { from: header.value('from') ?? '', saysFailure }),
    words,
    transcript: transcriptOf(lines),
    isDelay: STILL_TRIED.test(about) || (DELAY.test(about) && !FINAL.test(about)),
    saysFailure,
    original: quotedHeader(all.slice(end)),
  }
}

/** The line where the bounced message, or its header, begins. */
function originalStart(lines: readonly string[]): number {
  const at = lines.findIndex((line, index) => index > 0 && ORIGINAL.test(line))
  return at < 0 ? lines.length : at
}

/** After the line that announces it and what is blank; mailers put `>` or blanks before every line. */
function quotedHeader(lines: readonly string[]): Header | null {
  const start = lines.findIndex((line) => FIELD.test(line))
  if (start < 0) return null
  const block = lines.slice(start, start + MAX_HEADER_LINES)
  const mark = /^[> ]{0,4}/.exec(block[0] ?? '')?.[0].length ?? 0
  const text = block.map((line) => line.slice(mark)).join('\n')
  return new Header(latin1OfUtf8(text), DEFAULT_LIMITS.message)
}

const FIELD = /^[> ]{0,4}[A-Za-z][A-Za-z0-9-]{1,40}: /
const MAX_HEADER_LINES = 200

/** The surest form that there is: a list after its introduction, a sentence, a list, an address. */
function recipientsOf(
  lines: readonly string[],
  words: string,
  { from, saysFailure }: { readonly from: string; readonly saysFailure: boolean },
): Pick<Prose, 'recipients' | 'form'> {
  const start = lines.findIndex((line) => INTRO.test(line)) + 1
  const listed = start === 0 ? [] : entriesOf(lines.slice(start))
  if (listed.length > 0) return { recipients: withPreamble(listed, lines, start), form: 'list' }
  const unintroduced = entriesOf(lines)
  if (unintroduced.some(({ isLabelled }) => isLabelled))
    return { recipients: withPreamble(unintroduced, lines, 0), form: 'list' }
  const answered = answeredIn(lines)
  if (answered.length > 0) return { recipients: answered, form: 'list' }
  const named = sentencesIn(folded(lines).slice(0, MAX_SENTENCES), words)
  if (named.length > 0) return { recipients: named, form: 'sentence' }
  const local = start === 0 ? [] : localNamesIn(lines.slice(start), from, words)
  if (local.length > 0) return { recipients: local, form: 'list' }
  if (unintroduced.length > 0)
    return { recipients: withPreamble(unintroduced, lines, 0), form: 'address' }
  const inSentence = saysFailure ? inlineOf(words) : []
  const inline = inSentence.length > 0 || !saysFailure ? inSentence : addressedIn(lines, words)
  return { recipients: inline, form: inline.length > 0 ? 'address' : 'none' }
}

/** The reason may stand before the list. */
function withPreamble(
  entries: readonly Entry[],
  lines: readonly string[],
  start: number,
): readonly ProseRecipient[] {
  const before = tellingParagraphs(lines.slice(0, start + (entries[0]?.line ?? 0)))
  const after = entries.some(({ words }) => saysWhy(words))
  const preamble = before.filter((paragraph) => !after || REASON_FIRST.test(paragraph)).join(' ')
  const isShort = preamble.length <= MAX_PREAMBLE
  return entries.map(({ address, originalAddress, words }) => ({
    address,
    originalAddress,
    words: after && (!isShort || entries.length > 1) ? words : folded([preamble, words]),
  }))
}

/** Has a reply, or words that tell of a failure. */
function saysWhy(words: string): boolean {
  return /(?<![\d.])[45]\d\d[ -]|[45]\.\d\.\d/.test(words) || FAILURE.test(words)
}

/** Old sendmail has no list, but ends each part of its transcript with `554 <bob@example.net>... why`. */
function answeredIn(lines: readonly string[]): readonly ProseRecipient[] {
  if (!lines.some((line) => /transcript of (?:the )?session follows/i.test(line))) return []
  const found = new Map<string, ProseRecipient>()
  const [since = ''] = lines.filter((line) => SINCE.test(line))
  for (const line of lines) {
    const [, address = '', why = ''] = ANSWER.exec(line) ?? []
    if (isAddress(address) && found.size < MAX_ANSWERS && !found.has(address.toLowerCase()))
      found.set(address.toLowerCase(), {
        address,
        originalAddress: null,
        words: /^deferred/i.test(why) ? `${why} ${since}` : why,
      })
  }
  return [...found.values()]
}

/** A provider's own mailer may list its users by name alone: they are of its domain. */
function localNamesIn(
  lines: readonly string[],
  from: string,
  words: string,
): readonly ProseRecipient[] {
  const [, domain] = OWN_MAILER.exec(from) ?? []
  const first = lines.findIndex((line) => LOCAL_NAME.test(line))
  if (domain === undefined || first < 0) return []
  const list = lines.slice(first, first + MAX_NAMED)
  const end = list.findIndex((line) => !LOCAL_NAME.test(line))
  return list.slice(0, end < 0 ? list.length : end).map((line) => {
    const [, name = '', why = words] = LOCAL_NAME.exec(line) ?? []
    return { address: `${name}@${domain.toLowerCase()}`, originalAddress: null, words: why }
  })
}

const OWN_MAILER = /\bmailer-daemon@([A-Za-z0-9.-]{1,255})/i
/** Indented, so that it is no word of a sentence; GroupWise puts why in brackets behind it. */
const LOCAL_NAME = /^[ \t]{1,12}([A-Za-z0-9][A-Za-z0-9._-]{1,63})(?: \(([^()]{1,200})\))?$/

/** Why it was given up, or is told now. */
const SINCE = /^(?:message could not be delivered for|warning: message still undelivered)/i
const ANSWER = /^\s{0,8}(?:[45]\d\d (?:[45]\.\d\.\d )?)?<?([^\s<>]{3,320})>?\.\.\. (.{1,1000})$/

/** No list: the addresses of the sentences that tell of a failure, all for the one reason. */
function sentencesIn(text: string, words: string): readonly ProseRecipient[] {
  const found = new Map<string, ProseRecipient>()
  for (const sentence of SENTENCES) {
    for (const [, address = ''] of text.matchAll(sentence)) {
      const name = address.replace(/[.'"]{1,4}$/, '')
      const isNew = isAddress(name) && !found.has(name.toLowerCase())
      if (isNew && found.size < MAX_NAMED && !SUPPORT.test(name))
        found.set(name.toLowerCase(), { address: name, originalAddress: null, words })
    }
  }
  return [...found.values()]
}

/** No line starts with one: the first address in a sentence that says that delivery failed. */
function inlineOf(words: string): readonly ProseRecipient[] {
  const sentences = words.slice(0, MAX_SENTENCES).split(/(?<=[.!?:]) /, 200)
  const tellers = [...sentences.filter((sentence) => FAILURE.test(sentence)), ...sentences]
  for (const sentence of tellers) {
    const [found] = addressesIn(sentence, 1)
    if (found !== undefined && !SUPPORT.test(found.address))
      return [{ address: found.address, originalAddress: null, words }]
  }
  return []
}

/** The field that shows whom the message was for, where a report quotes no more of it. */
function addressedIn(lines: readonly string[], words: string): readonly ProseRecipient[] {
  const fields = lines.filter((line) => /^\s{0,8}to: /i.test(line)).slice(0, 1)
  const found = fields.flatMap((line) => addressesIn(line, 1))
  return found.map(({ address }) => ({ address, originalAddress: null, words }))
}

/** Whom to ask, not whom the message was for. */
const SUPPORT = /^(?:postmaster|support|abuse|help|helpdesk|admin|mailer-daemon|webmaster)@/i

function folded(lines: readonly string[]): string {
  return lines.join(' ').replace(/\s+/g, ' ').trim()
}

const MAX_CHARS = 200_000
const MAX_LINES = 4000
/** No reason is longer; a pattern is tried on no more. */
const MAX_LINE = 2000
const MAX_SENTENCES = 20_000
const MAX_PREAMBLE = 400
const MAX_ANSWERS = 1000
/** Recipients that sentences name. */
const MAX_NAMED = 20
