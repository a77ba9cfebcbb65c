/** Errors by their shape, each with one example: what they mean is looked up for the example alone. */
import type { Filed, Rejected, Undelivered } from '../../journal/event.ts'
import { hostKey, hostLabel, isRemote } from './keys.ts'
import { ownOrNull, ownText } from './own-text.ts'
import { shapeOf } from './shape.ts'
import type { ErrorShape, ErrorType, Statistics } from './statistics.ts'
import { countIn } from './table.ts'
import { countKind } from './tally.ts'

export class ErrorShapes {
  readonly #statistics: Statistics

  constructor(statistics: Statistics) {
    this.#statistics = statistics
  }

  undelivered({ type, recipient, host, reason }: Undelivered, address: string): void {
    const shape = shapeOf(reason)
    const at = recipient.transport ?? recipient.router
    this.#count(type, at, shape, () => ({
      phase: null,
      example: reason,
      host: host === null ? null : hostKey(host),
      recipient: address,
    }))
    if (type === 'failed') {
      const relay = isRemote(host) ? hostLabel(host) : (at ?? '')
      countIn(this.#statistics.failuresByRelay, `${relay}\n${shape}`)
    }
  }

  rejected({ temporary, phase, host, reason, subject }: Rejected): void {
    const type = temporary ? 'temporarilyRejected' : 'rejected'
    // Without a reason the phase says it all.
    const example = reason === '' ? `rejected ${phase}` : reason
    this.#count(type, phase, shapeOf(example), () => ({
      phase,
      example,
      host: host === null ? null : hostKey(host),
      recipient: phase === 'RCPT' ? subject : null,
    }))
  }

  notFiled({ reason, login }: Filed): void {
    const example = reason ?? 'could not be saved'
    this.#count('notFiled', null, shapeOf(example), () => ({
      ...{ phase: null, example, host: null },
      recipient: login,
    }))
  }

  #count(
    type: ErrorType,
    at: string | null,
    shape: string,
    facts: () => Pick<ErrorShape, 'phase' | 'example' | 'host' | 'recipient'>,
  ): void {
    countKind(this.#statistics.errors, `${type}\n${at ?? ''}\n${shape}`, (key) => {
      const { phase, example, host, recipient } = facts()
      return {
        key,
        count: 0,
        type,
        at: ownOrNull(at),
        phase,
        example: ownText(example.slice(0, MAX_EXAMPLE_CHARS)),
        host: ownOrNull(host),
        recipient: ownOrNull(recipient),
      }
    })
  }
}

const MAX_EXAMPLE_CHARS = 2_000
