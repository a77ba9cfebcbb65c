/** SPF records as values: RFC 7208 §4.6.1, §5, §6. */
import { addressOctets } from './address.ts'
import { type MacroText, parseDomainSpec, parseMacroText } from './macro.ts'
import { SpfFault } from './types.ts'

export interface SpfRecord {
  readonly directives: readonly Directive[]
  readonly redirect: Modifier | null
  /** `exp=`: where the text is that a refused sender is told. */
  readonly explanation: Modifier | null
}

export interface Directive {
  /** What it says when its mechanism matches. */
  readonly qualifier: 'pass' | 'fail' | 'softfail' | 'neutral'
  readonly mechanism: Mechanism
  /** As it stands in the record. */
  readonly text: string
}

export interface Modifier {
  readonly domain: MacroText
  readonly text: string
}

/** A domain of null is the one whose record it is. */
export type Mechanism =
  | { readonly kind: 'all' }
  | { readonly kind: 'include' | 'exists'; readonly domain: MacroText }
  | {
      readonly kind: 'a' | 'mx'
      readonly domain: MacroText | null
      readonly prefix4: number
      readonly prefix6: number
    }
  | { readonly kind: 'ptr'; readonly domain: MacroText | null }
  | { readonly kind: 'ip'; readonly network: Uint8Array; readonly prefix: number }

/** Whether a TXT record is one of SPF: RFC 7208 §4.5. */
export function isSpfRecord(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text)
}

/** The whole record is looked at before any of it counts (§4.6). @throws SpfFault */
export function parseSpfRecord(text: string): SpfRecord {
  // What is no ASCII has become something above it, whatever it was (§3.1).
  if (/[^\x20-\x7e]/.test(text)) throw new SpfFault('a character that is not printable ASCII')
  const directives: Directive[] = []
  const modifiers = new Map<string, Modifier>()
  for (const term of text.split(' ').slice(1)) {
    if (term === '') continue
    const modifier = MODIFIER.exec(term)
    if (modifier === null) {
      directives.push(directiveOf(term))
      continue
    }
    const [, name = '', value = ''] = modifier
    const known = name.toLowerCase()
    if (known !== 'redirect' && known !== 'exp') {
      parseMacroText(value) // It is passed over, if it is one.
      continue
    }
    if (modifiers.has(known)) throw new SpfFault(`${known}= stands twice`)
    modifiers.set(known, { domain: parseDomainSpec(value), text: term })
  }
  const redirect = modifiers.get('redirect') ?? null
  return { directives, redirect, explanation: modifiers.get('exp') ?? null }
}

const MODIFIER = /^([a-z][a-z0-9\-_.]*)=(.*)$/i

function directiveOf(term: string): Directive {
  const [, sign = '', name = '', rest = ''] = DIRECTIVE.exec(term) ?? []
  const qualifier = QUALIFIERS[sign === '' ? '+' : sign]
  const mechanism = mechanismOf(name.toLowerCase(), rest)
  if (qualifier === undefined || mechanism === null)
    throw new SpfFault(`"${term}" is not a mechanism that there is`)
  return { qualifier, mechanism, text: term }
}

const DIRECTIVE = /^([-+~?]?)([a-z0-9]+)((?:[:/].*)?)$/i
const QUALIFIERS: { readonly [sign: string]: Directive['qualifier'] } = {
  '+': 'pass',
  '-': 'fail',
  '~': 'softfail',
  '?': 'neutral',
}

/** Null when it is none of the mechanisms. @throws SpfFault */
function mechanismOf(name: string, rest: string): Mechanism | null {
  switch (name) {
    case 'all':
      return rest === '' ? { kind: 'all' } : null
    case 'include':
    case 'exists':
      return rest.startsWith(':') ? { kind: name, domain: parseDomainSpec(rest.slice(1)) } : null
    case 'ptr':
      if (rest === '') return { kind: name, domain: null }
      return rest.startsWith(':') ? { kind: name, domain: parseDomainSpec(rest.slice(1)) } : null
    case 'a':
    case 'mx':
      return hostMechanism(name, rest)
    case 'ip4':
    case 'ip6':
      return networkMechanism(name, rest)
    default:
      return null
  }
}

/** `a`, `a:example.com`, `a/24`, `a:example.com/24//64`. */
function hostMechanism(kind: 'a' | 'mx', rest: string): Mechanism | null {
  const found = HOST.exec(rest)
  if (found === null) return null
  const [, spec = '', prefix4 = '', prefix6 = ''] = found
  return {
    kind,
    domain: spec === '' ? null : parseDomainSpec(spec.slice(1)),
    prefix4: prefixOf(prefix4, 32),
    prefix6: prefixOf(prefix6, 128),
  }
}

/** What stands behind a slash and is no number belongs to the name, and no name has a slash in it. */
const HOST = /^((?::.*?)?)(?:\/(\d{1,3}))?(?:\/\/(\d{1,3}))?$/

function networkMechanism(name: 'ip4' | 'ip6', rest: string): Mechanism | null {
  const [, address = '', prefix = ''] = NETWORK.exec(rest) ?? []
  const isIpv6 = address.includes(':')
  const octets = addressOctets(address)
  if (octets === null || isIpv6 !== (name === 'ip6')) return null
  const bits = prefixOf(prefix, isIpv6 ? 128 : 32)
  // A mapped address in ip6: is the IPv4 network that it means.
  const isMapped = isIpv6 && octets.length === 4
  return { kind: 'ip', network: octets, prefix: isMapped ? Math.max(0, bits - 96) : bits }
}

const NETWORK = /^:([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i

/** @throws SpfFault */
function prefixOf(digits: string, most: number): number {
  if (digits === '') return most
  const bits = Number(digits)
  if (bits > most || (digits.length > 1 && digits.startsWith('0')))
    throw new SpfFault(`/${digits} is not the length of a network`)
  return bits
}
