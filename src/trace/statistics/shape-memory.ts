import { withoutSecrets } from '../secrets.ts'
import { ownText } from '../../base/own-text.ts'
import { shapeOf } from './shape.ts'

interface Known {
  /** What stands before the address and between its two places. */
  readonly head: string
  readonly middle: string
  readonly shape: string
}

/**
 * Shapes of errors that were seen: most differ only in the address that they name, and looking for
 * it is ten times as fast as finding the shape again.
 */
export class ShapeMemory {
  /** By what stands after the address. */
  readonly #known = new Map<string, Known>()

  /** The shape of a text about this address; passwords in the text are not in it. */
  shapeOf(text: string, address: string): string {
    if (text.length > MAX_CHARS || !address.includes('@')) return shapeOf(withoutSecrets(text))
    const first = text.indexOf(address)
    if (first < 0) return shapeOf(withoutSecrets(text))
    const last = text.lastIndexOf(address)
    const tail = text.slice(last + address.length)
    const middleAt = first + address.length
    const known = this.#known.get(tail)
    if (
      known !== undefined &&
      first === known.head.length &&
      text.startsWith(known.head) &&
      (first === last
        ? known.middle === ''
        : last - middleAt === known.middle.length && text.startsWith(known.middle, middleAt))
    )
      return known.shape
    // Made of pieces of the text, it would keep all of it in memory.
    const shape = ownText(shapeOf(withoutSecrets(text)))
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(ownText(tail), {
      head: ownText(text.slice(0, first)),
      middle: first === last ? '' : ownText(text.slice(middleAt, last)),
      shape,
    })
    return shape
  }
}

/** Less than the shape looks at: all of the text is in it. */
const MAX_CHARS = 400
const MAX_KNOWN = 2_000
