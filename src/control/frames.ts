/**
 * What goes over the control socket: one JSON object a line.
 *
 *   → {"id":1,"command":"domain.add","args":{"name":"example.com"}}
 *   ← {"id":1,"result":{…}}       or  {"id":1,"error":{"reason":"invalid","message":"…"}}
 */

export interface Request {
  readonly id: number
  readonly command: string
  readonly args: unknown
}

export type Response =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorFrame }

export interface ErrorFrame {
  /** A `Refusal`'s reason, or `failed`. */
  readonly reason: string
  /** A sentence for the person who asked. */
  readonly message: string
}

/** Octets of a request: mail of `sendmail -t` to ten thousand long addresses fits. */
export const MAX_REQUEST_OCTETS = 4 * 1024 * 1024
/** Octets of an answer: every account of a large server fits. */
export const MAX_RESPONSE_OCTETS = 64 * 1024 * 1024

/** Cuts a stream into lines; a line over `maxOctets` is an error. */
export class Lines {
  readonly #maxOctets: number
  #parts: Buffer[] = []
  #octets = 0

  constructor(maxOctets: number) {
    this.#maxOctets = maxOctets
  }

  /** The lines that this chunk completes. @throws Error when a line is too long */
  *take(chunk: Buffer): Generator<string> {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(0x0a, start)
      this.#keep(chunk.subarray(start, end < 0 ? chunk.length : end))
      if (end < 0) return
      const line = Buffer.concat(this.#parts).toString('utf8')
      this.#parts = []
      this.#octets = 0
      yield line
      start = end + 1
    }
  }

  #keep(part: Buffer): void {
    this.#octets += part.length
    if (this.#octets > this.#maxOctets)
      throw new Error(`a line over the control socket has at most ${this.#maxOctets} octets`)
    this.#parts.push(part)
  }
}

export function isRequest(value: unknown): value is Request {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    Number.isSafeInteger(value.id) &&
    'command' in value &&
    typeof value.command === 'string'
  )
}

export function isResponse(value: unknown): value is Response {
  return typeof value === 'object' && value !== null && ('result' in value || 'error' in value)
}
