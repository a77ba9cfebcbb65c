import type { SmtpLimits } from '../base/limits.ts'
import type { Verb } from '../syntax/smtp/command.ts'
import type { Reply } from '../syntax/smtp/reply.ts'

/** `slow`: the reply waits. `out`: the connection ends with 421. */
export type Verdict = 'fine' | 'slow' | 'out'

/**
 * What one client has done wrong. Kept for the whole connection: neither RSET nor TLS wipes it out.
 *
 * A 5yz reply is an error; a 4yz is our trouble, or a limit that a good client meets too. NOOP, RSET
 * and the like cost us and bring no mail: beyond `maxIdleCommands` since the last message each is one.
 */
export class Strikes {
  readonly #limits: SmtpLimits
  #errors = 0
  #unknown = 0
  #idle = 0

  constructor(limits: SmtpLimits) {
    this.#limits = limits
  }

  /** @param verb  null when the line was no command of ours by its grammar */
  count(verb: Verb | null, { code }: Reply): Verdict {
    const { maxIdleCommands, maxUnknownCommands } = this.#limits
    if (verb === 'unknown' && ++this.#unknown > maxUnknownCommands) return 'out'
    const isJunk = verb !== null && IDLE.has(verb) && ++this.#idle > maxIdleCommands
    return code >= 500 || isJunk ? this.error() : 'fine'
  }

  error(): Verdict {
    const { softErrors, hardErrors } = this.#limits
    this.#errors++
    if (this.#errors >= hardErrors) return 'out'
    return this.#errors > softErrors ? 'slow' : 'fine'
  }

  messageAccepted(): void {
    this.#idle = 0
  }
}

const IDLE: ReadonlySet<Verb> = new Set<Verb>([
  'EHLO',
  'HELO',
  'NOOP',
  'RSET',
  'VRFY',
  'EXPN',
  'HELP',
])
