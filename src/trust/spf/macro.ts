/** The macro language of SPF records: RFC 7208 §7. */
import { SpfFault } from './types.ts'

/** A text with places to be filled in. */
export type MacroText = readonly MacroPart[]

export type MacroPart =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'macro'
      readonly letter: MacroLetter
      /** Upper case in the record: escaped as in a URL. */
      readonly isEscaped: boolean
      /** How many labels from the right are kept; null: all. */
      readonly labels: number | null
      readonly isReversed: boolean
      /** What separates labels. */
      readonly delimiters: string
    }

export type MacroLetter = (typeof LETTERS)[number]
const LETTERS = ['s', 'l', 'o', 'd', 'i', 'p', 'h', 'v', 'c', 'r', 't'] as const

/** What the letters stand for; asked only for those that are there. */
export type MacroValues = (letter: MacroLetter) => string | Promise<string>

/** A domain-spec: ends in a macro, or in a dot and a top label. @throws SpfFault */
export function parseDomainSpec(text: string): MacroText {
  const parts = parseMacroText(text)
  const last = parts.at(-1)
  if (last === undefined) throw new SpfFault('a domain is missing')
  // `%%`, `%_` and `%-` are macros by the grammar, and no domain ends in them.
  if (last.kind === 'literal' && !DOMAIN_END.test(last.text))
    throw new SpfFault(`"${text}" is not a domain`)
  return parts
}

/** Ends in `.` toplabel [`.`]: letters in it, or hyphens within. */
const DOMAIN_END = /\.(?=[a-z0-9-]*[a-z-])[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.?$/i

/** @param isExplanation  spaces may stand in it, and `c`, `r` and `t` mean something. @throws SpfFault */
export function parseMacroText(text: string, isExplanation = false): MacroText {
  const parts: MacroPart[] = []
  let literal = ''
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? ''
    if (char !== '%') {
      if (char < '!' && !(isExplanation && char === ' ')) throw new SpfFault('a control or a space')
      literal += char
      at++
      continue
    }
    const short = SHORT[text[at + 1] ?? '']
    if (short !== undefined) {
      literal += short
      at += 2
      continue
    }
    const end = text.indexOf('}', at)
    if (text[at + 1] !== '{' || end === -1) throw new SpfFault(`a % stands alone in "${text}"`)
    if (literal !== '') parts.push({ kind: 'literal', text: literal })
    literal = ''
    parts.push(macroOf(text.slice(at + 2, end), isExplanation))
    at = end + 1
  }
  if (literal !== '') parts.push({ kind: 'literal', text: literal })
  return parts
}

function macroOf(text: string, isExplanation: boolean): MacroPart {
  const [, letterText = '', digits = '', reverse = '', delimiters = ''] = MACRO.exec(text) ?? []
  const letter = LETTERS.find((one) => one === letterText.toLowerCase())
  const labels = digits === '' ? null : Number(digits)
  if (letter === undefined || labels === 0 || (!isExplanation && 'crt'.includes(letter)))
    throw new SpfFault(`there is no macro %{${text}}`)
  return {
    kind: 'macro',
    letter,
    isEscaped: letter !== letterText,
    labels,
    isReversed: reverse !== '',
    delimiters: delimiters === '' ? '.' : delimiters,
  }
}

const MACRO = /^([a-z])(\d{0,3})(r?)([.\-+,/_=]*)$/i
const SHORT: { readonly [char: string]: string } = { '%': '%', _: ' ', '-': '%20' }

export async function expandText(parts: MacroText, values: MacroValues): Promise<string> {
  let text = ''
  for (const part of parts)
    text += part.kind === 'literal' ? part.text : transformed(part, await values(part.letter))
  return text
}

/** A name to ask for: labels are taken off on the left until it is short enough (RFC 7208 §7.3). */
export async function expandName(parts: MacroText, values: MacroValues): Promise<string> {
  let name = (await expandText(parts, values)).replace(/\.$/, '')
  while (name.length > MAX_NAME_OCTETS) {
    const dot = name.indexOf('.')
    if (dot === -1) break
    name = name.slice(dot + 1)
  }
  return name
}

function transformed(macro: MacroPart & { readonly kind: 'macro' }, value: string): string {
  let labels = split(value, macro.delimiters)
  if (macro.isReversed) labels.reverse()
  if (macro.labels !== null) labels = labels.slice(-macro.labels)
  const text = labels.join('.')
  return macro.isEscaped ? escapeUrl(text) : text
}

function split(value: string, delimiters: string): string[] {
  const labels = ['']
  for (const char of value)
    if (delimiters.includes(char)) labels.push('')
    else labels.push(`${labels.pop() ?? ''}${char}`)
  return labels
}

/** All but the unreserved characters of RFC 3986 §2.3. */
function escapeUrl(text: string): string {
  const escaped = [...Buffer.from(text, 'utf8')].map((octet) => {
    const char = String.fromCharCode(octet)
    if (/[a-z0-9\-._~]/i.test(char)) return char
    return `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
  })
  return escaped.join('')
}

const MAX_NAME_OCTETS = 253
