/**
 * A search key as a test of messages. A test says true, false, or that it cannot tell yet from what
 * is known of the message: what costs more to learn is learnt only when it still matters.
 */
import type { Message, Summary } from '../../store/types.ts'
import { dayOf } from '../../syntax/imap/date.ts'
import type { SearchKey } from '../../syntax/imap/search.ts'
import { includes, type Ranges, type SequenceSet } from '../../syntax/imap/sequence-set.ts'
import { parseDateTime } from '../../syntax/message/date-time.ts'
import { decodeWords } from '../../syntax/message/encoded-word.ts'
import type { Header } from '../../syntax/message/header.ts'
import type { EnvelopeAddress, Skeleton } from '../../syntax/mime/skeleton.ts'

/** What is known of a message: each level takes more reading than the one before. */
export const LEVEL = { row: 0, skeleton: 1, header: 2, body: 3 } as const
export type Level = (typeof LEVEL)[keyof typeof LEVEL]

/** A message under test; what belongs to a level is set from that level on. */
export interface Candidate {
  level: Level
  message: Summary
  /** Known before the header is read. */
  stored: Message | undefined
  skeleton: Skeleton | undefined
  header: Header | undefined
  /** Folded text of header and of body. */
  headerText: string
  bodyText: string
}

export interface Test {
  /** The level at which the answer is never undefined. */
  readonly level: Level
  matches(candidate: Candidate): boolean | undefined
}

export interface Context {
  resolve(set: SequenceSet, by: 'seq' | 'uid'): Ranges
  /** The text of a key in Unicode. */
  decode(text: string): string
}

/** Recursion is as deep as the key, which its parser cut at `limits.imap.maxSearchNesting`. */
export function compile(key: SearchKey, context: Context): Test {
  switch (key.key) {
    case 'not': {
      const child = compile(key.child, context)
      return { level: child.level, matches: (candidate) => negate(child.matches(candidate)) }
    }
    case 'or':
      return negated(allOf([key.left, key.right].map((side) => negated(compile(side, context)))))
    case 'and':
      return allOf(key.children.map((child) => compile(child, context)))
    default:
      return compileLeaf(key, context)
  }
}

/** The UIDs outside of which nothing can match: what a set among the keys names. Null is no bound. */
export function boundsOf(key: SearchKey, context: Context): Ranges | null {
  if (key.key === 'uid') return context.resolve(key.set, 'uid')
  if (key.key === 'sequence') return context.resolve(key.set, 'seq')
  if (key.key !== 'and') return null
  const set = key.children.find((child) => child.key === 'uid' || child.key === 'sequence')
  return set === undefined ? null : boundsOf(set, context)
}

type LeafKey = Exclude<SearchKey, { readonly key: 'not' | 'or' | 'and' }>

function compileLeaf(key: LeafKey, context: Context): Test {
  switch (key.key) {
    case 'all':
    case 'none':
      return leaf(LEVEL.row, () => key.key === 'all')
    case 'flag':
      return leaf(LEVEL.row, ({ message }) => ((message.flags.system & key.bit) !== 0) === key.set)
    case 'keyword':
      return leaf(LEVEL.row, ({ message }) => hasKeyword(message, key.keyword) === key.set)
    case 'modSeq':
      return leaf(LEVEL.row, ({ message }) => message.modSeq >= key.atLeast)
    case 'sequence':
    case 'uid': {
      const uids = context.resolve(key.set, key.key === 'uid' ? 'uid' : 'seq')
      return leaf(LEVEL.row, ({ message }) => includes(uids, message.uid))
    }
    case 'larger':
      return leaf(LEVEL.row, ({ message }) => message.sizeOctets > key.octets)
    case 'smaller':
      return leaf(LEVEL.row, ({ message }) => message.sizeOctets < key.octets)
    case 'date':
      return compileDate(key)
    default:
      return compileText(key, context)
  }
}

function compileDate(key: Extract<SearchKey, { key: 'date' }>): Test {
  const compare = (day: number | null) => {
    if (day === null) return false
    if (key.relation === 'on') return day === key.day
    return key.relation === 'before' ? day < key.day : day >= key.day
  }
  if (key.field === 'received') {
    return leaf(LEVEL.row, ({ message }) => compare(dayOf(message.receivedMs)))
  }
  return leaf(LEVEL.skeleton, ({ skeleton }) => compare(sentDay(skeleton)))
}

type TextKey = Extract<
  SearchKey,
  { readonly key: 'address' | 'subject' | 'header' | 'body' | 'text' }
>

function compileText(key: TextKey, context: Context): Test {
  const needle = fold(context.decode(key.text))
  switch (key.key) {
    case 'subject':
      return leaf(LEVEL.skeleton, ({ skeleton }) =>
        foldedWords(skeleton?.envelope.subject ?? '').includes(needle),
      )
    case 'address':
      return leaf(LEVEL.skeleton, ({ skeleton }) => {
        const addresses = skeleton?.envelope[key.field] ?? []
        return addresses.some((address) => fold(addressText(address)).includes(needle))
      })
    case 'header':
      return leaf(LEVEL.header, ({ header }) =>
        (header?.values(key.name) ?? []).some((value) => foldedWords(value).includes(needle)),
      )
    case 'body':
      return leaf(LEVEL.body, ({ bodyText }) => bodyText.includes(needle))
    case 'text':
      return leaf(
        LEVEL.body,
        ({ headerText, bodyText }) => headerText.includes(needle) || bodyText.includes(needle),
      )
    default:
      return key satisfies never
  }
}

/** Text as it is compared: without case, in one normal form. */
export function fold(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase()
  return text.normalize('NFC').toLowerCase().normalize('NFC')
}

/** Header text, decoded and folded. */
export function foldedWords(text: string): string {
  return fold(decodeWords(text))
}

function leaf(level: Level, matches: (candidate: Candidate) => boolean): Test {
  return {
    level,
    matches: (candidate) => (candidate.level < level ? undefined : matches(candidate)),
  }
}

/** All of them, the cheap ones first. */
function allOf(tests: readonly Test[]): Test {
  const ordered = [...tests].sort((a, b) => a.level - b.level)
  return {
    level: ordered.at(-1)?.level ?? LEVEL.row,
    matches(candidate) {
      let sure = true
      for (const test of ordered) {
        const matches = test.matches(candidate)
        if (matches === false) return false
        if (matches === undefined) sure = false
      }
      return sure ? true : undefined
    },
  }
}

function negated(test: Test): Test {
  return { level: test.level, matches: (candidate) => negate(test.matches(candidate)) }
}

function negate(matches: boolean | undefined): boolean | undefined {
  return matches === undefined ? undefined : !matches
}

function hasKeyword({ flags }: Summary, keyword: string): boolean {
  return flags.keywords.some((name) => name.toLowerCase() === keyword)
}

/** The day in the Date field where its writer was; null when there is none. */
function sentDay(skeleton: Skeleton | undefined): number | null {
  const date = skeleton?.envelope.date ?? null
  const sent = date === null ? null : parseDateTime(date)
  return sent === null ? null : dayOf(sent.atMs + sent.zoneMinutes * 60_000)
}

/** `Name <mailbox@host>`, decoded: a search for any piece of it finds it. */
function addressText({ name, mailbox, host }: EnvelopeAddress): string {
  const address = host === null ? (mailbox ?? '') : `${mailbox ?? ''}@${host}`
  return decodeWords(name === null ? address : `${name} <${address}>`)
}
