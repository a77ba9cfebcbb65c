/** A log file as whole lines, read from front to back. */
import { MAX_LINE_OCTETS } from '../source/ranges.ts'
import type { OctetsFile } from './octets-file.ts'

/** Reads each octet once, however long a line is: going back in a compressed file is dear. */
export class WholeLines {
  readonly #file: OctetsFile
  /** What was read and not given yet, and where it starts. */
  #rest: Buffer = Buffer.alloc(0)
  #at = 0

  constructor(file: OctetsFile) {
    this.#file = file
  }

  /**
   * Some whole lines from `at` on, which is where those before ended; empty when there is none now.
   * A line longer than any log has is given in pieces.
   * @throws as `OctetsFile.read`
   */
  async read(at: number): Promise<Buffer> {
    let octets = this.#restFrom(at)
    let end = octets.lastIndexOf(NEWLINE) + 1
    let isEndOfFile = false
    while (end === 0 && !isEndOfFile && octets.length < MAX_LINE_OCTETS) {
      const size = octets.length
      const wanted = Math.min(Math.max(PIECE_OCTETS, size * 3), MAX_LINE_OCTETS - size)
      const more = await this.#file.read(at + size, wanted)
      isEndOfFile = more.length < wanted
      const newline = more.lastIndexOf(NEWLINE)
      if (newline >= 0) end = size + newline + 1
      octets = size === 0 ? more : Buffer.concat([octets, more])
    }
    // Nothing is added to a compressed file: its last line is whole without a newline.
    const isWhole = octets.length >= MAX_LINE_OCTETS || (isEndOfFile && this.#file.isCompressed)
    if (end === 0 && isWhole) end = octets.length
    this.#rest = octets.subarray(end)
    this.#at = at + end
    return octets.subarray(0, end)
  }

  /** Is there a line that is not whole, after those that were given? */
  get isTorn(): boolean {
    return this.#rest.length > 0
  }

  /** Another process may have taken lines meanwhile: then it is elsewhere. */
  #restFrom(at: number): Buffer {
    const passed = at - this.#at
    const isWithin = passed >= 0 && passed <= this.#rest.length
    return isWithin ? this.#rest.subarray(passed) : Buffer.alloc(0)
  }
}

/** At a time. */
const PIECE_OCTETS = 512 * 1024
const NEWLINE = 0x0a
