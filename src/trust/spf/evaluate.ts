/** check_host: RFC 7208 §4. Asks DNS as the record wants it, and no more often than the RFC allows. */
import { isAskable, plainName } from '../../dns/message.ts'
import { ResolverFault } from '../../dns/resolver.ts'
import { addressOctets, dottedAddress, isInNetwork } from './address.ts'
import {
  expandName,
  expandText,
  type MacroLetter,
  type MacroText,
  parseMacroText,
} from './macro.ts'
import { isSpfRecord, type Mechanism, parseSpfRecord } from './record.ts'
import {
  SPF_LIMITS,
  SpfFault,
  type SpfLimits,
  type SpfQuery,
  type SpfResolver,
  type SpfResult,
  type SpfVerdict,
} from './types.ts'

/** Never throws: DNS that does not answer is `temperror`. */
export async function checkSpf(
  resolver: SpfResolver,
  query: SpfQuery,
  limits: SpfLimits = SPF_LIMITS,
): Promise<SpfVerdict> {
  const evaluation = new Evaluation(resolver, query, limits)
  return await evaluation.verdict()
}

/** What one record says. */
interface Outcome {
  readonly result: SpfResult
  readonly term: string | null
  /** Of the record that said `fail`. */
  readonly explanation: { readonly spec: MacroText; readonly domain: string } | null
}

class Evaluation {
  readonly #resolver: SpfResolver
  readonly #query: SpfQuery
  readonly #limits: SpfLimits
  readonly #octets: Uint8Array
  readonly #local: string
  readonly #senderDomain: string
  #lookups = 0
  #voidLookups = 0
  #validated: Promise<readonly string[]> | null = null

  constructor(resolver: SpfResolver, query: SpfQuery, limits: SpfLimits) {
    this.#resolver = resolver
    this.#query = query
    this.#limits = limits
    this.#octets = addressOctets(query.address) ?? new Uint8Array()
    const at = query.sender.lastIndexOf('@')
    // RFC 7208 §2.4, §4.3: without a sender, or without its local part, it is the postmaster.
    this.#local = query.sender.slice(0, Math.max(at, 0)) || 'postmaster'
    this.#senderDomain = query.sender === '' ? query.helo : query.sender.slice(at + 1)
  }

  async verdict(): Promise<SpfVerdict> {
    const domain = plainName(this.#senderDomain)
    const { result, term, problem, fault, explanation } = await this.#outcome(domain)
    return {
      ...{ result, domain, term, problem, fault },
      explanation: await this.#explain(explanation),
      lookups: this.#lookups,
      voidLookups: this.#voidLookups,
    }
  }

  async #outcome(domain: string): Promise<Outcome & Pick<SpfVerdict, 'problem' | 'fault'>> {
    try {
      return { ...(await this.#check(domain)), problem: null, fault: null }
    } catch (error) {
      const none = { term: null, explanation: null }
      if (error instanceof SpfFault)
        return { ...none, result: 'permerror', problem: error.message, fault: null }
      if (error instanceof ResolverFault)
        return { ...none, result: 'temperror', problem: error.message, fault: error }
      throw error
    }
  }

  async #check(domain: string): Promise<Outcome> {
    const text = isDomain(domain) ? await this.#recordOf(domain) : null
    if (text === null) return { result: 'none', term: null, explanation: null }
    const { directives, redirect, explanation } = parseSpfRecord(text)
    for (const { qualifier, mechanism, text: term } of directives) {
      if (!(await this.#matches(mechanism, domain, term))) continue
      const spec = qualifier === 'fail' ? (explanation?.domain ?? null) : null
      return { result: qualifier, term, explanation: spec === null ? null : { spec, domain } }
    }
    if (redirect === null) return { result: 'neutral', term: null, explanation: null }
    this.#count(redirect.text)
    const outcome = await this.#check(await this.#nameOf(redirect.domain, domain))
    if (outcome.result === 'none') throw new SpfFault(`${redirect.text} leads to no SPF record`)
    return { ...outcome, term: redirect.text }
  }

  /** Null: there is none. @throws SpfFault when there are several */
  async #recordOf(domain: string): Promise<string | null> {
    const records = (await this.#resolver.txt(domain)).filter(isSpfRecord)
    if (records.length > 1) throw new SpfFault(`${domain} has ${records.length} SPF records`)
    return records[0] ?? null
  }

  async #matches(mechanism: Mechanism, domain: string, term: string): Promise<boolean> {
    switch (mechanism.kind) {
      case 'all':
        return true
      case 'ip':
        return isInNetwork(this.#octets, mechanism.network, mechanism.prefix)
      case 'include':
        return await this.#includes(mechanism.domain, domain, term)
      case 'a':
      case 'mx':
        return await this.#hosts(mechanism, domain, term)
      case 'exists': {
        this.#count(term)
        const answer = await this.#resolver.addressAnswer(
          await this.#nameOf(mechanism.domain, domain),
          4,
        )
        return this.#nonVoid(answer.records, term).length > 0
      }
      case 'ptr':
        this.#count(term)
        return await this.#isNamed(await this.#nameOf(mechanism.domain, domain))
      default:
        return mechanism satisfies never
    }
  }

  /** RFC 7208 §5.2. */
  async #includes(spec: MacroText, domain: string, term: string): Promise<boolean> {
    this.#count(term)
    const { result } = await this.#check(await this.#nameOf(spec, domain))
    if (result === 'none') throw new SpfFault(`${term} leads to no SPF record`)
    return result === 'pass'
  }

  /** RFC 7208 §5.3, §5.4. */
  async #hosts(
    mechanism: Mechanism & { readonly kind: 'a' | 'mx' },
    domain: string,
    term: string,
  ): Promise<boolean> {
    this.#count(term)
    const target = await this.#nameOf(mechanism.domain, domain)
    const prefix = this.#octets.length === 4 ? mechanism.prefix4 : mechanism.prefix6
    if (mechanism.kind === 'a')
      return this.#holds(this.#nonVoid(await this.#addresses(target), term), prefix)
    const exchanges = this.#nonVoid(await this.#resolver.mx(target), term)
    if (exchanges.length > MAX_NAMES)
      throw new SpfFault(
        `${term} leads to ${exchanges.length} mail servers, more than ${MAX_NAMES}`,
      )
    for (const { exchange } of exchanges)
      if (exchange !== '' && this.#holds(await this.#addresses(exchange), prefix)) return true
    return false
  }

  #holds(addresses: readonly string[], prefix: number): boolean {
    return addresses.some((address) => {
      const octets = addressOctets(address)
      return octets !== null && isInNetwork(this.#octets, octets, prefix)
    })
  }

  /** Of the family that the sending host has. */
  async #addresses(name: string): Promise<readonly string[]> {
    const family = this.#octets.length === 4 ? 4 : 6
    return (await this.#resolver.addressAnswer(name, family)).records
  }

  async #isNamed(target: string): Promise<boolean> {
    const names = await this.#validatedNames()
    return names.some((name) => isWithin(name, target))
  }

  /** Names of the sending host that lead back to it (RFC 7208 §5.5). Without an answer: none. */
  #validatedNames(): Promise<readonly string[]> {
    this.#validated ??= this.#findNames()
    return this.#validated
  }

  async #findNames(): Promise<readonly string[]> {
    const found: string[] = []
    const names = await orNone(this.#resolver.reverse(this.#query.address))
    for (const name of names.slice(0, MAX_NAMES))
      if (this.#holds(await orNone(this.#addresses(name)), this.#octets.length * 8))
        found.push(name)
    return found
  }

  #count(term: string): void {
    this.#lookups++
    if (this.#lookups > this.#limits.lookups)
      throw new SpfFault(`more than ${this.#limits.lookups} terms ask DNS: ${term} is one too many`)
  }

  #nonVoid<T>(records: readonly T[], term: string): readonly T[] {
    if (records.length === 0) this.#voidLookups++
    if (this.#voidLookups > this.#limits.voidLookups)
      throw new SpfFault(`DNS has nothing for ${this.#voidLookups} terms, the last one ${term}`)
    return records
  }

  async #nameOf(spec: MacroText | null, domain: string): Promise<string> {
    if (spec === null) return domain
    return plainName(await expandName(spec, (letter) => this.#valueOf(letter, domain)))
  }

  /** RFC 7208 §7.2. */
  #valueOf(letter: MacroLetter, domain: string): string | Promise<string> {
    switch (letter) {
      case 's':
        return `${this.#local}@${this.#senderDomain}`
      case 'l':
        return this.#local
      case 'o':
        return this.#senderDomain
      case 'd':
        return domain
      case 'i':
        return dottedAddress(this.#octets)
      case 'p':
        return this.#bestName(domain)
      case 'v':
        return this.#octets.length === 4 ? 'in-addr' : 'ip6'
      case 'h':
        return this.#query.helo
      case 'c':
        return this.#query.address
      case 'r':
        return this.#query.receiver
      case 't':
        return String(Math.floor(this.#query.nowMs / 1000))
      default:
        return letter satisfies never
    }
  }

  /** The domain itself before a name within it before any other. */
  async #bestName(domain: string): Promise<string> {
    const names = await this.#validatedNames()
    const best =
      names.find((name) => name === domain) ?? names.find((name) => isWithin(name, domain))
    return best ?? names[0] ?? 'unknown'
  }

  /** RFC 7208 §6.2: whatever is wrong with it, there is no explanation then. */
  async #explain(from: Outcome['explanation']): Promise<string | null> {
    if (from === null) return null
    try {
      const name = await this.#nameOf(from.spec, from.domain)
      const [text, ...others] = await this.#resolver.txt(name)
      if (text === undefined || others.length > 0 || /[^\x20-\x7e]/.test(text)) return null
      return await expandText(parseMacroText(text, true), (letter) =>
        this.#valueOf(letter, from.domain),
      )
    } catch (error) {
      if (error instanceof SpfFault || error instanceof ResolverFault) return null
      throw error
    }
  }
}

/** RFC 7208 §4.3: of several labels, and no address in brackets. */
function isDomain(name: string): boolean {
  return name.includes('.') && isAskable(name) && !name.startsWith('[')
}

function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`)
}

async function orNone(answer: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ResolverFault) return []
    throw error
  }
}

/** RFC 7208 §4.6.4: of mail servers for `mx`, of names for `ptr`. */
const MAX_NAMES = 10
