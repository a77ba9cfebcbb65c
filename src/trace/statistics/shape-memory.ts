import { withoutSecrets } from '../secrets.ts'
import { ownText } from '../../base/own-text.ts'
import { shapeOf } from './shape.ts'

interface Known {
  /** What stands before the address and between its two places; null: it is not in the text. */
  readonly head: string | null
  readonly middle: string
  readonly shape: string
}

/**
 * Shapes of errors that were seen: most differ only in the address that they name and the server that
 * said it, and looking for these is ten times as fast as finding the shape again.
 */
export class ShapeMemory {
  /** By what stands after the address; what another server said apart. */
  readonly #known = new Map<string, Known>()
  readonly #knownSaid = new Map<string, Known>()

  /** The shape of a text about this address; passwords in the text are not in it. */
  shapeOf(text: string, address: string): string {
    const from = text.startsWith('host ') ? (HOST_SAID.exec(text)?.[0].length ?? 0) : 0
    const first = address.includes('@') ? text.indexOf(address, from) : -1
    if (text.length > MAX_CHARS || (first < 0 && from === 0)) return shapeOf(withoutSecrets(text))
    const last = first < 0 ? -1 : text.lastIndexOf(address)
    const middleAt = first + address.length
    const [head, middle, tail] =
      first < 0
        ? [null, '', text.slice(from)]
        : [
            text.slice(from, first),
            first === last ? '' : text.slice(middleAt, last),
            text.slice(last + address.length),
          ]
    const memory = from > 0 ? this.#knownSaid : this.#known
    const known = memory.get(tail)
    if (known !== undefined && head === known.head && middle === known.middle) return known.shape
    // Made of pieces of the text, it would keep all of it in memory.
    const shape = ownText(shapeOf(withoutSecrets(text)))
    if (memory.size >= MAX_KNOWN) memory.clear()
    memory.set(ownText(tail), {
      head: head === null ? null : ownText(head),
      middle: ownText(middle),
      shape,
    })
    return shape
  }
}

/**
 * Postfix: `host mx.example.com[192.0.2.1] said: `, of the same shape whatever the name with a letter
 * and the address are. Words that make {@link withoutSecrets} look closer are in no such name.
 */
const HOST_SAID =
  /^host (?=[\d.]{0,60}[a-z])(?!\S{0,250}(?:pass|auth|command))[a-z\d]{1,60}(?:\.[a-z\d]{1,60}){1,3}\[\d{1,3}(?:\.\d{1,3}){3}\] said: /i
/** Less than the shape looks at: all of the text is in it. */
const MAX_CHARS = 400
const MAX_KNOWN = 2_000
