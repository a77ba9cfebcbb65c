/** A link between two network namespaces: the process that calls is at one end, another at the other. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { until } from './other-servers.ts'

export const NEAR = '10.77.0.1'
export const FAR = '10.77.0.2'
export const PORT = 2525
/** No machine has it: what goes there is lost without a word. */
export const NOWHERE = '02:00:00:00:00:99'

/** The mail server beyond the link. */
export class Partition implements AsyncDisposable {
  readonly #peer: ChildProcess
  #heard = ''

  private constructor(peer: ChildProcess) {
    this.#peer = peer
    peer.stdout?.on('data', (chunk: Buffer) => {
      this.#heard += chunk.toString()
    })
  }

  /** In a network namespace of its own, with the rights of its root. */
  static async open(): Promise<Partition> {
    const script = fileURLToPath(new URL('partition-peer.ts', import.meta.url))
    const peer = spawn('unshare', ['--net', process.execPath, script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const partition = new Partition(peer)
    await partition.tell('hello')
    ip('link set lo up')
    ip(`link add near type veth peer name far netns ${peer.pid}`)
    // Without it segments travel together, and no size of a packet is ever too large.
    ip('link set near gso_max_segs 1')
    ip(`addr add ${NEAR}/24 dev near`)
    ip('link set near up')
    for (const word of ['up', 'listen']) await partition.tell(word)
    return partition
  }

  /** A fault at the other end; resolves when it is there. */
  async tell(word: string): Promise<void> {
    this.#heard = ''
    this.#peer.stdin?.write(`${word}\n`)
    await until(() => this.#heard.includes(`done ${word}\n`), word)
  }

  /** What we send goes nowhere; or is refused at once, by somebody on the way. */
  fail(how: 'drop' | 'unreachable'): void {
    if (how === 'drop') ip(`neigh replace ${FAR} lladdr ${NOWHERE} nud permanent dev near`)
    else ip(`route add unreachable ${FAR}/32`)
  }

  async mend(): Promise<void> {
    for (const line of [`neigh del ${FAR} dev near`, `route del unreachable ${FAR}/32`])
      try {
        ip(line)
      } catch {
        // It was not that.
      }
    await this.tell('well')
  }

  /** Messages that arrived there. */
  get messages(): number {
    return Number([...this.#heard.matchAll(/messages (\d+)\n/g)].at(-1)?.[1] ?? 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#peer, 'exit')
    this.#peer.stdin?.end()
    await ended
  }
}

function ip(line: string): void {
  execFileSync('ip', line.split(' '), { stdio: 'ignore' })
}
