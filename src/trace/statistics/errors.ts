/** Errors by their shape, each with one example: what they mean is looked up for the example alone. */
import type { Filed, Rejected, Undelivered } from '../../journal/event.ts'
import { withoutSecrets, withoutSecretsIn } from '../secrets.ts'
import { domainKey, hostLabel, isRemote } from './keys.ts'
import { ownText } from '../../base/own-text.ts'
import { shapeOf } from './shape.ts'
import { ShapeMemory } from './shape-memory.ts'
import type { ErrorType, FaultyEvent, Statistics } from './statistics.ts'
import { countIn } from './table.ts'
import { countKind } from './tally.ts'

export class ErrorShapes {
  readonly #statistics: Statistics
  readonly #shapes = new ShapeMemory()
  /** By the shape: the key that was made of it last. */
  readonly #keys = new Map<string, { type: ErrorType; at: string; key: string }>()

  constructor(statistics: Statistics) {
    this.#statistics = statistics
  }

  undelivered(event: Undelivered, address: string): void {
    const { type, recipient, host, reason } = event
    const shape = this.#shapes.shapeOf(reason, recipient.address)
    const { transport, router } = recipient
    // Ours takes mail to relays and to other servers by one transport: what fails there differs.
    const at = router === OWN_RELAY ? router : (transport ?? router ?? '')
    this.#count(type, at, shape, event)
    if (type !== 'failed') return
    const relay = isRemote(host) ? hostLabel(host) : at || domainKey(address)
    countIn(this.#statistics.failuresByRelay, `${relay}\n${shape}`)
  }

  rejected(given: Rejected): void {
    const event = given.phase === 'AUTH' ? withoutSecretsIn(given) : given
    const type = event.temporary ? 'temporarilyRejected' : 'rejected'
    // Without a reason the phase says it all.
    this.#count(type, event.phase, shapeOf(withoutSecrets(event.reason)), event)
  }

  notFiled(event: Filed): void {
    this.#count('notFiled', '', shapeOf(withoutSecrets(event.reason ?? '')), event)
  }

  #count(type: ErrorType, at: string, shape: string, event: FaultyEvent): void {
    countKind(this.#statistics.errors, this.#keyOf(type, at, shape), (key) => ({
      key,
      count: 0,
      type,
      at: ownText(at),
      shape: ownText(shape),
      // A copy: what the reader cut from a text keeps all of the text in memory.
      example: withoutSecretsIn(structuredClone(event)),
    }))
  }

  /** Most errors of a shape come from one place: its key is made once. */
  #keyOf(type: ErrorType, at: string, shape: string): string {
    const known = this.#keys.get(shape)
    if (known !== undefined && known.type === type && known.at === at) return known.key
    if (this.#keys.size >= MAX_KEYS) this.#keys.clear()
    const key = ownText(`${type}\n${at}\n${shape}`)
    this.#keys.set(ownText(shape), { type, at: ownText(at), key })
    return key
  }
}

const OWN_RELAY = 'relay'
const MAX_KEYS = 2_000
