/** A socket read by lines and by counted octets: what both line clients stand on. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** How long a test waits for a peer before it fails with what it was waiting for. */
const PATIENCE_MS = 20_000

export interface ConnectOptions {
  readonly host?: string
  /** TLS from the first octet. Certificates are not verified: tests make their own. */
  readonly tls?: boolean
  /** SNI. */
  readonly serverName?: string
}

/** Lines are latin1 strings without CRLF, so that an index is an octet offset. */
export class Connection implements AsyncDisposable {
  #socket: Socket
  #chunks: Buffer[] = []
  #buffered = 0
  #ended = false
  #failure: Error | null = null
  #wake: (() => void) | null = null
  /** The last lines in both directions, for the message of a failed expectation. */
  readonly #transcript: string[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#listen()
  }

  static async open(port: number, options: ConnectOptions = {}): Promise<Connection> {
    const host = options.host ?? '127.0.0.1'
    if (options.tls) {
      const socket = connectTls({ host, port, ...tlsOptions(options.serverName) })
      await once(socket, 'secureConnect', { signal: AbortSignal.timeout(PATIENCE_MS) })
      return new Connection(socket)
    }
    const socket = connect({ host, port, noDelay: true })
    await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE_MS) })
    return new Connection(socket)
  }

  get socket(): Socket {
    return this.#socket
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0
  }

  /** What was said last, newest at the end. */
  get transcript(): string {
    return this.#transcript.join('\n')
  }

  /** Strings are latin1. Resolves when the octets were handed to the kernel. */
  async write(data: string | Uint8Array): Promise<void> {
    if (typeof data === 'string') this.#note('C', data)
    else this.#note('C', `(${data.length} octets)`)
    const octets = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
    await new Promise<void>((resolve, reject) =>
      this.#socket.write(octets, (error) => (error ? reject(error) : resolve())),
    )
  }

  async readLine(patienceMs = PATIENCE_MS): Promise<string> {
    const line = await this.takeLine(patienceMs)
    if (line === null) throw new Error(`connection closed; said so far:\n${this.transcript}`)
    return line
  }

  /** The next line, or null when the peer closed the connection. */
  async takeLine(patienceMs = PATIENCE_MS): Promise<string | null> {
    for (let searched = 0; ; ) {
      const end = this.#indexOfCrlf(searched)
      if (end >= 0) {
        const line = this.#take(end + 2).toString('latin1', 0, end)
        this.#note('S', line)
        return line
      }
      searched = Math.max(0, this.#buffered - 1)
      if (this.#ended) return null
      await this.#more(patienceMs, 'a line')
    }
  }

  async read(octets: number, patienceMs = PATIENCE_MS): Promise<Buffer> {
    while (this.#buffered < octets) {
      if (this.#ended) throw new Error(`connection closed ${octets - this.#buffered} octets early`)
      await this.#more(patienceMs, `${octets} octets`)
    }
    return this.#take(octets)
  }

  /** Resolves when the peer closed the connection. Octets still buffered are kept. */
  async closed(patienceMs = PATIENCE_MS): Promise<void> {
    while (!this.#ended) await this.#more(patienceMs, 'the end of the connection')
  }

  async startTls(serverName?: string): Promise<void> {
    this.#socket.removeAllListeners()
    const secure = connectTls({ socket: this.#socket, ...tlsOptions(serverName) })
    await once(secure, 'secureConnect', { signal: AbortSignal.timeout(PATIENCE_MS) })
    this.#socket = secure
    this.#listen()
  }

  /** Closes at once, without a goodbye. */
  destroy(): void {
    this.#socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#buffered += chunk.length
      this.#wakeUp()
    })
    this.#socket.on('error', (error) => {
      this.#failure = error
    })
    this.#socket.on('close', () => {
      this.#ended = true
      this.#wakeUp()
    })
    this.#socket.on('end', () => {
      this.#ended = true
      this.#wakeUp()
    })
  }

  #wakeUp(): void {
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }

  async #more(patienceMs: number, what: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      this.#wake = null
      const failure = this.#failure ? ` (${this.#failure.message})` : ''
      reject(new Error(`no ${what} within ${patienceMs} ms${failure}; said:\n${this.transcript}`))
    }, patienceMs)
    this.#wake = resolve
    try {
      await promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** Where the next CRLF begins, looking from octet `from`; -1 when it is not there yet. */
  #indexOfCrlf(from: number): number {
    if (this.#chunks.length === 0) return -1
    if (this.#chunks.length === 1) return this.#chunks[0]?.indexOf('\r\n', from) ?? -1
    this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]?.indexOf('\r\n', from) ?? -1
  }

  #take(octets: number): Buffer {
    const all =
      this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks)
    this.#chunks = all.length > octets ? [all.subarray(octets)] : []
    this.#buffered -= octets
    return all.subarray(0, octets)
  }

  #note(who: 'C' | 'S', text: string): void {
    this.#transcript.push(`${who}: ${text.trimEnd().slice(0, 200)}`)
    if (this.#transcript.length > 20) this.#transcript.shift()
  }
}

function tlsOptions(serverName: string | undefined) {
  return {
    rejectUnauthorized: false,
    ...(serverName === undefined ? {} : { servername: serverName }),
  }
}
