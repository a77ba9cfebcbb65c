import type { Arrival, ArrivalPart } from '../journal/event.ts'

/** Puts the lines in which Postfix says that a message arrived together as one arrival. */
export class ArrivalParts {
  readonly #parts: ArrivalPart[] = []

  add(part: ArrivalPart): void {
    this.#parts.push(part)
  }

  /** `nrcpt=`; 0 when no line says it. */
  recipientCount(): number {
    return this.#parts.reduce((most, part) => Math.max(most, part.recipientCount ?? 0), 0)
  }

  /**
   * Null when there was no part. Postfix does not list the recipients at arrival: they are those of
   * the deliveries.
   */
  arrival(recipients: readonly { readonly original: string }[]): Arrival | null {
    const [first] = this.#parts
    if (first === undefined) return null
    return {
      type: 'arrival',
      mark: '<=',
      atMs: first.atMs,
      id: first.id,
      parent: this.#first('parent'),
      from: this.#parts.find(({ from }) => from !== undefined)?.from ?? null,
      host: this.#first('host'),
      local: null,
      user: this.#first('user'),
      protocol: this.#first('protocol'),
      tls: this.#first('tls'),
      authenticator: this.#first('authenticator'),
      login: this.#first('login'),
      sizeOctets: this.#first('sizeOctets'),
      messageIdHeader: this.#first('messageIdHeader'),
      subject: this.#first('subject'),
      recipients: [...new Set(recipients.map(({ original }) => original))],
    }
  }

  #first<Key extends keyof ArrivalPart>(key: Key): NonNullable<ArrivalPart[Key]> | null {
    for (const part of this.#parts) {
      const value = part[key]
      if (value !== null && value !== undefined) return value
    }
    return null
  }
}
