import { setImmediate as turn } from 'node:timers/promises'

import type { AcceptStream } from '../../net/types.ts'
import { acceptSmtp } from '../accept.ts'
import type { SmtpOptions } from '../options.ts'
import { FakeStream } from '../../net/testing/fake-stream.ts'

/** A session over a {@link FakeStream}, after the greeting. */
export class Talk {
  readonly stream: FakeStream

  private constructor(stream: FakeStream) {
    this.stream = stream
  }

  static begin(options: SmtpOptions, stream = new FakeStream()): Promise<Talk> {
    return Talk.over(acceptSmtp(options), stream)
  }

  static async over(accept: AcceptStream, stream: FakeStream): Promise<Talk> {
    accept(stream)
    const talk = new Talk(stream)
    await talk.settled()
    return talk
  }

  /** Sends octets as one segment, and gives what is answered once all is quiet. */
  async say(text: string): Promise<string> {
    this.stream.take()
    this.stream.send(text)
    await this.settled()
    return this.stream.take()
  }

  /** The codes of the replies to these lines, sent one by one. */
  async codes(...lines: readonly string[]): Promise<number[]> {
    const codes: number[] = []
    for (const line of lines) codes.push(...codesOf(await this.say(`${line}\r\n`)))
    return codes
  }

  /** Promises resolve and immediates run; timers of 0 ms too. */
  async settled(): Promise<void> {
    for (let i = 0; i < 12; i++) await turn()
    await new Promise((resolve) => setTimeout(resolve, 2))
    for (let i = 0; i < 4; i++) await turn()
  }
}

/** The code of each reply; of several lines, the last. */
export function codesOf(text: string): number[] {
  return [...text.matchAll(/^(\d{3}) /gm)].map(([, code]) => Number(code))
}
