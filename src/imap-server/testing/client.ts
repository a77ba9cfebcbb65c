import assert from 'node:assert/strict'

import type { FakeStream } from '../../net/testing/fake-stream.ts'

/** Turns of the event loop before a test gives up waiting. */
const PATIENCE_TURNS = 200_000

/** The peer of an IMAP connection: sends lines, reads what is answered. */
export class Client {
  readonly stream: FakeStream
  #tag = 0

  constructor(stream: FakeStream) {
    this.stream = stream
  }

  /** What the server sent since the last look. */
  take(): string {
    return this.stream.take()
  }

  send(text: string | Uint8Array): void {
    this.stream.send(text)
  }

  /**
   * Sends one command, with literals as they are in `line` (`{3+}\r\nabc`).
   * @returns all answers, the tagged one last without its tag, CRLF as LF
   */
  async command(line: string): Promise<string> {
    const tag = `t${++this.#tag}`
    this.take()
    this.send(`${tag} ${line}\r\n`)
    return await this.answer(tag)
  }

  /** The answers up to the tagged one, or to the end of the connection. */
  async answer(tag: string): Promise<string> {
    const text = await this.#until((all) => new RegExp(`(^|\n)${tag} .*\r\n`).test(all))
    return text
      .replaceAll('\r\n', '\n')
      .replace(new RegExp(`(^|\n)${tag} `), '$1')
      .trimEnd()
  }

  async ok(line: string): Promise<string> {
    const answer = await this.command(line)
    assert.match(answer, /(^|\n)OK /, `${line}: ${answer}`)
    return answer
  }

  async no(line: string): Promise<string> {
    const answer = await this.command(line)
    assert.match(answer, /(^|\n)NO /, `${line}: ${answer}`)
    return answer
  }

  async bad(line: string): Promise<string> {
    const answer = await this.command(line)
    assert.match(answer, /(^|\n)BAD /, `${line}: ${answer}`)
    return answer
  }

  /** The untagged answers, `* ` cut off. */
  async untagged(line: string): Promise<string[]> {
    const lines = (await this.ok(line)).split('\n')
    return lines.filter((text) => text.startsWith('* ')).map((text) => text.slice(2))
  }

  /** Waits for text, and takes everything up to then. */
  async expect(text: string): Promise<string> {
    return (await this.#until((all) => all.includes(text))).replaceAll('\r\n', '\n')
  }

  /** Waits until the server closed the connection. */
  async ended(): Promise<string> {
    return (await this.#until(() => this.stream.closed)).replaceAll('\r\n', '\n')
  }

  async #until(done: (text: string) => boolean): Promise<string> {
    for (let turn = 0; turn < PATIENCE_TURNS; turn++) {
      if (done(this.stream.untaken) || this.stream.closed) return this.take()
      await new Promise((resolve) => setImmediate(resolve))
    }
    throw new Error(`still waiting after ${JSON.stringify(this.take())}`)
  }
}
