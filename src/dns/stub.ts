/**
 * A stub resolver (RFC 1034 §5.3.1): asks recursive servers, follows what they say, keeps it for its
 * TTL. Unlike that of Node it tells whether an answer was proved by DNSSEC, which DANE needs.
 *
 * What is trusted
 *   - AD only from servers that are named as trusted: anybody on the way could set it.
 *   - A trusted server that says SERVFAIL has perhaps found a forgery. Then no other server is
 *     asked that would not have noticed.
 */
import type { Clock } from '../base/clock.ts'
import { AnswerCache } from './cache.ts'
import { ErrorReply } from './error-reply.ts'
import type { Exchange } from './exchange.ts'
import { isAskable, plainName, type Question, RCODE, type Reply } from './message.ts'
import { type RecordOf, readRecords, reverseName } from './records.ts'
import { type Answer, type Resolver, ResolverFault } from './resolver.ts'
import type { DnsServer } from './servers.ts'

export interface StubOptions {
  readonly clock: Clock
  readonly exchange: Exchange
  /** In the order in which they are asked. Called for every question. */
  readonly servers: () => readonly DnsServer[]
  /** Names with their addresses that are not asked for, in `addresses` alone; those of hosts(5). */
  readonly hosts?: () => ReadonlyMap<string, readonly string[]>
}

export function stubResolver(options: StubOptions): Resolver {
  const stub = new Stub(options)
  const addressAnswer = (name: string, family: 4 | 6): Promise<Answer<string>> =>
    stub.answer(name, family === 4 ? 'A' : 'AAAA')
  return {
    async addresses(name) {
      const known = options.hosts?.().get(plainName(name))
      if (known !== undefined) return known
      const answers = await Promise.all([addressAnswer(name, 4), addressAnswer(name, 6)])
      return answers.flatMap(({ records }) => records)
    },
    mx: async (name) => (await stub.answer(name, 'MX')).records,
    txt: async (name) => (await stub.answer(name, 'TXT')).records,
    reverse: async (address) => (await stub.answer(reverseName(address), 'PTR')).records,
    srv: async (name) => (await stub.answer(name, 'SRV')).records,
    errorSoFar: (name, type) => stub.errorSoFar(type === 'PTR' ? reverseName(name) : name, type),
    addressAnswer,
    mxAnswer: (name) => stub.answer(name, 'MX'),
    tlsaAnswer: (name) => stub.answer(name, 'TLSA'),
  }
}

class Stub {
  readonly #options: StubOptions
  readonly #cache: AnswerCache<Answer<unknown>>
  /** The same question asked twice at once is sent once. */
  readonly #underway = new Map<string, Promise<Answer<unknown>>>()
  /** What a server said to those in place of an answer, the last one. */
  readonly #errors = new Map<string, ErrorReply>()

  constructor(options: StubOptions) {
    this.#options = options
    this.#cache = new AnswerCache(options.clock, MAX_CACHE_OCTETS)
  }

  /** @throws ResolverFault */
  async answer<T extends keyof RecordOf>(name: string, type: T): Promise<Answer<RecordOf[T]>> {
    const question = { name: plainName(name), type }
    // A name that cannot be asked for does not exist, and that is no secret of anybody's zone.
    if (!isAskable(question.name))
      return { records: [], exists: false, authentic: false, canonicalName: question.name }
    const key = `${type} ${question.name}`
    const known = this.#cache.get(key) ?? (await this.#once(key, question))
    // The key has the type, and readRecords gives the records of it.
    return known as Answer<RecordOf[T]>
  }

  errorSoFar(name: string, type: string): ErrorReply | null {
    return this.#errors.get(`${type} ${plainName(name)}`) ?? null
  }

  #once(key: string, question: Question): Promise<Answer<unknown>> {
    const underway = this.#underway.get(key)
    if (underway !== undefined) return underway
    const started = this.#follow(key, question).finally(() => {
      this.#underway.delete(key)
      this.#errors.delete(key)
    })
    this.#underway.set(key, started)
    return started
  }

  /** Asks, and asks on where an answer ends at an alias. */
  async #follow(key: string, question: Question): Promise<Answer<unknown>> {
    let name = question.name
    let authentic = true
    let ttl = MAX_TTL_SECONDS
    let aliases = 0
    for (;;) {
      const { reply, trusted } = await this.#ask(key, { ...question, name })
      authentic &&= trusted && reply.authenticData
      const chain = aliasChain(reply, name)
      aliases += chain.names.length
      if (aliases > MAX_ALIASES) break
      ttl = Math.min(ttl, chain.ttl)
      name = chain.names.at(-1) ?? name
      const found = reply.records.filter((one) => one.type === question.type && one.name === name)
      const isNone = found.length === 0
      if (isNone && chain.names.length > 0 && reply.rcode === RCODE.noError) {
        // The zone of the alias is another server's to answer for, unless this said that there is none.
        if (reply.negativeTtl === null) continue
      }
      const exists = reply.rcode !== RCODE.noSuchName
      const records = readRecords(question.type, found)
      const answer = { records, exists, authentic, canonicalName: name }
      const own = isNone ? (reply.negativeTtl ?? 0) : Math.min(...found.map((one) => one.ttl))
      const octets = ENTRY_OCTETS + key.length + sizeOf(records)
      this.#cache.set(key, answer, { ttlMs: Math.min(ttl, own) * 1000, octets })
      return answer
    }
    throw new ResolverFault(words(question), { cause: new Error('too many aliases') })
  }

  async #ask(key: string, question: Question): Promise<{ reply: Reply; trusted: boolean }> {
    this.#errors.delete(key)
    let silence: unknown = new Error('no DNS server is known')
    let mayBeForged = false
    for (let round = 0; round < ROUNDS; round++) {
      for (const server of this.#options.servers()) {
        if (mayBeForged && !server.trusted) continue
        try {
          const reply = await this.#options.exchange(server, question)
          if (reply.rcode === RCODE.noError || reply.rcode === RCODE.noSuchName)
            return { reply, trusted: server.trusted }
          mayBeForged ||= server.trusted && reply.rcode === RCODE.serverFailure
          const error = new ErrorReply(server.address, reply.rcode)
          this.#errors.set(key, error)
        } catch (error) {
          silence = error
        }
      }
    }
    // Who said something says more than who was silent after it.
    const cause = this.#errors.get(key) ?? silence
    throw new ResolverFault(words(question), { cause })
  }
}

/** The aliases in an answer, from the name that was asked for on, and for how long they hold. */
function aliasChain(reply: Reply, from: string): { names: readonly string[]; ttl: number } {
  const aliases = new Map(
    reply.records.flatMap(({ name, type, ttl, data }) =>
      type === 'CNAME' && typeof data === 'string' ? [[name, { to: plainName(data), ttl }]] : [],
    ),
  )
  const names: string[] = []
  let ttl = MAX_TTL_SECONDS
  for (let at = aliases.get(from); at !== undefined; at = aliases.get(at.to)) {
    names.push(at.to)
    ttl = Math.min(ttl, at.ttl)
    // A circle, or as good as one.
    if (names.length > MAX_ALIASES) break
  }
  return { names, ttl }
}

function sizeOf(records: readonly unknown[]): number {
  return records.length * RECORD_OCTETS + JSON.stringify(records).length
}

function words({ name, type }: Question): string {
  return `${name} ${type}`
}

/** Every server is asked so often, before nobody answers. */
const ROUNDS = 2
/** Enough for what is in use; a longer chain is a mistake or worse. */
const MAX_ALIASES = 8
/** However long a zone wants to be kept: so long a mistake in it stays with us at most. */
const MAX_TTL_SECONDS = 3600
const MAX_CACHE_OCTETS = 8 * 1024 * 1024
const ENTRY_OCTETS = 300
const RECORD_OCTETS = 60
