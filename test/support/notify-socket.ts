/** systemd's end of NOTIFY_SOCKET. Node has no datagram sockets of this kind: Python has. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export class NotifySocket implements AsyncDisposable {
  readonly path: string
  readonly #file: string
  readonly #child: ChildProcess

  constructor(folder: string) {
    this.path = join(folder, 'notify')
    this.#file = join(folder, 'notified')
    this.#child = spawn('python3', ['-c', RECEIVE, this.path, this.#file], { stdio: 'inherit' })
  }

  /** What was said, a datagram each, without the barriers. */
  get said(): readonly string[] {
    const text = existsSync(this.#file) ? readFileSync(this.#file, 'utf8') : ''
    return text
      .split('\n\n')
      .filter((one) => one !== '' && !one.startsWith('BARRIER='))
      .map((one) => one.trim())
  }

  count(word: string): number {
    return this.said.filter((one) => one.includes(word)).length
  }

  async open(): Promise<void> {
    while (!existsSync(this.path)) await sleep(10)
  }

  /** @throws Error when it was not said more than `times` within a time that only a fault needs */
  async hears(word: string, times = 0): Promise<void> {
    const deadline = Date.now() + 20_000
    while (this.count(word) <= times) {
      if (Date.now() > deadline)
        throw new Error(`${word} was not said:\n${this.said.join('\n---\n')}`)
      await sleep(20)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}

/** Descriptors that come along are closed, which is the answer to a barrier. */
const RECEIVE = `
import os, socket, sys
end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
end.bind(sys.argv[1])
with open(sys.argv[2], 'ab', buffering=0) as file:
    while True:
        data, descriptors, _, _ = socket.recv_fds(end, 8192, 4)
        file.write(data.strip() + b'\\n\\n')
        for descriptor in descriptors: os.close(descriptor)
`
